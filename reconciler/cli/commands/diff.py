"""`reconciler diff`: two sets of manifests against each other, for a review."""

import secrets
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import click

from reconciler.cli.environment import current_environment
from reconciler.cli.main import CHANGES, DONE
from reconciler.cli.options import Selection, selection_options
from reconciler.cli.reporting import report_option
from reconciler.cli.showing import Shown, show
from reconciler.cli.standard_input import read_stdin
from reconciler.cli.world import DEFAULT_PATHS
from reconciler.errors import UsageError
from reconciler.kinds.concealing import conceal, conceal_spec
from reconciler.kinds.workspace.place import declared_path
from reconciler.manifests.loading.context import LoadContext
from reconciler.manifests.loading.loader import Workspace, load_sources
from reconciler.manifests.loading.sources import Source, find_sources
from reconciler.manifests.revisions.trees import parse_range, sources_at
from reconciler.planning.choice import labels_of
from reconciler.planning.differences import differences_in_words
from reconciler.planning.review import as_applied, review
from reconciler.reports.formats import ReportContext
from reconciler.state.model import State


@click.command("diff")
@click.argument("paths", nargs=-1, metavar="[OLD NEW | PATH...]")
@click.option("--git", "revisions", metavar="BASE[..HEAD]", help="Compare two git revisions instead.")
@click.option("--region", help="Region for resources without one; no environment variable is read.")
@selection_options
@report_option
@click.option("--concise", is_flag=True, help="Print one line per change.")
@click.option("--detailed-exitcode", is_flag=True, help="Exit 2 if there are changes, 0 if there are none.")
def command(
    paths: tuple[str, ...],
    revisions: str | None,
    region: str | None,
    selection: Selection,
    detailed_exitcode: bool,
    **shown: Any,
) -> int:
    """Show what changes between two sets of manifests: directories OLD and NEW, or two git revisions with
    --git.

    `--git BASE..HEAD [PATH...]` compares two revisions, `--git BASE...HEAD` compares HEAD with the common
    ancestor, and `--git BASE` compares with the working tree. Needs no state, network, credentials,
    environment or lock, so it is safe on pull requests from forks.
    """
    context = LoadContext(region=region, secret_names=None)
    before, after = _by_git(revisions, paths) if revisions is not None else _by_paths(paths)
    old = load_sources(before, context) if before else None
    new = load_sources(after, context)
    key = secrets.token_hex(32)  # of this one comparison
    state = as_applied(old.settings, conceal(old.resources, key).resources) if old else State()
    labels = labels_of(new.resources, state)
    resources = conceal(new.resources, key).resources
    plan = review(new.settings, resources, state, selection.choice(labels))
    settings = tuple(_settings_changed(old, new, key))
    plan = replace(plan, warnings=(*settings, *_new_warnings(old, new), *plan.warnings))
    show(plan, Shown(**shown), ReportContext(labels=labels, title="Review"))
    return CHANGES if detailed_exitcode and (plan.changes or settings) else DONE


def _by_paths(paths: tuple[str, ...]) -> tuple[tuple[Source, ...], tuple[Source, ...]]:
    if len(paths) != 2:
        raise UsageError(
            f"expected 2 paths, found {len(paths)}: diff compares two sets of manifests",
            "use `reconciler diff OLD NEW` or `reconciler diff --git BASE..HEAD [PATH...]`",
        )
    old, new = (find_sources([path], read_stdin) for path in paths)
    return old, new


def _by_git(revisions: str, paths: tuple[str, ...]) -> tuple[tuple[Source, ...], tuple[Source, ...]]:
    """The manifests of both sides; the first has none where they are all new."""
    here = str(current_environment().working_directory())
    between, below = parse_range(revisions, here), paths or DEFAULT_PATHS
    base, _, head = revisions.partition("..")
    old = sources_at(between.base, below, base or "HEAD")
    if between.head is None:
        return old, find_sources(below, read_stdin)
    new = sources_at(between.head, below, head.lstrip(".") or "HEAD")
    if not new:
        raise UsageError(
            f"{head or 'HEAD'} has no manifests below {', '.join(below)}",
            "pass the path that holds them; to stop everything, use `reconciler destroy`",
        )
    return old, new


def _settings_changed(old: Workspace | None, new: Workspace, key: str) -> Iterator[str]:
    """What changes in the settings, which no resource shows: where the state is, what is allowed."""
    if old is None:
        return
    elsewhere = "; apply would use a different state, which records none of these resources"
    rebind = "; apply will refuse the state until `reconciler state rebind` is run"
    if old.name != new.name:
        yield f"the workspace is renamed from {old.name} to {new.name}{rebind}"
    before_and_after = [declared_path(one.spec.state) for one in (old, new)]
    if len(set(before_and_after)) > 1:
        files = (one or "the default file for its name" for one in before_and_after)
        yield f"the state file changes: {' → '.join(files)}{elsewhere}"
    before, after = (
        _concealed(one.spec.model_copy(update={"state": None}).with_defaults().to_json(), key)
        for one in (old, new)
    )
    for path, words in differences_in_words(before, after, ("spec",)).items():
        yield f"the workspace's {path} changes: {words}" + (rebind if path == "spec.endpoint" else "")


def _concealed(spec: dict[str, Any], key: str) -> dict[str, Any]:
    """The workspace's settings with digests in its defaults, as resources have them."""
    defaults = {name: conceal_spec(name, one, key) for name, one in spec.get("defaults", {}).items()}
    return {**spec, "defaults": defaults}


def _new_warnings(old: Workspace | None, new: Workspace) -> Iterator[str]:
    """What is warned of the new manifests and was not of the old ones, wherever it stood in them."""
    known = {(problem.path, problem.message) for problem in (old.warnings if old else ())}
    for problem in new.warnings:
        if (problem.path, problem.message) not in known:
            yield str(problem)
