"""A state's place in a bucket as a URL: `s3://BUCKET/PREFIX` or `cos://BUCKET-APPID/PREFIX`.

No key is ever part of it: what is shown, logged and saved holds none.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from reconciler.backends.protocol import StateLocation
from reconciler.errors import UsageError

OBJECTS = "objects"
S3, COS = "s3", "cos"
VIRTUAL = "virtual"
ENDPOINT, REGION = "RECONCILER_OBJECTS_ENDPOINT", "RECONCILER_OBJECTS_REGION"
"""Where the server and its region are named outside of manifests, whichever API it has."""
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_PREFIX = re.compile(r"[A-Za-z0-9_=-][A-Za-z0-9._=-]*(/[A-Za-z0-9_=-][A-Za-z0-9._=-]*)*")
_REGION = re.compile(r"[a-z0-9-]{1,63}")
_OWN = ("endpoint", "region", "addressing", "workspace")
_FORM = (
    "use s3://BUCKET/PREFIX?endpoint=https://HOST&region=REGION, or cos://BUCKET-APPID/PREFIX?region=REGION"
)


@dataclass(frozen=True, slots=True)
class ObjectPlace:
    """One workspace below a prefix of a bucket; `workspace` is "" where it is the prefix alone.

    `endpoint` and `region` are "" where the environment says them. `addressing` is `virtual` where the
    bucket's name is the first part of the host's, and "" where it is that of the path.
    """

    scheme: str
    bucket: str
    prefix: str = ""
    endpoint: str = ""
    region: str = ""
    addressing: str = ""
    workspace: str = ""

    @property
    def location(self) -> StateLocation:
        """The place as options, saved plans and messages have it."""
        own = [(name, getattr(self, name)) for name in _OWN if getattr(self, name)]
        path = f"/{self.prefix}" if self.prefix else ""
        query = f"?{urlencode(own, quote_via=quote, safe='/:')}" if own else ""
        return StateLocation(f"{self.scheme}://{self.bucket}{path}{query}", OBJECTS)

    @property
    def names_host(self) -> bool:
        """Whether it says itself, and not by the environment, what is connected to."""
        return bool(self.endpoint)

    @property
    def key(self) -> tuple[str, ...]:
        """What tells one place from another, however it is connected to."""
        return (self.scheme, self.bucket, self.prefix, self.endpoint, self.workspace)

    @property
    def root(self) -> str:
        """What the keys of everything here begin with, of all workspaces."""
        return f"{self.prefix}/" if self.prefix else ""

    @property
    def base(self) -> str:
        """What the keys of this workspace begin with."""
        return f"{self.root}{WORKSPACES}{quote(self.workspace, safe='')}/"

    def of(self, workspace: str) -> "ObjectPlace":
        """The same prefix's place of another workspace."""
        return replace(self, workspace=workspace)


WORKSPACES = "workspaces/"


def is_objects(text: str) -> bool:
    """Whether a text names a bucket."""
    return text.partition("://")[0] in (S3, COS) and "://" in text


def object_place(text: str, by: str) -> ObjectPlace:
    """The place that a URL names; `by` is what it stands in, as in errors. Raises UsageError."""
    try:
        split = urlsplit(text)
        pairs = parse_qsl(split.query, keep_blank_values=True, strict_parsing=bool(split.query))
    except ValueError as error:
        raise UsageError(f"{by} is not the URL of a bucket", _FORM) from error
    if "@" in split.netloc:
        raise UsageError(
            f"{by} has credentials in its URL, where others can read them",
            "remove them, and set RECONCILER_OBJECTS_ACCESS_KEY_ID and "
            "RECONCILER_OBJECTS_SECRET_ACCESS_KEY, or the variables of AWS or Tencent Cloud",
        )
    given = dict(pairs)
    if split.scheme not in (S3, COS) or split.fragment or len(given) != len(pairs) or given.keys() - _OWN:
        raise UsageError(f"{by} is not the URL of a bucket", _FORM)
    place = ObjectPlace(
        split.scheme, split.netloc, split.path.strip("/"), **{name: given.get(name, "") for name in _OWN}
    )
    return checked(place, by)


def checked(place: ObjectPlace, by: str) -> ObjectPlace:
    """The place itself; raises UsageError where one of its parts cannot be one."""
    for name, value, sound in (
        ("bucket", place.bucket, _BUCKET.fullmatch(place.bucket)),
        ("prefix", place.prefix, not place.prefix or _PREFIX.fullmatch(place.prefix)),
        ("region", place.region, not place.region or _REGION.fullmatch(place.region)),
        ("endpoint", place.endpoint, not place.endpoint or is_endpoint(place.endpoint)),
        ("addressing", place.addressing, place.addressing in ("", VIRTUAL)),
    ):
        if not sound:
            shown = "(the part before @ is hidden)" if "@" in value else repr(value[:80])
            raise UsageError(f"{by}: {shown} is not a valid {name}", _FORM)
    return place


def is_endpoint(text: str) -> bool:
    """Whether a text is the URL of a server, with nothing behind it."""
    try:
        split = urlsplit(text)
        plain = not (split.path.strip("/") or split.query or split.fragment or "@" in split.netloc)
        return split.scheme in ("http", "https") and bool(split.hostname) and plain and split.port != 0
    except ValueError:
        return False


def endpoint_of(place: ObjectPlace, variables: Mapping[str, str]) -> tuple[str, str]:
    """(URL of the server, region) of a place; raises UsageError where neither it nor a variable says them."""
    return _cos_endpoint(place, variables) if place.scheme == COS else _s3_endpoint(place, variables)


def _s3_endpoint(place: ObjectPlace, variables: Mapping[str, str]) -> tuple[str, str]:
    named = place.endpoint or _first(variables, ENDPOINT, "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL")
    region = place.region or _first(variables, REGION, "AWS_REGION", "AWS_DEFAULT_REGION")
    if not named and not region:
        raise UsageError(
            f"{place.location} has neither an endpoint nor a region",
            f"add endpoint=https://HOST or region=REGION to it, or set {ENDPOINT} or {REGION}",
        )
    if named and not is_endpoint(named):
        raise UsageError(
            f"{ENDPOINT}, AWS_ENDPOINT_URL_S3 or AWS_ENDPOINT_URL is not the URL of a server",
            "use https://HOST",
        )
    return named.rstrip("/") or f"https://s3.{region}.amazonaws.com", region or "us-east-1"


def _cos_endpoint(place: ObjectPlace, variables: Mapping[str, str]) -> tuple[str, str]:
    named = place.endpoint or variables.get(ENDPOINT, "")
    region = place.region or _first(variables, REGION, "TENCENTCLOUD_REGION")
    if named and not is_endpoint(named):
        raise UsageError(f"{ENDPOINT} is not the URL of a server", "use https://HOST")
    if not named and not region:
        raise UsageError(
            f"{place.location} has no region",
            f"add region=REGION to it, or set {REGION} or TENCENTCLOUD_REGION",
        )
    return named.rstrip("/") or f"https://cos.{region}.myqcloud.com", region


def _first(variables: Mapping[str, str], *names: str) -> str:
    return next((variables[name] for name in names if variables.get(name)), "")
