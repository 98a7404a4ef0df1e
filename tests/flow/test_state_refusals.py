"""Every refusal of `reconciler state` names a way out, and the way leads out: it is followed here."""

import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from reconciler.backends.local.location import file_location
from reconciler.cli.world import backend_for
from reconciler.moments import rfc3339
from reconciler.state.model import Owner

from ..support import one_in
from .kit import Kit
from .test_mix_stream import HALL, SIDE
from .test_state_commands import GAME, OTHER, applied

__all__ = ["applied"]


@dataclass
class Scene:
    """A workspace that was applied, and what is held or named on the way."""

    kit: Kit
    stack: ExitStack
    run: str = ""

    def filled(self, command: str) -> list[str]:
        """A command that a refusal names, with a place's word replaced by what stands there."""
        words = {"RUN": self.run, "PATH": "manifests"}
        return [words.get(word, word) for word in command.split()[1:]]

    def task(self, address: str) -> str:
        return str(self.kit.entry(address)["taskId"])

    def imports(self, address: str, task: str) -> list[str]:
        since = rfc3339(time.time() - 60)
        robot = self.kit.entry(address)["spec"]["agent"]["userId"]
        return ["import", address, "--task-id", task, "--robot", robot, "--since", since]


Setup = Callable[[Scene], list[str]]


def command(*words: str) -> Setup:
    return lambda scene: list(words)


def lost(*words: str) -> Setup:
    def setup(scene: Scene) -> list[str]:
        scene.kit.state_path.unlink()
        return list(words)

    return setup


def never(*words: str) -> Setup:
    def setup(scene: Scene) -> list[str]:
        scene.kit.forget_all()
        return list(words)

    return setup


def damaged(*words: str) -> Setup:
    def setup(scene: Scene) -> list[str]:
        scene.kit.state_path.write_bytes(scene.kit.state_path.read_bytes()[:-30])
        return list(words)

    return setup


def older(*words: str) -> Setup:
    def setup(scene: Scene) -> list[str]:
        before = scene.kit.state_path.read_bytes()
        assert scene.kit.run("state", "rm", SIDE).code == 0
        scene.kit.state_path.write_bytes(before)
        return list(words)

    return setup


def of_another(*words: str) -> Setup:
    def setup(scene: Scene) -> list[str]:
        with backend_for(file_location(scene.kit.state_path)).hold(None, {"run": "r"}) as session:
            session.rebind(Owner("other", session.snapshot.owner.cloud))
        return list(words)

    return setup


def held_elsewhere(*words: str) -> Setup:
    def setup(scene: Scene) -> list[str]:
        scene.run = "r-dead"
        holder = {"pid": 1, "host": "elsewhere", "command": "apply", "since": "then", "run": scene.run}
        backend = backend_for(file_location(scene.kit.state_path))
        scene.stack.enter_context(backend.hold(Owner("demo"), holder))
        return list(words)

    return setup


def pushed(edit: Callable[[dict[str, object]], object]) -> Setup:
    def setup(scene: Scene) -> list[str]:
        document = json.loads(scene.kit.run("state", "pull").out)
        edit(document)
        (scene.kit.root / "FILE").write_text(json.dumps(document))
        return ["push", "FILE"]

    return setup


def taken(scene: Scene) -> list[str]:
    task = scene.task(HALL)
    scene.kit.run("state", "mv", HALL, "MixStream/former")
    robot = scene.kit.entry("MixStream/former")["spec"]["agent"]["userId"]
    since = rfc3339(time.time() - 60)
    return ["import", HALL, "--task-id", task, "--robot", robot, "--since", since, "--sequence-number", "0"]


