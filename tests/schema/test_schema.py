"""JSON Schema of manifests: as generated, sound, of one mind with the models, and complete."""

import json
import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, get_args

import pytest
from jsonschema import Draft202012Validator, validators
from jsonschema import ValidationError as SchemaError
from pydantic import AfterValidator, BeforeValidator, ValidationError, create_model

from reconciler.cli import main
from reconciler.cli.world import read_settings
from reconciler.errors import ManifestError
from reconciler.kinds import KINDS, OVERRIDE
from reconciler.kinds.base import Managed
from reconciler.kinds.capabilities import CanStart, CanUpdate
from reconciler.kinds.forms import JsonSchemaHint, PatternValidator
from reconciler.kinds.marks import WANTED, Model, change_effect_of
from reconciler.kinds.push_domains import EVERY_DOMAIN, written_out
from reconciler.manifests.loading.context import LoadContext
from reconciler.manifests.loading.header import Header
from reconciler.manifests.loading.loader import load
from reconciler.manifests.reading.reader import read_documents
from reconciler.model import Impact, canonical_json
from reconciler.schema import NO_DEFAULTS, document_schema, manifest_schema
from reconciler.schema.effects import effect
from reconciler.schema.meanings import meaning, summary
from reconciler.schema.survey import Around, Field, all_fields, below
from reconciler.schema.types import type_node
from scripts import manifest_docs, schemas

from ..kinds.rules.kit import RULES, cases_in
from ..support import one_in

ROOT = Path(__file__).parents[2]
PATHS = [schemas.FOLDER / f"{name}.json" for name in ("manifest", *KINDS)]
FIELDS = [(kind, path, one) for kind in KINDS for path, one in all_fields(KINDS[kind])]
LEAVES = [(kind, path, one) for kind, path, one in FIELDS if not one.inner]


@lru_cache
def files() -> dict[Path, str]:
    return dict(schemas.files())


def title(kind: str, path: str) -> str:
    return f"{kind}.{path}"


def _pattern(validator: Any, pattern: str, value: Any, schema: Any) -> Iterator[SchemaError]:
    """The keyword in its own dialect, where `$` is the end; in Python's, a line break may follow it."""
    if isinstance(value, str) and not re.search(re.sub(r"\$$", r"\\Z", pattern), value):
        yield SchemaError(f"{value!r} does not match {pattern!r}")


EXTEND: Any = validators.extend
Validator = EXTEND(Draft202012Validator, {"pattern": _pattern})


@lru_cache
def defaults_of(workspace: Path | None) -> str:
    """What a workspace gives, as JSON."""
    return canonical_json(NO_DEFAULTS if workspace is None else read_settings((str(workspace),)).defaults)


@lru_cache
def fitted(defaults: str, kind: str = "") -> Any:
    """What checks documents of a kind, or of any, beside defaults."""
    given = json.loads(defaults)
    return Validator(document_schema(KINDS[kind], Header, given) if kind else manifest_schema(Header, given))


def complaints(document: Any, workspace: Path | None = None) -> list[str]:
    """What the schemas say of a document, fitted to a workspace or not; both must be of one mind."""
    defaults, kind = defaults_of(workspace), document.get("kind")
    of_all = [error.message for error in fitted(defaults).iter_errors(document)]
    if kind in KINDS:
        assert bool(of_all) == (not fitted(defaults, kind).is_valid(document))
    return of_all


# The committed copies


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.name)
def test_a_committed_schema_is_as_generated(path: Path) -> None:
    assert (ROOT / path).read_text() == files()[path], "run python scripts/schemas.py"


def test_no_other_schema_is_committed() -> None:
    committed = {path.relative_to(ROOT) for path in (ROOT / schemas.FOLDER).iterdir()}
    assert committed == {*files(), schemas.PLAN}


