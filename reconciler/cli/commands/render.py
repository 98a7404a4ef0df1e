"""`reconciler render`: pictures of the mix layouts, one file each."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import click

from reconciler.cli.options import Selection, one_of, paths_argument, selection_options
from reconciler.cli.resolved import resolved_text
from reconciler.cli.world import DEFAULT_PATHS, read_workspace
from reconciler.errors import ReconcilerError, UsageError, installing
from reconciler.kinds import registered, shows
from reconciler.layout.scene import USUAL_INPUTS, Scene
from reconciler.manifests.loading.loader import Workspace
from reconciler.model import Address, digest
from reconciler.reports.escape import safe
from reconciler.reports.pictures import svg_of_scene

MOST_NAME = 200
"""Characters of a file's name; a longer one is cut, and told apart by a digest."""
ZOOM = 2
"""Pixels of a PNG for each of the SVG's, so that small letters are sharp."""
_LETTER = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9">{}</svg>'


@dataclass(frozen=True, slots=True)
class Drawing:
    """What is drawn of a document; None of one that shows nothing."""

    address: Address
    labels: Mapping[str, str]
    scene: Scene | None


@click.command("render")
@paths_argument
@selection_options
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("pictures"),
    show_default=True,
    help="Output directory.",
)
@click.option("--format", "form", type=click.Choice(["svg", "png"]), default="svg", help="Image format.")
@click.option(
    "--inputs",
    type=click.IntRange(1, 16),
    default=USUAL_INPUTS,
    show_default=True,
    help="Number of videos to show in layout modes that the API arranges itself.",
)
@click.option(
    "--resolved",
    is_flag=True,
    help="Render no pictures; print the manifests with push domains, defaults and overrides written out.",
)
def command(
    paths: tuple[str, ...], selection: Selection, out: Path, form: str, inputs: int, resolved: bool
) -> int:
    """Render every MixStream and MixLayout in the manifests below each PATH. Needs no network, credentials or
    state. Writes one file for each, named KIND-NAME.svg or .png, and prints the file names. For layout modes
    that the API arranges itself, the picture is only an illustration.

    With --resolved, print the manifests as they are planned instead, each below what overrides set in it.
    """
    workspace = _read(paths or DEFAULT_PATHS)
    if resolved:
        click.echo(resolved_text(workspace, selection), nl=False)
        return 0
    drawings = _chosen(_drawings(workspace, inputs), selection)
    encode = _rasteriser() if form == "png" else str.encode
    for one in drawings:
        if one.scene is None:
            click.echo(f"{one.address} has no video to render", err=True)
            continue
        path = out / f"{_name(one.address)}.{form}"
        _write(path, encode(svg_of_scene(one.scene, str(one.address))))
        click.echo(safe(str(path)))
    return 0


def _read(paths: tuple[str, ...]) -> Workspace:
    workspace = read_workspace(paths, keep=True)
    for warning in workspace.warnings:
        click.echo(f"warning: {safe(str(warning))}", err=True)
    return workspace


def _drawings(workspace: Workspace, inputs: int) -> list[Drawing]:
    """Everything that could be drawn, by address."""
    streams = (_planned(workspace, inputs), _shared(workspace, inputs))
    return sorted((one for some in streams for one in some), key=lambda one: one.address)


def _planned(workspace: Workspace, inputs: int) -> Iterator[Drawing]:
    for resource in workspace.resources:
        kind = shows(resource.address.kind)
        if kind is not None:
            scene = kind.scene(kind.spec.model_validate(resource.spec), inputs)
            yield Drawing(resource.address, resource.labels, scene)


def _shared(workspace: Workspace, inputs: int) -> Iterator[Drawing]:
    """What is only referred to: a workspace has no resources of it."""
    for one in workspace.declared:
        kind = shows(one.kind.name)
        if kind is not None and registered(one.kind.name) is None:
            scene = kind.scene(kind.spec.model_validate(one.whole), inputs)
            yield Drawing(one.address, one.header.metadata.labels, scene)


def _chosen(drawings: list[Drawing], selection: Selection) -> list[Drawing]:
    """Those that the options choose; raises UsageError for an address that nothing drawn has."""
    labels = {one.address: one.labels for one in drawings}
    for text in (*selection.targets, *selection.excludes):
        one_of(
            text,
            labels,
            "is neither a layout nor a mixed stream in the manifests",
            "correct the address, or remove the option",
        )
    choice = selection.choice(labels)
    found = [one for one in drawings if choice.includes(one.address, one.labels)]
    if not found:
        click.echo("nothing to render: no layout or mixed stream is selected", err=True)
    return found


def _name(address: Address) -> str:
    whole = f"{address.kind}-{address.name}"
    if len(whole) <= MOST_NAME:
        return whole
    return f"{whole[:MOST_NAME]}-{digest(whole).removeprefix('sha256:')[:12]}"


def _write(path: Path, data: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    except OSError as error:
        raise ReconcilerError(
            f"{path}: cannot be written: {error.strerror}", "choose another directory with --out"
        ) from error


def _rasteriser() -> Callable[[str], bytes]:
    """SVG in, PNG out; warns where the machine has no letters. Raises UsageError without the extra."""
    try:
        draw = import_module("resvg_py").svg_to_bytes
    except ModuleNotFoundError as error:
        raise UsageError(
            "PNG needs resvg-py, which is not installed", f"install it with {installing('png')}"
        ) from error

    def encode(text: str) -> bytes:
        return bytes(draw(svg_string=text, zoom=ZOOM))

    letter = '<text y="9" font-family="sans-serif">M</text>'
    if encode(_LETTER.format(letter)) == encode(_LETTER.format("")):
        click.echo(
            "warning: no fonts found, so the pictures have no text; install one, such as the package "
            "fonts-dejavu-core",
            err=True,
        )
    return encode
