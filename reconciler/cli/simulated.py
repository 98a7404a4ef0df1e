"""The simulator inside this process, and what stands for credentials and secrets there."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

from reconciler.errors import StateError, UsageError, installing

DEMO_CREDENTIALS = {"TENCENTCLOUD_SECRET_ID": "AKIDexample", "TENCENTCLOUD_SECRET_KEY": "secretexample"}


def with_demo_credentials(variables: Mapping[str, str]) -> dict[str, str]:
    """The variables that have a value, and the simulator's key pair where they name none."""
    return DEMO_CREDENTIALS | {name: value for name, value in variables.items() if value}


def demo_secret(name: str) -> str:
    """What an unset variable stands for on the simulator, so that examples need none."""
    return f"demo-{name.lower().replace('_', '-')}"


@contextmanager
def embedded_simulator(state: Path, credentials: Mapping[str, str]) -> Iterator[str]:
    """The simulator over a file beside the state, with the key pair that this run has."""
    simulator = simulator_module()
    state.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        with simulator.running(state.with_suffix(".simulator.sqlite"), credentials=credentials) as url:
            yield url
    except simulator.DataError as error:
        raise StateError(
            f"the simulator's data: {error}",
            "remove that file to start with an empty simulator",
        ) from error


def simulator_module() -> Any:
    """The simulator's package; raises UsageError where its extra is not installed."""
    try:
        return import_module("reconciler.simulator")
    except ModuleNotFoundError as error:
        raise UsageError(
            f"the simulator needs {error.name}, which is not installed",
            f"install it with {installing('simulator')}",
        ) from error
