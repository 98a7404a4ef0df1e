"""The command line: each command in a module of its own, imported only when it is called.

The composition root: this room alone reads the environment, the clock and the terminal, and
puts the others together.
"""

from reconciler.cli.main import main

__all__ = ["main"]
