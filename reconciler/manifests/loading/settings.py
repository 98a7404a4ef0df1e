"""The one document that has the workspace's settings, and what is wrong where there is none or several."""

from reconciler.errors import Problem
from reconciler.kinds import SETTINGS
from reconciler.manifests.loading.declarations import Declaration, Declarations
from reconciler.manifests.loading.notes import Notes


def settings_document(declarations: Declarations, notes: Notes) -> Declaration | None:
    """The first document that declares settings, or None; notes if there is not exactly one."""
    found = declarations.settings()
    if len(found) > 1:
        _note_second(found, notes)
    else:
        # What several workspaces declare each for itself is not declared twice.
        for document, message in declarations.repeated:
            notes.fault(document, ("metadata", "name"), message)
    if not found and not declarations.hides_settings:
        _note_none(declarations, notes)
    return found[0] if found else None


def _note_second(found: list[Declaration], notes: Notes) -> None:
    more = f" ({len(found) - 2} more follow)" if len(found) > 2 else ""
    notes.fault(
        found[1].document,
        ("kind",),
        f"a second {SETTINGS}{more}; manifests planned together must have exactly one, and the first is at "
        f"{found[0].document.file}:{found[0].document.line}; pass only one directory of manifests",
    )


def _note_none(declarations: Declarations, notes: Notes) -> None:
    files = sorted({one.document.file for one in declarations.by_address.values()})
    message = (
        f"no {SETTINGS} in the manifests; add a document with kind: {SETTINGS} and a metadata.name, or pass "
        "its directory"
    )
    notes.problems.append(Problem(files[0] if files else "manifests", 0, 0, "", message))