def test_the_documentation_is_as_generated() -> None:
    assert (ROOT / manifest_docs.PAGE).read_text() == manifest_docs.page(), (
        "run python scripts/manifest_docs.py"
    )


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.name)
def test_a_schema_is_sound(path: Path) -> None:
    schema = json.loads(files()[path])
    Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["$id"].endswith(f"/reconciler/v1/{path.name}")
    used = {one["$ref"] for one in nodes(schema) if "$ref" in one}
    assert used == {f"#/$defs/{name}" for name in schema["$defs"]}


def nodes(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    for inner in value if isinstance(value, list) else ():
        yield from nodes(inner)


# Of one mind with what the loader takes


MANIFESTS = sorted(path.relative_to(ROOT) for path in (ROOT / "manifests").rglob("*.yaml"))


def workspaces_of(path: Path) -> list[Path]:
    """The workspaces that a file is used with: that of its own directory, or all of its tree."""
    around = (ROOT / path).parent
    return [*around.glob("workspace.yaml")] or [*around.parent.rglob("workspace.yaml")]


@pytest.mark.parametrize("path", MANIFESTS, ids=str)
def test_every_example_is_valid(path: Path) -> None:
    documents = [one.value for one in read_documents((ROOT / path).read_bytes(), str(path))]
    workspaces = workspaces_of(path)
    assert documents and workspaces
    for workspace in workspaces:
        assert [complaints(document, workspace) for document in documents] == [[] for _ in documents]


# What a validator knows and JSON Schema cannot say, by rule; there, a schema only gives no false alarm.
BEYOND = {
    "LIV-03": "how many days a month has",
    "LIV-04": "bytes, where JSON Schema counts characters",
    "PUL-04": "which hosts are in a private network",
    "PUL-09": "how many days a month has",
    "ENV-02": "what a push domain gives",
    "ENV-03": "what goes with a push domain's name",
    "ENV-04": "what a push domain gives",
}
CASES = [case for file in sorted((RULES / "cases").glob("*.yaml")) for case in cases_in(file)]


@pytest.mark.parametrize("case", one_in(8, CASES, lambda case: str(case.title)))
def test_a_case_of_the_rules_is_taken_or_refused_as_the_model_does(case: Any) -> None:
    for document in (one for documents in case.documents().values() for one in documents):
        if document["kind"] == OVERRIDE:  # judged by the loader with the resource that it is laid over
            assert case.refused or not complaints(document)
        elif "defaults" in document["spec"]:  # the loader looks into them, and the schema does
            assert complaints(document) or not refused_by_model(document)
        elif case.rule in BEYOND:
            assert refused_by_model(document) or not complaints(document)
        else:
            assert bool(complaints(document)) == refused_by_model(document)


def refused_by_model(document: dict[str, Any]) -> bool:
    if document["kind"] not in KINDS:
        return True
    try:
        spec = KINDS[document["kind"]].spec
        whole = written_out(spec, Header.model_validate(document).spec, EVERY_DOMAIN)
        spec.model_validate(whole.value)
        return bool(whole.wrong)
    except ValidationError:
        return True


SETTINGS = {
    "apiVersion": "reconciler/v1",
    "kind": "Workspace",
    "metadata": {"name": "demo"},
    "spec": {"region": "ap-guangzhou", "trtc": {"sdkAppId": 1, "secretKey": {"env": "TRTC_SECRET_KEY"}}},
}
MIX = {
    "apiVersion": "reconciler/v1",
    "kind": "MixStream",
    "metadata": {"name": "hall", "labels": {"event": "autumn"}},
    "spec": {
        "room": 295066,
        "video": {"encode": {"fps": 15, "bitRate": 1500, "gop": 2, "width": 1280, "height": 720}},
        "layout": {
            "mode": "custom",
            "slots": [{"name": "left", "imageWidth": "50%", "imageHeight": "100%"}],
            "users": {"left": {"userId": "moderator"}},
            "background": {"color": "0x1F2933"},
        },
        "publish": [
            {"url": "rtmp://push.example/live/hall", "auth": {"key": {"env": "STREAM_PUSH_KEY"}}},
        ],
    },
}


class Removed:
    """Stands for a key that is taken out; each process calls its cases the same."""

    def __repr__(self) -> str:
        return "removed"


REMOVED = Removed()
BROKEN: list[tuple[dict[str, Any], str, Any]] = [
    (MIX, "apiVersion", "reconciler/v2"),
    (MIX, "kind", "MixSteam"),
    (MIX, "kind", REMOVED),
    (MIX, "metadata", REMOVED),
    (MIX, "metadata.name", "Town Hall"),
    (MIX, "metadata.labels.event", "a b"),
    (MIX, "metadata.labels.-event", "autumn"),
    (MIX, "metadata.label", {}),
    (MIX, "status", {}),
    (MIX, "spec", REMOVED),
    (MIX, "spec", []),
    (MIX, "spec.room", REMOVED),
    (MIX, "spec.room", 0),
    (MIX, "spec.room", 4294967295),
    (MIX, "spec.room", True),
    (MIX, "spec.room", "hall*"),
    (MIX, "spec.rooms", 1),
    (MIX, "spec.region", "eu-frankfurt"),
    (MIX, "spec.state", "paused"),
    (MIX, "spec.agent.maxIdleTime", 4),
    (MIX, "spec.agent.userId", "a" * 33),
    (MIX, "spec.agent.userSig", "eJwtzE"),
    (MIX, "spec.agent.userSig", {"env": "TRTC_A", "file": "a"}),
    (MIX, "spec.agent.userSig", {"env": "TRTC A"}),
    (MIX, "spec.video.encode.fps", REMOVED),
    (MIX, "spec.video.encode.fps", 61),
    (MIX, "spec.video.encode.gop", 0),
    (MIX, "spec.video.encode.width", "1280"),
    (MIX, "spec.video.encode.codec", "H264"),
    (MIX, "spec.audio", {"encode": {"sampleRate": 22050}}),
    (MIX, "spec.audio", {"encode": {"codec": "AAC"}}),
    (MIX, "spec.layout.mode", "free"),
    (MIX, "spec.layout.slots.0.name", REMOVED),
    (MIX, "spec.layout.slots.0.imageWidth", "101%"),
    (MIX, "spec.layout.slots.0.imageWidth", "50.125%"),
    (MIX, "spec.layout.slots.0.imageWidth", -1),
    (MIX, "spec.layout.slots.0.renderMode", "stretch"),
    (MIX, "spec.layout.slots.0.customCrop", {"locationX": 0, "locationY": 0, "width": 0, "height": 1}),
    (MIX, "spec.layout.slots", [{"name": f"slot-{number}"} for number in range(17)]),
    (MIX, "spec.layout.background.color", "#1F2933"),
    (MIX, "spec.layout.users.left.streamType", "slides"),
    (MIX, "spec.publish.0.url", "https://push.example/live/hall"),
    (MIX, "spec.publish.0.url", "rtmp://push.example/live/hall?txSecret=1&txTime=2"),
    (MIX, "spec.publish.0.auth.key", "secret"),
    (MIX, "spec.publish.0.auth.validFor", "1 day"),
    (MIX, "spec.publish.0.isTencentCdn", 1),
    (MIX, "spec.sei", {"layoutVolume": {"payloadType": 244}}),
    (MIX, "spec.sei", {"passThrough": {"payloadContent": "a"}}),
    (SETTINGS, "spec.endpoint", "https://trtc.example"),
    (SETTINGS, "spec.defaults", {"MixSteam": {}}),
    (SETTINGS, "spec.defaults", {"Workspace": {}}),
    (SETTINGS, "spec.defaults", {"MixStream": {"agent": {"maxIdleTime": 1}}}),
    (SETTINGS, "spec.defaults", {"MixStream": {"agent": {"maxIdletime": 30}}}),
    (SETTINGS, "spec.defaults", {"MixLayout": {"slots": [{"renderMode": "free"}]}}),
]


def changed(document: Mapping[str, Any], path: str, value: Any) -> dict[str, Any]:
    result = deepcopy(dict(document))
    *way, last = path.split(".")
    here: Any = result
    for name in way:
        here = here[int(name)] if isinstance(here, list) else here.setdefault(name, {})
    if value is REMOVED:
        del here[last]
    else:
        here[last] = value
    return result


def load_all(*documents: Mapping[str, Any]) -> None:
    """What `validate` does with them; JSON is YAML too."""
    text = "\n---\n".join(json.dumps(one) for one in documents)
    load(["-"], text.encode, LoadContext())


@pytest.mark.parametrize(
    ("document", "path", "value"), BROKEN, ids=[f"{path}={value!r:.40}" for _, path, value in BROKEN]
)
def test_what_is_refused_is_refused_by_the_schema(document: dict[str, Any], path: str, value: Any) -> None:
    broken = changed(document, path, value)
    with pytest.raises(ManifestError):
        load_all(*([broken] if document is SETTINGS else [SETTINGS, broken]))
    assert complaints(broken)


def test_what_they_were_broken_from_is_taken() -> None:
    load_all(SETTINGS, MIX)
    assert complaints(SETTINGS) == complaints(MIX) == []


def test_defaults_need_nothing() -> None:
    defaults: dict[str, Any] = {kind: {} for kind in KINDS if kind not in ("Workspace", "Override")}
    full = changed(SETTINGS, "spec.defaults", {**defaults, "MixStream": {"video": {"encode": {"fps": 30}}}})
    load_all(full)
    assert complaints(full) == []


# Overrides, and the schema of one workspace

OVERRIDES: dict[str, tuple[dict[str, Any], bool]] = {
    "one field": ({"video": {"encode": {"bitRate": 800}}}, True),
    "null removes": ({"video": None, "layout": {"users": {"left": None}}}, True),
    "an entry by its key": ({"layout": {"slots": [{"name": "left", "zOrder": 2}]}}, True),
    "an entry is removed": ({"layout": {"slots": [{"name": "left", "$patch": "delete"}]}}, True),
    "a push by its domain": ({"publish": [{"domain": "main", "stream": "a"}]}, True),
    "a secret": ({"publish": [{"url": "rtmp://p.example/a/b", "auth": {"key": {"env": "STREAM_A"}}}]}, True),
    "an unknown field": ({"vidio": {}}, False),
    "a value out of range": ({"video": {"encode": {"fps": 61}}}, False),
    "another patch": ({"layout": {"slots": [{"name": "left", "$patch": "replace"}]}}, False),
    "a patch of what is no entry": ({"video": {"$patch": "delete"}}, False),
    "a secret in clear": ({"publish": [{"url": "rtmp://p.example/a/b", "auth": {"key": "clear"}}]}, False),
    "a list without keys is whole": ({"layout": {"watermarks": [{"image": {"zOrder": 3}}]}}, False),
    "a field of another kind": ({"streamUrl": "https://films.example/a.mp4"}, False),
}


@pytest.mark.parametrize(("value", "taken"), OVERRIDES.values(), ids=OVERRIDES)
def test_what_an_override_may_set(value: dict[str, Any], taken: bool) -> None:
    head = {"apiVersion": "reconciler/v1", "kind": "Override", "metadata": {"name": "o"}}
    override = {**head, "spec": {"of": "MixStream/hall", "set": value}}
    assert (complaints(override) == []) is taken


GIVEN = {
    "MixStream": {"room": 7, "video": {"encode": {"fps": 15, "gop": 2}}},
    "LiveStream": {"pushDomain": "main"},
    "RenderStream": {"userId": "player", "publish": {"domain": "main"}},
}
FITTED: dict[str, tuple[str, dict[str, Any], bool]] = {
    "what the defaults give": ("MixStream", {"video": {"encode": {"bitRate": 800}}}, True),
    "nothing at all": ("MixStream", {}, True),
    "what they do not give": ("MixStream", {"video": {"encode": {"width": 640}}}, False),
    "of another kind": ("RelayStream", {"user": {"userId": "anna"}}, False),
    "a stream of the domain": ("LiveStream", {"streamName": "a"}, True),
    "a live stream of no name": ("LiveStream", {}, False),
    "a push of the domain": ("RenderStream", {"publish": {"stream": "a"}}, True),
    "a session alone": ("RenderStream", {}, True),
}


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["", *KINDS])
def test_a_schema_that_is_fitted_is_sound(kind: str) -> None:
    Draft202012Validator.check_schema(fitted(canonical_json(GIVEN), kind).schema)


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "spec", "taken"), FITTED.values(), ids=FITTED)
def test_what_the_defaults_give_is_not_required(kind: str, spec: dict[str, Any], taken: bool) -> None:
    document = {"apiVersion": "reconciler/v1", "kind": kind, "metadata": {"name": "a"}, "spec": spec}
    given = canonical_json(GIVEN)
    for one in (fitted(given), fitted(given, kind)):
        assert one.is_valid(document) is taken
    assert spec.keys() == {"userId"} or complaints(document)


