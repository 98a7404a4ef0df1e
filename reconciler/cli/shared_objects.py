"""A state in a bucket as a command has it: its connection, keys, clock and threads, put together."""

import secrets
import time
from collections.abc import Mapping

from reconciler.backends.local.files import PosixFiles
from reconciler.backends.objects.backend import ObjectsBackend
from reconciler.backends.objects.bucket import Bucket
from reconciler.backends.objects.client import Tools
from reconciler.backends.objects.cos import CosBucket
from reconciler.backends.objects.location import COS, S3, VIRTUAL, ObjectPlace, endpoint_of, object_place
from reconciler.backends.objects.s3 import S3Bucket, Server
from reconciler.backends.objects.signing import Keys
from reconciler.backends.objects.web import RequestsWeb
from reconciler.backends.parts import KEEPING, Keeping
from reconciler.backends.protocol import StateLocation
from reconciler.backends.spills import SpillFiles
from reconciler.cli.background import boot_time, spawn
from reconciler.cli.environment import current_environment
from reconciler.cli.network import read_network
from reconciler.cli.world import conceal_state, state_home
from reconciler.errors import SecretError, UsageError
from reconciler.kinds.workspace.endpoint import is_loopback

_OWN_KEYS = (
    "RECONCILER_OBJECTS_ACCESS_KEY_ID",
    "RECONCILER_OBJECTS_SECRET_ACCESS_KEY",
    "RECONCILER_OBJECTS_SESSION_TOKEN",
)
_AWS_KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
_TENCENT_KEYS = ("TENCENTCLOUD_SECRET_ID", "TENCENTCLOUD_SECRET_KEY", "TENCENTCLOUD_TOKEN")
_KEYS = {COS: (_OWN_KEYS, _TENCENT_KEYS), S3: (_OWN_KEYS, _AWS_KEYS, _TENCENT_KEYS)}
"""The variables of a key pair and its token; the first pair of which one is set counts."""


def objects_backend(location: StateLocation, keeping: Keeping = KEEPING) -> ObjectsBackend:
    """The backend of a place in a bucket; raises UsageError or SecretError where it cannot be reached."""
    environment = current_environment()
    variables, place = environment.variables, object_place(location.text, "the state")
    url, region = endpoint_of(place, variables)
    if not (url.startswith("https:") or is_loopback(url)):
        raise UsageError(
            f"{place.location}: its endpoint {url} is plain HTTP: anyone on the network path could read and "
            f"change the state",
            "use https://; plain HTTP is only allowed on this machine",
        )
    virtual = place.addressing == VIRTUAL or (place.scheme == COS and not is_loopback(url))
    server = Server(url, place.bucket, _keys(place, variables), virtual)
    network = read_network(variables, url)
    web = RequestsWeb(network.proxy_of, network.verify)
    bucket: Bucket = (
        CosBucket(server, web, environment.clock)
        if place.scheme == COS
        else S3Bucket(server, region, web, environment.clock)
    )
    tools = Tools(boot_time, time.sleep, lambda: secrets.token_hex(16), spawn, environment.clock)
    spills = SpillFiles(PosixFiles(), state_home(variables) / "spill")
    return ObjectsBackend(place, bucket, url, tools, conceal_state, spills, keeping)


def _keys(place: ObjectPlace, variables: Mapping[str, str]) -> Keys:
    pairs = _KEYS[place.scheme]
    of_api = _TENCENT_KEYS if place.scheme == COS else _AWS_KEYS
    said = (pair for pair in pairs if variables.get(pair[0]) or variables.get(pair[1]))
    key_id, secret, token = next(said, of_api)
    missing = [name for name in (key_id, secret) if not variables.get(name)]
    if missing:
        raise SecretError(
            f"{place.location} cannot be reached without {' and '.join(missing)}",
            "set the key pair of a user who can read and write there",
        )
    return Keys(variables[key_id], variables[secret], variables.get(token, ""))
