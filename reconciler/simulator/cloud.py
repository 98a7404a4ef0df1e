"""The simulated cloud without HTTP: it admits requests, carries them out, and keeps clock and books."""

import contextlib
import json
import math
from collections.abc import Mapping
from typing import Any

from . import services
from .actions import Action, Call
from .clock import Clock
from .errors import ApiError
from .faults import Faults
from .journal import Calls, Late
from .parameters import validate
from .rates import Rates
from .signature import verify
from .store import Store
from .world import World


class Cloud:
    """Everything behind the gateway; whoever uses it holds a transaction of its store."""

    def __init__(self, store: Store, credentials: Mapping[str, str]) -> None:
        """Build the parts over one store; `credentials` maps SecretIds to their keys."""
        self.store = store
        self.credentials = dict(credentials)
        self.clock = Clock(store)
        self.world = World(store)
        self.faults = Faults(store)
        self.calls = Calls(store)
        self.late = Late(store)
        self.rates = Rates()

    def settle(self) -> float:
        """Let everything happen that is due, in order, and tell the simulated time."""
        now = self.clock.now()
        for service, call in self.late.due(now):
            self.world.settle(call.at)
            with contextlib.suppress(ApiError):
                self.perform(services.BY_SERVICE[service][call.action], call)
        self.world.settle(now)
        return now

    def admit(self, headers: Mapping[str, str], body: bytes, at: float) -> tuple[Action, Call]:
        """Check protocol, signature, action, version, region, then read it (errors, "Which error wins")."""
        if headers.get("content-type", "").partition(";")[0].strip() != "application/json":
            raise ApiError("UnsupportedProtocol", "The Content-Type must be application/json.")
        machine_at = self.clock.machine()
        identity = verify(headers, body, self.credentials, machine_at)
        action = find_action(identity.service, headers)
        region = headers.get("x-tc-region", "")
        check_region(action, region)
        call = Call(action.name, region, identity.secret_id, read(body), at, machine_at)
        return action, call

    def perform(self, action: Action, call: Call) -> dict[str, Any]:
        """Check the parameters and do what they ask for."""
        self.check(action, call)
        return action.run(self.world, call)

    def check(self, action: Action, call: Call) -> None:
        """Check the parameters by the action's table and its rules."""
        validate(call.params, action.fields, action.range_code)
        action.check(self.world, call)

    def execute(self, headers: Mapping[str, str], body: bytes, at: float) -> dict[str, Any]:
        """Take a request through all gates, in the order that the gateway is thought to have."""
        action, call = self.admit(headers, body, at)
        self.check(action, call)
        window = self.world.variants["rate-window"]
        self.rates.admit((call.account, call.action, call.region), action.per_second, window)
        return action.run(self.world, call)

    def postpone(self, headers: Mapping[str, str], body: bytes, at: float, seconds: float) -> None:
        """Let a request take effect later; one that would be refused now has none."""
        with contextlib.suppress(ApiError):
            action, call = self.admit(headers, body, at)
            self.late.defer(action.service, call, at + seconds)


def find_action(service: str, headers: Mapping[str, str]) -> Action:
    """Find the action by the service of the credential scope and the action and version headers."""
    actions = services.BY_SERVICE.get(service)
    if actions is None:
        raise ApiError("NoSuchProduct", f"There is no service {service}.")
    for name in ("X-TC-Action", "X-TC-Version"):
        if not headers.get(name.lower()):
            raise ApiError("MissingParameter", f"The header {name} is missing.")
    action = actions.get(headers["x-tc-action"])
    if action is None:
        raise ApiError("InvalidAction", f"The service {service} has no action {headers['x-tc-action']}.")
    if headers["x-tc-version"] != action.version:
        raise ApiError("NoSuchVersion", f"The version of {service} is {action.version}.")
    return action


def check_region(action: Action, region: str) -> None:
    """Ask for a region where the service needs one (semantics §8)."""
    if not action.regions:
        return
    if not region:
        raise ApiError("MissingParameter", "The header X-TC-Region is missing.")
    if region not in action.regions:
        raise ApiError(
            "UnsupportedRegion", f"X-TC-Region must be one of {', '.join(sorted(action.regions))}."
        )


def read(body: bytes) -> dict[str, Any]:
    """Read the request's JSON object."""
    try:
        params = json.loads(body or b"{}", parse_constant=_no_constant, parse_float=_finite)
    except (ValueError, RecursionError):
        raise ApiError("InvalidParameter", "The request body is not valid JSON.") from None
    if not isinstance(params, dict):
        raise ApiError("InvalidParameter", "The request body must be a JSON object.")
    return params


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _finite(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise ValueError(f"{digits} is too large")
    return value