# Of one mind with the models, field by field


ANYTHING: tuple[Any, ...] = (
    *(
        None,
        True,
        False,
        0,
        1,
        -1,
        2,
        5,
        99,
        100,
        244,
        254,
        255,
        1001,
        0.5,
        1.5,
        "",
        " ",
        "a",
        "A-b_c",
        "a b",
    ),
    *("1", "0x1F2933", "0x1F293", "24h", "0s", "90", "50%", "100%", "100.5%", "007%", "200%", "live"),
    *("rtmp://a.example/live/b", "rtmp://a.example/live/b?txTime=1", "https://a.example/b.png", "ftp://a/b"),
    *(
        "https://user:key@a.example/b",
        "http://127.0.0.1:9527",
        "http://localhost",
        "http://[::1]:80/",
        "simulator",
    ),
    *("2026-12-31T18:00:00Z", "2026-13-31T18:00:00Z", "2026-12-31", "f" * 32, "f" * 33, "x" * 65, "x" * 300),
    *(
        [],
        ["a"],
        ["mp4"],
        [1],
        {},
        {"env": "TRTC_A"},
        {"env": "1"},
        {"file": "a"},
        {"file": ""},
        {"key": "a"},
    ),
    *({"env": "TRTC_A", "file": "a"}, {"a": "b"}, {"a": {"b": 1}}),
)


