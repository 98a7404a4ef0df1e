"""What a request asks for, wherever it says so, and which action that is."""

from collections.abc import Mapping
from dataclasses import dataclass

from . import services
from .actions import Action
from .errors import ApiError
from .received import Received


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a request asks for.

    `service` is "" where only action and version can tell; `place` begins the name of what says it.
    """

    service: str
    action: str
    version: str
    region: str
    place: str

    @classmethod
    def of_headers(cls, service: str, headers: Mapping[str, str]) -> "Wanted":
        """As headers have it; the service is that of the credential scope."""
        action, version, region = (
            headers.get(f"x-tc-{name}", "") for name in ("action", "version", "region")
        )
        return cls(service, action, version, region, "header X-TC-")

    @classmethod
    def of_parameters(cls, received: Received, pairs: Mapping[str, str]) -> "Wanted":
        """As the older signature has it; the service is the first label of the API's host."""
        label = received.headers.get("host", "").lower().split(".")[0]
        service = label if label in services.BY_SERVICE else ""
        return cls(service, pairs["Action"], pairs["Version"], pairs.get("Region", ""), "parameter ")


def find_action(wanted: Wanted) -> Action:
    """Find the action by service, name and version."""
    listed = [one for one in services.ACTIONS if wanted.service in ("", one.service)]
    if not listed:
        raise ApiError("NoSuchProduct", f"There is no service {wanted.service}.")
    for name, value in (("Action", wanted.action), ("Version", wanted.version)):
        if not value:
            raise ApiError("MissingParameter", f"The {wanted.place}{name} is missing.")
    named = [one for one in listed if one.name == wanted.action]
    if not named:
        raise ApiError("InvalidAction", f"The service {wanted.service} has no action {wanted.action}.")
    if named[0].version != wanted.version:
        raise ApiError("NoSuchVersion", f"The version of {named[0].service} is {named[0].version}.")
    return named[0]


def check_region(action: Action, wanted: Wanted) -> None:
    """Ask for a region where the service needs one (semantics §8)."""
    if not action.regions:
        return
    if not wanted.region:
        raise ApiError("MissingParameter", f"The {wanted.place}Region is missing.")
    if wanted.region not in action.regions:
        listed = ", ".join(sorted(action.regions))
        raise ApiError("UnsupportedRegion", f"The {wanted.place}Region must be one of {listed}.")
