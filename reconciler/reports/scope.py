"""What a plan is not about, in words: resources that were left out, a cloud that was not asked."""

from collections.abc import Iterator

from reconciler.plan.model import Plan, Selection
from reconciler.words import listed

_SHOWN = 6


def scope_of(plan: Plan) -> tuple[str, ...]:
    """`Only MixStream/hall (--target): …` and `The cloud was not asked …`; nothing of a whole plan."""
    return tuple(_sentences(plan))


def left_out(selection: Selection | None) -> str:
    """`12 resources left out, 3 of which would change`; nothing where none was."""
    if selection is None or not selection.left_out:
        return ""
    count, changes = selection.left_out, selection.left_out_changes
    would = "would change" if changes else "would not change"
    if count == 1:
        return f"1 resource left out, which {would}"
    return f"{count} resources left out, {f'{changes} of which' if changes else 'which'} {would}"


def _sentences(plan: Plan) -> Iterator[str]:
    if plan.selection is not None:
        yield selected(plan.selection)
    if plan.not_refreshed:
        yield (
            "The cloud was not queried (--no-refresh): what ended or changed outside reconciler is not "
            "detected."
        )


def selected(selection: Selection) -> str:
    """By which options resources were chosen, and what that leaves out."""
    return f"Selected by {_options(selection)}: {left_out(selection) or 'nothing is left out'}."


def _options(selection: Selection) -> str:
    """As they were given on the command line."""
    given = {
        "--target": selection.targets,
        "--exclude": selection.excludes,
        "--select": selection.labels,
    }
    return ", ".join(
        f"{option} {listed([*map(str, values)], _SHOWN)}" for option, values in given.items() if values
    )
