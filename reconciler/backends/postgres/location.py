"""A state's place in a database as a URL: libpq's own, with schema and workspace as two more parameters.

A password is no part of it: what is shown, logged and saved holds none.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from reconciler.backends.protocol import StateLocation
from reconciler.errors import UsageError

POSTGRES = "postgres"
DEFAULT_SCHEMA = "reconciler"
_SCHEMES = ("postgresql", "postgres")
_SCHEMA = re.compile(r"[a-z_][a-z0-9_]{0,62}")
_OWN = ("schema", "workspace")


@dataclass(frozen=True, slots=True)
class Place:
    """One workspace in one schema of a database; `workspace` is "" where it is the schema alone.

    `user`, `hosts` (with their ports) and `database` are "" where libpq finds them otherwise; `options` are
    its further parameters.
    """

    user: str = ""
    hosts: str = ""
    database: str = ""
    options: tuple[tuple[str, str], ...] = ()
    schema: str = DEFAULT_SCHEMA
    workspace: str = ""

    @property
    def server(self) -> str:
        """The database as a URL that libpq reads."""
        return self._url(self.options)

    @property
    def location(self) -> StateLocation:
        """The place as options, saved plans and messages have it."""
        own = [(key, getattr(self, key)) for key in _OWN if getattr(self, key)]
        return StateLocation(self._url([*self.options, *own]), POSTGRES)

    @property
    def names_host(self) -> bool:
        """Whether it says itself, and not by a service's name or libpq's variables, what is connected to."""
        return bool(self.hosts or self.option("host") or self.option("hostaddr"))

    @property
    def key(self) -> tuple[str, ...]:
        """What tells one place from another, whoever connects to it and how."""
        asked = [self.option(name) for name in ("host", "hostaddr", "port", "dbname", "service")]
        return (self.hosts, self.database, *asked, self.schema, self.workspace)

    def option(self, name: str) -> str:
        """A parameter of libpq that the URL has; "" where it has it not."""
        return dict(self.options).get(name, "")

    def of(self, workspace: str) -> "Place":
        """The same schema's place of another workspace."""
        return replace(self, workspace=workspace)

    def _url(self, options: Sequence[tuple[str, str]]) -> str:
        user = f"{quote(self.user, safe='')}@" if self.user else ""
        database = f"/{quote(self.database, safe='')}" if self.database else ""
        query = f"?{urlencode(options, quote_via=quote, safe='/')}" if options else ""
        return f"postgresql://{user}{self.hosts}{database}{query}"


def is_postgres(text: str) -> bool:
    """Whether a text names a database of this sort."""
    return text.partition("://")[0] in _SCHEMES and "://" in text


def place_of(text: str, by: str) -> Place:
    """The place that a URL names; `by` is what it stands in, as in errors. Raises UsageError.

    A URL with a password is refused: it would stand in a process list, in a saved plan or in a log.
    """
    place, password = parsed(text, by)
    if password is not None:
        raise UsageError(
            f"{by} has a password in its URL, where others can read it",
            "remove it and use a password file (PGPASSFILE), PGPASSWORD or RECONCILER_STATE_URL",
        )
    return place


def parsed(text: str, by: str) -> tuple[Place, str | None]:
    """(place, password) of a URL; `by` is what it stands in, as in errors. Raises UsageError."""
    try:
        split = urlsplit(text)
        options = parse_qsl(split.query, keep_blank_values=True, strict_parsing=bool(split.query))
    except ValueError as error:
        raise UsageError(f"{by} is not a database URL", _FORM) from error
    userinfo, _, hosts = split.netloc.rpartition("@")
    user, colon, password = userinfo.partition(":")
    given = dict(options)
    secret = given.get("password", unquote(password) if colon else None)
    place = Place(
        unquote(user),
        hosts,
        unquote(split.path.removeprefix("/")),
        tuple((key, value) for key, value in options if key not in (*_OWN, "password")),
        checked_schema(given.get("schema", DEFAULT_SCHEMA), by),
        given.get("workspace", ""),
    )
    if split.scheme not in _SCHEMES or split.fragment:
        raise UsageError(f"{by} is not a database URL", _FORM)
    return place, secret


_FORM = "use postgresql://USER@HOST:PORT/DATABASE?schema=SCHEMA"


def checked_schema(name: str, by: str) -> str:
    """The name of a schema; raises UsageError for one that would have to be quoted."""
    if _SCHEMA.fullmatch(name) is None:
        raise UsageError(
            f"{by}: {name[:80]!r} is not a valid schema name",
            "use at most 63 lowercase letters, digits and _, not starting with a digit",
        )
    return name
