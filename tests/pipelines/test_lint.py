"""What cannot be run here is held to schemas and to rules of its own: workflows, template, hooks, image."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from reconciler.cli.main import COMMANDS

from .github import ROOT, machine_variables
from .gitlab import template

WORKFLOWS = sorted((ROOT / ".github/workflows").glob("reconciler-*.yml"))
CALLERS = sorted((ROOT / "pipelines/github").glob("*.yml"))
ACTIONS = sorted((ROOT / ".github/actions").glob("*/action.yml"))
PINNED = re.compile(r"[\w-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")
# Of pre-commit's own (pre-commit.com, Creating new hooks), the keys that are used here.
HOOKS = {
    "type": "array",
    "minItems": 1,
    "items": {
        "type": "object",
        "required": ["id", "name", "entry", "language"],
        "additionalProperties": False,
        "properties": {
            "id": {"type": "string", "pattern": "^[a-z-]+$"},
            "name": {"type": "string"},
            "description": {"type": "string"},
            "entry": {"type": "string"},
            "language": {"const": "python"},
            "files": {"type": "string", "format": "regex"},
            "pass_filenames": {"type": "boolean"},
            "require_serial": {"type": "boolean"},
        },
    },
}


def told(*arguments: str) -> tuple[int, str]:
    """A linter's exit code and what it says."""
    ran = subprocess.run(
        [str(Path(sys.executable).parent / arguments[0]), *arguments[1:]], capture_output=True, text=True
    )
    return ran.returncode, ran.stdout + ran.stderr


def checked(schema: str, *files: Path, more: tuple[str, ...] = ()) -> tuple[int, str]:
    return told("check-jsonschema", "--builtin-schema", f"vendor.{schema}", *more, *map(str, files))


def as_copied(folder: Path) -> list[Path]:
    """The callers as users have them: with an owner and a commit."""
    folder.mkdir(parents=True)
    for caller in CALLERS:
        text = caller.read_text().replace("OWNER", "acme").replace("@COMMIT", f"@{'0123456789' * 4} # v1.0.0")
        (folder / caller.name).write_text(text)
    return sorted(folder.iterdir())


@pytest.mark.slow
def test_workflows_and_actions_fit_githubs_schemas(tmp_path: Path) -> None:
    assert len(WORKFLOWS) == 5 and len(CALLERS) == 5 and len(ACTIONS) == 2
    code, said = checked("github-workflows", *WORKFLOWS, *as_copied(tmp_path / "workflows"))
    assert code == 0, said
    code, said = checked("github-actions", *ACTIONS)
    assert code == 0, said


@pytest.mark.parametrize("name", ["reconciler", "streams-2"])
def test_the_template_fits_gitlabs_schema(tmp_path: Path, name: str) -> None:
    jobs = template(image="registry.example/reconciler@sha256:0", name=name, runner_tags=["keeps-state"])
    file = tmp_path / "filled.gitlab-ci.yml"
    file.write_text(yaml.safe_dump(jobs))
    code, said = checked("gitlab-ci", file, more=("--data-transform", "gitlab-ci"))
    assert code == 0, said
    assert f"{name}-apply" in jobs


@pytest.mark.slow
def test_the_schemas_would_see_a_mistake(tmp_path: Path) -> None:
    for schema, source, old, new in (
        ("github-workflows", WORKFLOWS[0], "runs-on:", "runs_on:"),
        ("github-actions", ACTIONS[0], "shell: bash", "shel: bash"),
    ):
        broken = tmp_path / "broken.yml"
        broken.write_text(source.read_text().replace(old, new))
        assert checked(schema, broken)[0] == 1
    jobs = template(image="x")
    jobs["reconciler-apply"]["script"] = {"not": "a list"}
    broken.write_text(yaml.safe_dump(jobs))
    assert checked("gitlab-ci", broken)[0] == 1


def test_an_audit_of_the_workflows_finds_nothing(tmp_path: Path) -> None:
    """zizmor at its strictest. Of one caller it says what workflow_run is, which it cannot do without."""
    as_copied(tmp_path / ".github/workflows")
    for where, known in ((ROOT / ".github", []), (tmp_path, ["dangerous-triggers"])):
        asked = ["--offline", "--no-progress", "--quiet", "--persona", "pedantic", "--format", "json-v1"]
        _, said = told("zizmor", *asked, str(where))
        assert [finding["ident"] for finding in json.loads(said)] == known, said


@pytest.mark.parametrize("file", [*WORKFLOWS, *ACTIONS], ids=lambda file: f"{file.parent.name}/{file.name}")
def test_what_is_used_is_pinned_and_no_text_becomes_a_script(file: Path) -> None:
    text = file.read_text()
    for used in re.findall(r"uses: (.+)", text):
        assert used.startswith("$/.github/actions/") or PINNED.fullmatch(used), used
    document = yaml.safe_load(text)
    for script in scripts(document):
        assert "${{" not in script
    for job in document.get("jobs", {}).values():
        assert job["timeout-minutes"] and job["concurrency"]["group"] and job["permissions"]


