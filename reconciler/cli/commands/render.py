"""`reconciler render`: pictures of the mix layouts, one file each."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import click
from pydantic import ValidationError

from reconciler.cli.options import Selection, one_of, paths_argument, selection_options
from reconciler.cli.standard_input import read_stdin
from reconciler.cli.world import DEFAULT_PATHS, read_workspace
from reconciler.errors import ManifestError, ReconcilerError, UsageError, installing
from reconciler.kinds import registered, shows
from reconciler.layout.scene import USUAL_INPUTS, Scene
from reconciler.manifests.loading.header import Header
from reconciler.manifests.loading.loader import Workspace
from reconciler.manifests.loading.sources import find_sources
from reconciler.manifests.reading.reader import read_documents
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
def command(paths: tuple[str, ...], selection: Selection, out: Path, form: str, inputs: int) -> int:
    """Render every MixStream and MixLayout in the manifests below each PATH. Needs no network, credentials or
    state. Writes one file for each, named KIND-NAME.svg or .png, and prints the file names. For layout modes
    that the API arranges itself, the picture is only an illustration.
    """
    drawings = _chosen(_drawings(paths or DEFAULT_PATHS, inputs), selection)
    encode = _rasteriser() if form == "png" else str.encode
    for one in drawings:
        if one.scene is None:
            click.echo(f"{one.address} has no video to render", err=True)
            continue
        path = out / f"{_name(one.address)}.{form}"
        _write(path, encode(svg_of_scene(one.scene, str(one.address))))
        click.echo(safe(str(path)))
    return 0


def _drawings(paths: tuple[str, ...], inputs: int) -> list[Drawing]:
    """Everything that could be drawn, by address."""
    data = read_stdin() if "-" in paths else b""
    workspace = read_workspace(paths, lambda: data)
    for warning in workspace.warnings:
        click.echo(f"warning: {safe(str(warning))}", err=True)
    streams = (_planned(workspace, inputs), _shared(paths, data, workspace, inputs))
    return sorted((one for some in streams for one in some), key=lambda one: one.address)


def _planned(workspace: Workspace, inputs: int) -> Iterator[Drawing]:
    for resource in workspace.resources:
        kind = shows(resource.address.kind)
        if kind is not None:
            scene = kind.scene(kind.spec.model_validate(resource.spec), inputs)
            yield Drawing(resource.address, resource.labels, scene)


def _shared(paths: tuple[str, ...], stdin: bytes, workspace: Workspace, inputs: int) -> Iterator[Drawing]:
    """What is only referred to: a workspace has no resources of it, so the files are read once more."""
    for source in find_sources(paths, lambda: stdin):
        try:
            for document in read_documents(source.data, source.name):
                header = Header.model_validate(document.value)
                kind = shows(header.kind)
                if kind is not None and registered(header.kind) is None:
                    spec = kind.spec.model_validate(
                        _over(workspace.spec.defaults.get(kind.name, {}), header.spec)
                    )
                    address = Address(kind.name, header.metadata.name)
                    yield Drawing(address, header.metadata.labels, kind.scene(spec, inputs))
        except (ValidationError, KeyError, ManifestError) as error:
            message = f"{source.name} changed while it was being read"
            raise ReconcilerError(message, "run the command again") from error


def _over(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """A document over its kind's defaults, as they are merged when manifests are loaded."""
    merged = {**below, **above}
    for key, old in below.items():
        if isinstance(old, Mapping) and isinstance(merged[key], Mapping):
            merged[key] = _over(old, merged[key])
    return merged


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
