"""The simulated cloud without HTTP: it admits requests, carries them out, and keeps clock and books."""

import contextlib
import json
import math
from collections.abc import Mapping
from typing import Any

from . import flat, services, signature, signature_v1
from .actions import Action, Call
from .callbacks import Callbacks
from .clock import Clock
from .errors import ApiError
from .events import Events
from .faults import Faults
from .journal import Calls, Late
from .live_events import LiveEvents
from .parameters import validate
from .rates import Rates
from .received import FORM, JSON, Received
from .store import Store
from .wanted import Wanted, check_region, find_action
from .world import World

METHODS = ("GET", "POST")


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
        self.callbacks = Callbacks(
            store, Events(store, self.world), LiveEvents(store, self.world), self.clock
        )

    def settle(self) -> float:
        """Let everything happen that is due, in order, and tell the simulated time."""
        now = self.clock.now()
        for service, call in self.late.due(now):
            self.world.settle(call.at)
            with contextlib.suppress(ApiError):
                self.perform(services.BY_SERVICE[service][call.action], call)
        self.world.settle(now)
        return now

    def admit(self, received: Received, at: float) -> tuple[Action, Call]:
        """Check protocol, signature, action, version, region, then read it (errors, "Which error wins")."""
        machine_at = self.clock.machine()
        if received.method not in METHODS:
            raise ApiError("UnsupportedProtocol", "The API takes GET and POST requests only.")
        if received.names_its_signer_in_parameters:
            pairs = received.pairs()
            account = signature_v1.verify(received, pairs, self.credentials, machine_at)
            wanted = Wanted.of_parameters(received, pairs)
        else:
            wanted_type = FORM if received.method == "GET" else JSON
            if received.content_type != wanted_type:
                raise ApiError("UnsupportedProtocol", f"The Content-Type must be {wanted_type}.")
            identity = signature.verify(received, self.credentials, machine_at)
            account, wanted = identity.secret_id, Wanted.of_headers(identity.service, received.headers)
        action = find_action(wanted)
        check_region(action, wanted)
        call = Call(action.name, wanted.region, account, parameters_of(received, action), at, machine_at)
        return action, call

    def perform(self, action: Action, call: Call) -> dict[str, Any]:
        """Check the parameters and do what they ask for."""
        self.check(action, call)
        return self._run(action, call)

    def _run(self, action: Action, call: Call) -> dict[str, Any]:
        """Do what is asked for, and see what it leaves without its inputs."""
        answer = action.run(self.world, call)
        self.world.mind_inputs(call.at)
        return answer

    def check(self, action: Action, call: Call) -> None:
        """Check the parameters by the action's table and its rules."""
        validate(call.params, action.fields, action.range_code)
        action.check(self.world, call)

    def execute(self, received: Received, at: float) -> dict[str, Any]:
        """Take a request through all gates, in the order that the gateway is thought to have."""
        action, call = self.admit(received, at)
        self.check(action, call)
        window = self.world.variants["rate-window"]
        self.rates.admit((call.account, call.action, call.region), action.per_second, window)
        return self._run(action, call)

    def postpone(self, received: Received, at: float, seconds: float) -> None:
        """Let a request take effect later; one that would be refused now has none."""
        with contextlib.suppress(ApiError):
            action, call = self.admit(received, at)
            self.late.defer(action.service, call, at + seconds)


def parameters_of(received: Received, action: Action) -> dict[str, Any]:
    """The action's own parameters: a JSON object, or a query string or form brought into its shape."""
    if received.method == "POST" and received.content_type == JSON:
        return read(received.body)
    common = signature_v1.COMMON if received.names_its_signer_in_parameters else frozenset()
    own = {name: value for name, value in received.pairs().items() if name not in common}
    return flat.nested(own, action.fields)


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