PUSHES = r"state push \S+history/1.json.gz --state "
MISTYPED = ("no state yet", "state list PATH")
CASES: list[tuple[str, Setup, str, str]] = [
    # what, how it comes to it, words of the refusal, the way out that is followed
    ("list: lost", lost("list"), "is missing", PUSHES),
    ("list: damaged", damaged("list"), "was truncated, altered or edited", PUSHES),
    ("list: older", older("list"), "it was replaced by an older file", r"state push \S+history/2.json.gz"),
    ("list: another's", of_another("list"), "of workspace 'other'", "state rebind"),
    ("list: mistyped", command("list", "--state", "none.json"), *MISTYPED),
    ("list: mistyped, with its manifests", command("list", "manifests", "--state", "none.json"), *MISTYPED),
    ("show: mistyped", command("show", HALL, "--state", "none.json"), *MISTYPED),
    ("pull: mistyped", command("pull", "--state", "none.json"), *MISTYPED),
    ("show: lost", lost("show", HALL), "is missing", PUSHES),
    ("show: none", command("show", "MixStream/no-such-thing"), "is not in the state", "state list"),
    ("show: no address", command("show", "!"), "is not a valid address", "state list"),
    ("pull: never", never("pull"), "no state yet", "apply"),
    ("pull: lost", lost("pull"), "is missing", PUSHES),
    ("pull: damaged", damaged("pull"), "was truncated", PUSHES),
    (
        "mv: none",
        command("mv", "MixStream/no-such-thing", "MixStream/x"),
        "is not in the state",
        "state list",
    ),
    ("mv: there", command("mv", HALL, SIDE), "is already in the state", f"state rm {SIDE}"),
    ("mv: kind", command("mv", HALL, "RelayStream/x"), "cannot rename", f"state mv {HALL} MixStream/x"),
    ("mv: no address", command("mv", HALL, "!"), "is not a valid address", "state list"),
    ("mv: lost", lost("mv", HALL, "MixStream/x"), "is missing", PUSHES),
    ("rm: none", command("rm", "MixStream/no-such-thing"), "is not in the state", "state list"),
    ("rm: mistyped", command("rm", HALL, "--state", "none.json"), "no state yet", "state list PATH"),
    ("rm: lost", lost("rm", HALL), "is missing", PUSHES),
    ("rm: damaged", damaged("rm", HALL), "was truncated", PUSHES),
    ("rm: another's", of_another("rm", HALL), "of workspace 'other'", "state rebind"),
    ("import: there", lambda one: one.imports(HALL, "T-1"), "already", f"state rm {HALL}"),
    (
        "import: elsewhere",
        taken,
        "is already recorded as MixStream/former",
        f"state mv MixStream/former {HALL}",
    ),
    ("import: no task", lambda one: ["import", GAME, "T-1"], "has no TaskId", "apply"),
    ("import: lost", lost("import", HALL, "T-1"), "is missing", PUSHES),
    ("import: another's", of_another("import", HALL, "T-1"), "of workspace 'other'", "state rebind"),
    ("push: older", pushed(lambda one: one.update(serial=0, resources={})), "its serial is 0", "state pull"),
    (
        "push: lineage",
        pushed(lambda one: one.update(lineage="another")),
        "its lineage is another",
        "state push --force",
    ),
    ("push: cloud", pushed(lambda one: one.update(cloud="tencentcloud")), "applied to tencent", "state pull"),
    (
        "push: workspace",
        pushed(lambda one: one.update(workspace="other")),
        "workspace 'other'",
        "state rebind",
    ),
    ("import: none", command("import", "MixStream/no-such", "T-1"), "is not in the", "convert"),
    ("push: mistake", pushed(lambda one: one.update(Serial=1)), "unknown key", "state pull"),
    ("push: no JSON", command("push", "manifests/streams.yaml"), "is not valid JSON", "state pull"),
    ("unlock: held", held_elsewhere("unlock"), "on elsewhere", "state unlock --run RUN"),
    ("unlock: not that run", held_elsewhere("unlock", "--run", "x"), "not by run x", "state unlock"),
]
STILL_REFUSED = ("unlock: not that run",)
"""The way names what is asked next, which is refused as it should be until that is done."""
ASKS = ("state rebind", "apply")
REQUEST = "tests/golden/convert/several-files/mix.json"


@pytest.fixture
def scene(applied: Kit) -> Iterator[Scene]:
    applied.write("other.yaml", OTHER)
    with ExitStack() as stack:
        yield Scene(applied, stack)


@pytest.mark.parametrize("case", one_in(3, CASES, lambda case: str(case[0])))
def test_a_refusal_names_a_way_out_that_leads_out(scene: Scene, case: tuple[str, Setup, str, str]) -> None:
    what, setup, words, way = case
    arguments = setup(scene)
    ran = scene.kit.run("state", *arguments)
    assert ran.code in (1, 64) and words in ran.err, ran.out + ran.err
    named = re.findall("`(reconciler [^`]+)`", ran.err.partition("hint: ")[2])
    found = next((one for one in named if re.match(f"reconciler {way}", one)), None)
    assert found is not None, ran.err
    follow = scene.filled(found)
    if "state push --force" in found and "FILE" not in found:
        follow.append("FILE")
    if found.startswith(tuple(f"reconciler {one}" for one in ASKS)):
        follow.append("--auto-approve")
    if found == "reconciler convert":
        follow.append(str(Path(__file__).parents[2] / REQUEST))
    followed = scene.kit.run(*follow)
    if what in STILL_REFUSED:
        assert followed.code == 1 and scene.run in followed.err
        return
    assert followed.code == 0, (follow, followed.out + followed.err)
    if PUSHES in way or ("rebind" in way and not what.startswith("push")):
        again = scene.kit.run("state", *arguments)
        assert again.code == 0 or arguments[0] == "import", again.err


def test_a_way_that_is_an_option_is_one_of_the_command(scene: Scene) -> None:
    """What is not said or held is mended by the very command, with the option that is named."""
    ran = scene.kit.run("state", "rm", HALL)
    assert ran.code == 0
    ran = scene.kit.run("state", "import", HALL, "T-1")
    for option in re.findall(r"add ([^(]+)", ran.err)[0].split(", "):
        assert option.strip() in scene.kit.run("state", "import", "--help").out
    held_elsewhere()(scene)
    for arguments in (("rm", SIDE), ("mv", SIDE, "MixStream/x"), ("push", "state/demo.history/1.json.gz")):
        assert "--lock-timeout" in scene.kit.run("state", *arguments).err


def test_every_command_is_in_the_table() -> None:
    assert {name.partition(":")[0] for name, *_ in CASES} >= {
        "list",
        "show",
        "pull",
        "mv",
        "rm",
        "import",
        "push",
        "unlock",
    }
