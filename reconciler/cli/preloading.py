"""Everything that a process which runs for weeks may need of this package, imported while it is whole.

Most of it is imported when it is asked for, which is right for a command that ends. An installation that is
replaced or removed below a watch would be mixed with what it has of the former one.
"""

from importlib import import_module
from pkgutil import walk_packages

import reconciler

_NOT_NEEDED = ("reconciler.simulator", "reconciler.__main__")


def preload() -> None:
    """Imports each module, but those whose extra is not installed."""
    for module in walk_packages(reconciler.__path__, "reconciler."):
        if not module.name.startswith(_NOT_NEEDED):
            _import(module.name)


def _import(name: str) -> None:
    try:
        import_module(name)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.startswith("reconciler"):
            raise