def around_limits(node: Any) -> Iterator[Any]:
    """What stands at the edges of a type's ranges and words, and just beyond."""
    for one in nodes(node):
        for name, step in (("minimum", -1), ("maximum", 1)):
            if name in one:
                yield from (one[name], one[name] + step)
        for name, step in (("minLength", -1), ("maxLength", 1)):
            if name in one:
                yield from ("a" * one[name], "a" * max(one[name] + step, 0))
        yield from one.get("examples", ())
        for word in one.get("enum", ()):
            yield from (word, f"{word} ")


def secret(model: type[Model]) -> Any:
    assert model.holds_secret
    properties = {one.facts.alias: node_of(one) for _, one in below(model, Around())}
    one_of_them = {"minProperties": 1, "maxProperties": 1}
    return {"type": "object", "properties": properties, "additionalProperties": False, **one_of_them}


def node_of(one: Field) -> Any:
    return type_node(one.info.annotation, tuple(one.info.metadata), secret)


@pytest.mark.parametrize(("kind", "path", "one"), LEAVES, ids=[title(kind, path) for kind, path, _ in LEAVES])
def test_a_field_takes_what_its_schema_takes(kind: str, path: str, one: Field) -> None:
    annotation: Any = (
        Annotated[(one.info.annotation, *one.info.metadata)] if one.info.metadata else one.info.annotation
    )
    model = create_model("One", __base__=Model, value=(annotation, ...))
    schema = Validator(node_of(one))
    for value in (*ANYTHING, *around_limits(node_of(one))):
        if isinstance(value, bool) and int(value) in node_of(one).get("enum", ()):
            continue  # pydantic takes it for the word 1 or 0, and keeps it as that
        try:
            model.model_validate({"value": value})
            taken = True
        except ValidationError:
            taken = False
        assert schema.is_valid(value) == taken, value


