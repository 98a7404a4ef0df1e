"""Where stored secrets come from, and which of them a manifest may name.

Manifests are written by others than those who own the machine, so a reference must not become a
way to read any variable: it needs a known prefix or the owner's word. No error carries a value.
"""

from collections.abc import Callable, Iterable, Mapping

from reconciler.calls import EnvSecret, FileSecret, StoredSecret
from reconciler.cloud.clean import dirt_of
from reconciler.cloud.held_addresses import HeldAddress
from reconciler.cloud.redact import Redactor
from reconciler.cloud.signing import Credentials
from reconciler.errors import SecretError

PREFIXES = ("TRTC_", "STREAM_")
KEY_PAIR = ("TENCENTCLOUD_SECRET_ID", "TENCENTCLOUD_SECRET_KEY")
TOKEN = "TENCENTCLOUD_TOKEN"


class Vault:
    """Every stored secret a run may use.

    `environ` is the environment, `allowed` the variable names that `RECONCILER_SECRETS` lists,
    `read_file` reads a secret file by its name in the manifest and raises SecretError,
    `fallback` gives a demo value for a variable that is unset, or None.
    """

    def __init__(
        self,
        environ: Mapping[str, str],
        allowed: frozenset[str],
        read_file: Callable[[str], str],
        redactor: Redactor,
        fallback: Callable[[str], str | None] | None = None,
    ) -> None:
        self._environ = environ
        self._allowed = allowed
        self._read_file = read_file
        self._redactor = redactor
        self._fallback = fallback

    def value(self, secret: StoredSecret) -> str:
        """The secret's value; raises SecretError if it is forbidden, missing, empty or not clean."""
        value = self._variable(secret) if isinstance(secret, EnvSecret) else self._file(secret)
        _check_clean(_named(secret), value)
        self._redactor.register(value)
        return value

    def hide(self, *values: str) -> None:
        """From now on these are taken out of what is told, too."""
        for value in values:
            self._redactor.register(value)

    def made(self, value: str) -> str:
        """A value that was made from secrets for one call, which is taken out of what is told of that."""
        self._redactor.register_for_a_call(value)
        return value

    def check(self, secrets: Iterable[StoredSecret], addresses: Iterable[HeldAddress] = ()) -> None:
        """Raises one SecretError that tells of every secret which cannot be used, or is no such address."""
        problems: dict[str, str] = {}
        for one in (*secrets, *addresses):
            try:
                self._check(one)
            except SecretError as error:
                problems[error.message] = error.hint
        if problems:
            hints = "; ".join(dict.fromkeys(problems.values()))
            raise SecretError("\n".join(sorted(problems)), hints)

    def _check(self, one: StoredSecret | HeldAddress) -> None:
        if not isinstance(one, HeldAddress):
            self.value(one)
            return
        fault = one.fault(self.value(one.secret))
        if fault is not None:
            raise SecretError(
                f"{_named(one.secret)} does not hold a valid address: {fault}",
                "set it to the whole address",
            )

    def credentials(self) -> Credentials:
        """The API key pair from the variables that the official SDK uses; raises SecretError."""
        missing = [name for name in KEY_PAIR if not self._lookup(name).strip()]
        if missing:
            raise SecretError(
                f"no API key: {' and '.join(missing)} not set",
                "set both to an API key pair of the account, as for the official SDK",
            )
        secret_id, secret_key, token = (self._key(name) for name in (*KEY_PAIR, TOKEN))
        for value in (secret_key, token):
            self._redactor.register(value)
        return Credentials(secret_id, secret_key, token)

    def _key(self, name: str) -> str:
        """A part of the API key pair, without the blanks that the console lets one copy along."""
        value = self._lookup(name).strip()
        _check_clean(f"the variable {name!r}", value)
        return value

    def _variable(self, secret: EnvSecret) -> str:
        if not secret.name.startswith(PREFIXES) and secret.name not in self._allowed:
            raise SecretError(
                f"a manifest may not read the variable {secret.name!r}",
                "use a name that begins with TRTC_ or STREAM_, or list it in RECONCILER_SECRETS",
            )
        value = self._lookup(secret.name)
        if not value:
            raise SecretError(f"the variable {secret.name!r} is unset or empty", "set it in the environment")
        return value

    def _file(self, secret: FileSecret) -> str:
        value = self._read_file(secret.path)
        if not value:
            raise SecretError(f"secret file {secret.path!r} is empty", "write the secret to it")
        return value

    def _lookup(self, name: str) -> str:
        value = self._environ.get(name, "")
        # The environment gives bytes that are no text as lone surrogates, which cannot be sent.
        if any("\ud800" <= letter <= "\udfff" for letter in value):
            raise SecretError(f"the variable {name!r} holds bytes that are not UTF-8", "set it to UTF-8 text")
        return value or (self._fallback and self._fallback(name)) or ""


def _check_clean(name: str, value: str) -> None:
    dirt = dirt_of(value)
    if dirt is not None:
        raise SecretError(f"{name} {dirt}", "write only the secret itself, on one line")


def _named(secret: StoredSecret) -> str:
    return (
        f"the variable {secret.name!r}" if isinstance(secret, EnvSecret) else f"secret file {secret.path!r}"
    )
