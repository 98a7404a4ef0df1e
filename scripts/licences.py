"""Writes docs/licences.md: what each dependency of the run time and its extras is licensed under.

Run from the repository's root, in an environment that has them: python scripts/licences.py
"""

import re
from collections.abc import Iterator
from importlib.metadata import Distribution, distribution
from pathlib import Path

PAGE = Path("docs") / "licences.md"
LOCKED = ("run", "simulator", "callbacks", "png", "socks", "postgres")
ALLOWED = frozenset({"MIT", "MIT-0", "BSD-2-Clause", "BSD-3-Clause", "Apache-2.0", "MPL-2.0", "PSF-2.0"})
"""Those that ask nothing of who uses the tool."""
OPTIONAL = {"psycopg": "LGPL-3.0-only", "psycopg-binary": "LGPL-3.0-only"}
"""What only an extra brings, as a library that can be replaced; it asks nothing of our code."""
_CLASSIFIERS = {
    "License :: OSI Approved :: MIT License": "MIT",
    "License :: OSI Approved :: Apache Software License": "Apache-2.0",
    "License :: OSI Approved :: Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
}
_TEXTS = {
    "Permission is hereby granted, free of charge, to any person obtaining a copy of this software": "MIT",
    "Redistribution and use in source and binary forms, with or without modification": "BSD-3-Clause",
}
"""How the licence's text goes, of packages that declare none, or one that several go by."""
_PIN = re.compile(r"^([a-z0-9._-]+)==", re.MULTILINE)

INTRODUCTION = """\
# Licences

reconciler itself is under [Apache-2.0](../LICENSE). What it needs at run time, with the extras
`simulator`, `callbacks`, `png`, `socks` and `postgres`, is listed here; a test holds the list to the locked
dependencies, and each licence to these: {allowed}. Only psycopg
is under the LGPL: the extra `postgres` installs it beside reconciler, as a library that can be replaced,
which asks nothing of who uses or changes reconciler. Written by
`python scripts/licences.py` from what the packages declare.
`.ci/run` builds `build/sbom.json` (CycloneDX), which has the versions.

| package | licence |
| --- | --- |
"""


def names() -> list[str]:
    """Every locked dependency of the run time and its extras."""
    texts = (Path("requirements", f"{name}.txt").read_text() for name in LOCKED)
    return sorted({found for text in texts for found in _PIN.findall(text)})


def licence(name: str) -> str:
    """The licence's SPDX identifier, empty if the package does not say; raises PackageNotFoundError."""
    found = distribution(name)
    return next((one for one in _said(found) if one), "")


def _said(found: Distribution) -> Iterator[str]:
    metadata = found.metadata
    yield metadata.get("License-Expression", "")
    classifiers = (_CLASSIFIERS.get(one, "") for one in metadata.get_all("Classifier") or ())
    yield next(filter(None, classifiers), "")
    written = metadata.get("License", "")
    yield written if written in ALLOWED else ""
    texts = [one.read_text() for one in found.files or () if "LICEN" in one.name.upper()]
    plain = " ".join(" ".join(texts).split())
    told = (spdx for words, spdx in _TEXTS.items() if words in plain)
    # The third clause is what tells it from BSD-2-Clause.
    yield next((one for one in told if one == "MIT" or "3. Neither the name of" in plain), "")


def is_allowed(name: str, expression: str) -> bool:
    """Whether a package may be under a licence, or one of those that an SPDX expression leaves to choose."""
    allowed = {*ALLOWED, OPTIONAL.get(name)}
    return any(one in allowed for one in expression.split(" OR "))


def page() -> str:
    """The whole page."""
    rows = "".join(f"| {name} | {licence(name)} |\n" for name in names())
    return INTRODUCTION.format(allowed=", ".join(sorted(ALLOWED))) + rows


def main() -> None:
    """Writes the page."""
    PAGE.write_text(page())


if __name__ == "__main__":
    main()