# Complete


@pytest.mark.parametrize("kind", KINDS)
def test_every_field_says_what_it_means(kind: str) -> None:
    silent = [
        path for name, path, one in FIELDS if name == kind and not meaning(one.model, one.facts.attribute)
    ]
    assert silent == []
    assert summary(KINDS[kind]).endswith(".")


def test_what_stands_around_a_spec_says_what_it_means() -> None:
    assert [
        path for path, one in below(Header, Around()) if not meaning(one.model, one.facts.attribute)
    ] == []


@pytest.mark.parametrize(("kind", "path", "one"), LEAVES, ids=[title(kind, path) for kind, path, _ in LEAVES])
def test_every_validator_says_what_it_lets_through(kind: str, path: str, one: Field) -> None:
    for beside in annotated((Annotated[(one.info.annotation, *one.info.metadata, "")],)):
        checks = [mark for mark in beside if isinstance(mark, AfterValidator | BeforeValidator)]
        told = [mark for mark in beside if isinstance(mark, JsonSchemaHint | PatternValidator)]
        assert len(checks) <= len(told), beside


def annotated(annotations: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    """What stands beside each type in the annotations."""
    for one in annotations:
        yield getattr(one, "__metadata__", ())
        yield from annotated(get_args(one) if not hasattr(one, "__metadata__") else (one.__origin__,))


@pytest.mark.parametrize("kind", [name for name, kind in KINDS.items() if isinstance(kind, Managed)])
def test_a_schema_tells_what_a_change_does_as_a_plan_would(kind: str) -> None:
    for _, path, one in (entry for entry in LEAVES if entry[0] == kind):
        parts = tuple(part for name in path.split(".") for part in steps(name))
        told = effect(one)
        if parts == WANTED:
            assert told is None
        else:
            mark, _ = change_effect_of(KINDS[kind].spec, parts)
            assert told is not None
            assert (told["changed"], told["visible"]) == (planned(kind, mark.changed), mark.visible), path


def planned(kind: str, impact: Impact) -> Impact:
    """A switch interrupts nothing, and a task that cannot be updated restarts."""
    if impact is Impact.NONE or not isinstance(KINDS[kind], CanStart):
        return Impact.NONE
    return impact if isinstance(KINDS[kind], CanUpdate) else Impact.RESTART


def steps(name: str) -> tuple[str | int, ...]:
    """`slots[]` as its steps, with the first of the elements; `*` is any key."""
    return (name.removesuffix("[]"), 0) if name.endswith("[]") else (name,)


# The command


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[Any, str, str]:
    with pytest.raises(SystemExit) as stopped:
        main(["schema", *arguments])
    told = capsys.readouterr()
    return stopped.value.code, told.out, told.err


def test_the_command_prints_the_schema_of_manifests(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys) == (0, files()[schemas.FOLDER / "manifest.json"], "")


@pytest.mark.parametrize("kind", KINDS)
def test_the_command_prints_the_schema_of_a_kind(kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, kind) == (0, files()[schemas.FOLDER / f"{kind}.json"], "")


def test_another_word_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "MixSteam")
    assert (code, out) == (64, "")
    assert "unknown kind 'MixSteam'" in err and "did you mean MixStream?" in err
