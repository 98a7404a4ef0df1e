"""What may be named of what stands where a secret belongs: nothing that may be the secret itself.

Whoever writes the secret in the place of a reference may also write it as a name, as in
`key: {the-secret}` or `key: {env: the-secret}`. Secrets are drawn at random and hold digits, and
the names that people give hardly do: so it is by its form that a name is known for one.
"""

from collections.abc import Iterator
from functools import cache

from reconciler.kinds import KINDS
from reconciler.kinds.marks import Model, models_in
from reconciler.manifests.reading.names import is_name
from reconciler.model import Path


def tellable(path: Path) -> Path:
    """The path, up to the first name below a secret's field that may be the secret itself.

    Fields are known by their names in any kind, because what the YAML is wrong in has no kind yet.
    """
    below = False
    for index, part in enumerate(path):
        if below and isinstance(part, str) and not is_name(part):
            return path[:index]
        below = below or part in _secret_fields()
    return path


@cache
def _secret_fields() -> frozenset[str]:
    return frozenset(name for kind in KINDS.values() for name in _names(kind.spec))


def _names(model: type[Model]) -> Iterator[str]:
    """The names of all fields, at any depth, in which a secret or an address that may hold one belongs."""
    for info in model.model_fields.values():
        for inner in models_in(info.annotation):
            if issubclass(inner, Model):
                yield from (str(info.alias),) if inner.holds_secret else _names(inner)