def scripts(node: Any) -> list[str]:
    if isinstance(node, dict):
        own = [node["run"]] if isinstance(node.get("run"), str) else []
        return own + [script for value in node.values() for script in scripts(value)]
    if isinstance(node, list):
        return [script for value in node for script in scripts(value)]
    return []


def test_only_an_apply_is_never_cancelled_halfway() -> None:
    groups = {}
    for file in WORKFLOWS:
        for name, job in yaml.safe_load(file.read_text())["jobs"].items():
            groups[name, file.stem] = job["concurrency"]
    apply = groups["apply", "reconciler-apply"]
    assert apply == {"group": "reconciler-apply-${{ inputs.name }}", "cancel-in-progress": False}
    assert not any(
        other["group"].startswith("reconciler-apply")
        for key, other in groups.items()
        if key != ("apply", "reconciler-apply")
    )


@pytest.mark.slow
def test_the_hooks_are_hooks_and_run(tmp_path: Path) -> None:
    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    jsonschema.validate(hooks, HOOKS)
    assert [hook["id"] for hook in hooks] == ["reconciler-validate", "reconciler-fmt"]
    manifest = tmp_path / "manifests/workspace.yaml"
    manifest.parent.mkdir()
    manifest.write_text(
        "kind: Workspace\napiVersion: reconciler/v1\nmetadata: {name: demo}\nspec: {region: ap-guangzhou}\n"
    )
    for hook in hooks:
        name, command = hook["entry"].split()
        assert name == "reconciler" and command in COMMANDS
        assert re.search(hook["files"], "manifests/workspace.yaml")
        given = [] if hook.get("pass_filenames") is False else ["manifests/workspace.yaml"]
        ran = subprocess.run([*hook["entry"].split(), *given], cwd=tmp_path, env=machine_variables())
        assert ran.returncode == 0
    assert manifest.read_text().startswith("apiVersion:")


def instructions() -> list[tuple[str, str]]:
    """(instruction, what follows it) of the Containerfile, continued lines joined, comments left out."""
    lines = [line for line in (ROOT / "Containerfile").read_text().splitlines() if not line.startswith("#")]
    joined = re.sub(r"\\\n\s*", " ", "\n".join(lines))
    pairs = (line.partition(" ") for line in joined.splitlines() if line.strip())
    return [(name, rest.strip()) for name, _, rest in pairs]


def test_the_image_is_slim_pinned_unprivileged_and_holds_no_secret() -> None:
    found = instructions()
    assert {name for name, _ in found} <= {
        *("ARG", "FROM", "WORKDIR", "COPY", "RUN", "LABEL", "ENV", "USER", "ENTRYPOINT", "CMD")
    }
    defaults = dict(rest.split("=") for name, rest in found if name == "ARG")
    bases = [rest.split()[0] for name, rest in found if name == "FROM"]
    assert len(bases) == 2
    for base in bases:
        registry, _, tag = base.replace("${PYTHON}", defaults["PYTHON"]).rpartition(":")
        assert registry == "docker.io/library/python" and re.fullmatch(r"3\.\d+-slim-\w+", tag)
    last = max(place for place, (name, _) in enumerate(found) if name == "FROM")
    users = [rest for name, rest in found[last:] if name == "USER"]
    assert users == ["65532:65532"]
    after = [name for name, _ in found[last:]]
    assert "RUN" not in after[after.index("USER") :] and "COPY" not in after[after.index("USER") :]
    assert json.loads(dict(found)["ENTRYPOINT"]) == ["reconciler"]
    labels = dict(found)["LABEL"]
    for key in ("title", "description", "licenses", "version", "revision"):
        assert f"org.opencontainers.image.{key}=" in labels
    settings = " ".join(rest for name, rest in found if name in ("ARG", "ENV"))
    assert not re.search(r"SECRET|TOKEN|KEY|PASSWORD|CREDENTIAL", settings, re.IGNORECASE)


def test_the_image_is_made_of_named_files_only() -> None:
    for name, rest in instructions():
        if name != "COPY" or rest.startswith("--from="):
            continue
        *sources, _ = rest.split()
        for source in sources:
            assert source not in (".", "./", "*") and (ROOT / source).exists()


def test_what_the_page_names_is_there() -> None:
    page = (ROOT / "docs/pipelines.md").read_text()
    linked = re.findall(r"\]\((\.\./[^)]+)\)", page)
    assert {(ROOT / "docs" / path).resolve() for path in linked} >= {*WORKFLOWS, *CALLERS, *ACTIONS}
    for path in linked:
        assert (ROOT / "docs" / path).exists(), path
    for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text()):
        assert f"id: {hook['id']}" in page
    example = re.search(r"```yaml\n(include:.+?)```", page, re.DOTALL)
    assert example
    (include,) = yaml.safe_load(example[1])["include"]
    assert (ROOT / include["file"].lstrip("/")).is_file() and template(**include["inputs"])
