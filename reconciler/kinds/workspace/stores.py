"""What a document may say of where its workspace's state is: a path, or a store by its sort."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Discriminator, Field, Tag

from reconciler.kinds.api import NOWHERE
from reconciler.kinds.marks import Model
from reconciler.kinds.workspace.place import is_url

_FORMS = (
    "write a path, {backend: local, path: PATH}, {backend: postgres, schema: NAME} or "
    "{backend: objects, bucket: NAME, prefix: NAME}"
)
_SCHEMA = r"^[a-z_][a-z0-9_]{0,62}$"
_BUCKET = r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$"
_ENDPOINT = r"^https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?/?$"
_REGION = r"^[a-z0-9-]{1,63}$"
_PREFIX = r"^[A-Za-z0-9_=-][A-Za-z0-9._=-]*(/[A-Za-z0-9_=-][A-Za-z0-9._=-]*)*$"


class LocalStore(Model):
    """A state in a file, with its journal, history and lock beside it."""

    backend: Annotated[Literal["local"], NOWHERE]
    """The type of store; `local` is a file."""
    path: Annotated[Annotated[str, Field(min_length=1)], NOWHERE]
    """The file; a relative path is relative to the document."""

    @property
    def file(self) -> str:
        """The file that it names."""
        return self.path


class PostgresStore(Model):
    """A state in PostgreSQL; its server is named outside the manifests, which may name a service."""

    backend: Annotated[Literal["postgres"], NOWHERE]
    """The type of store; `postgres` is a database, set by RECONCILER_STATE_URL or libpq's variables."""
    schema_: Annotated[Annotated[str, Field(pattern=_SCHEMA)] | None, NOWHERE, Field(alias="schema")] = None
    """The schema with the states of many workspaces; default: `reconciler`."""
    service: Annotated[Annotated[str, Field(min_length=1)] | None, NOWHERE] = None
    """An entry of libpq's service file with the connection settings."""

    @property
    def file(self) -> str:
        """It names none."""
        return ""


class ObjectsStore(Model):
    """A state in a bucket; a server that is named outside the manifests wins over the one named here."""

    backend: Annotated[Literal["objects", "s3", "cos"], NOWHERE]
    """The type of store: `objects`, or by its API `s3` (conditional writes) or `cos` (appends)."""
    bucket: Annotated[Annotated[str, Field(pattern=_BUCKET)] | None, NOWHERE] = None
    """The bucket; default: that of RECONCILER_STATE_URL."""
    prefix: Annotated[Annotated[str, Field(pattern=_PREFIX)] | None, NOWHERE] = None
    """The prefix of all keys of the store; default: that of RECONCILER_STATE_URL, or none."""
    endpoint: Annotated[Annotated[str, Field(pattern=_ENDPOINT)] | None, NOWHERE] = None
    """The server; default: that of the region."""
    region: Annotated[Annotated[str, Field(pattern=_REGION)] | None, NOWHERE] = None
    """The bucket's region."""

    @property
    def file(self) -> str:
        """It names none."""
        return ""

    @property
    def api(self) -> str:
        """`s3` or `cos`; "" where only a server that is named elsewhere tells."""
        if self.backend != "objects":
            return self.backend
        if self.endpoint is None:
            return ""
        return "cos" if self.endpoint.rstrip("/").endswith(".myqcloud.com") else "s3"


Store = LocalStore | PostgresStore | ObjectsStore

STORES: Mapping[str, type[Model]] = {
    "local": LocalStore,
    "postgres": PostgresStore,
    "objects": ObjectsStore,
    "s3": ObjectsStore,
    "cos": ObjectsStore,
}
"""The sorts of stores by their names."""


_TAGS = {"local": "local", "postgres": "postgres", "objects": "objects", "s3": "objects", "cos": "objects"}


def _sort(value: Any) -> str:
    if isinstance(value, Mapping):
        return _TAGS.get(str(value.get("backend")), "local")
    return _TAGS[value.backend] if isinstance(value, Store) else "path"


def _known(value: Any) -> Any:
    """The value itself; raises ValueError for a store that there is none of, in a word for all of it."""
    backend, path = (value.get("backend"), value.get("path")) if isinstance(value, Mapping) else ("", value)
    if isinstance(backend, str) and backend not in ("", *STORES):
        raise ValueError(f"unknown backend {backend[:40]!r}; {_FORMS}")
    if isinstance(path, str) and is_url(path):
        raise ValueError(f"a URL is not a path, and a database URL must not be in a manifest; {_FORMS}")
    if isinstance(path, str) and "\0" in path:
        raise ValueError(f"not a valid path; {_FORMS}")
    return value


StateField = Annotated[
    Annotated[Annotated[str, Field(min_length=1)], Tag("path")]
    | Annotated[LocalStore, Tag("local")]
    | Annotated[PostgresStore, Tag("postgres")]
    | Annotated[ObjectsStore, Tag("objects")],
    Discriminator(_sort),
    BeforeValidator(_known),
]
"""What a document says of its state: a path, or a store by its sort."""
