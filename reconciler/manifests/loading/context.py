"""What manifests are read with that does not stand in them."""

from dataclasses import dataclass, field

from reconciler.manifests.loading.helping import Helper
from reconciler.manifests.reading.names import is_name

SECRET_PREFIXES = ("TRTC_", "STREAM_")
"""Variables that any manifest may name a secret by begin with one of these."""


@dataclass(frozen=True, slots=True)
class LoadContext:
    """What manifests are read with that does not stand in them.

    `region` is used where neither resource nor workspace names one; `secret_names` are the
    variables that manifests may name beside those with our prefixes; None, where no secret is ever
    read, lets any variable's name pass. `keep` keeps what each document comes to, for whoever shows that,
    and `learn` what each means to others, for an index. `helper` takes a share of the work, where it is much.
    With `check` nothing is planned: then resources have neither a spec nor a digest.
    """

    region: str | None = None
    secret_names: frozenset[str] | None = frozenset()
    keep: bool = False
    learn: bool = False
    check: bool = False
    helper: Helper | None = field(default=None, compare=False)

    def allows(self, name: str) -> bool:
        """Whether a manifest may name this variable."""
        if name.startswith(SECRET_PREFIXES):
            return True
        return is_name(name) if self.secret_names is None else name in self.secret_names
