"""The files in deploy/, by the schemas of Kubernetes, a checker of systemd and a parser of PromQL."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import kubernetes_validate
import promql_parser
import pytest
import yaml
from click.testing import CliRunner

from reconciler.backends.work import WorkStanding
from reconciler.cli.commands.fleet import drain
from reconciler.cli.commands.watch import run
from reconciler.watching.fleet_metrics import FleetMetrics
from reconciler.watching.metrics import Metrics

DEPLOY = Path(__file__).parents[2] / "deploy"
KUBERNETES = list(yaml.safe_load_all((DEPLOY / "kubernetes.yaml").read_text()))
FLEET = list(yaml.safe_load_all((DEPLOY / "kubernetes-fleet.yaml").read_text()))
UNIT = (DEPLOY / "reconciler-watch@.service").read_text()
FLEET_UNIT = (DEPLOY / "reconciler-fleet.service").read_text()
RULES = yaml.safe_load((DEPLOY / "prometheus-rules.yaml").read_text())


@pytest.mark.parametrize("document", [*KUBERNETES, *FLEET], ids=lambda one: str(one["kind"]))
def test_kubernetes_takes_each_document(document: dict[str, Any]) -> None:
    kubernetes_validate.validate(document, "1.34", strict=True)


def test_a_document_that_is_none_is_refused() -> None:
    wrong = {**KUBERNETES[0], "spec": {**KUBERNETES[0]["spec"], "replica": 2}}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, "1.34", strict=True)


def options_of(words: list[str]) -> set[str]:
    return {word.partition("=")[0] for word in words if word.startswith("--")}


def test_the_options_are_those_that_watch_has() -> None:
    known = {name for parameter in run.params for name in parameter.opts}
    (container,) = KUBERNETES[0]["spec"]["template"]["spec"]["containers"]
    (worker,) = FLEET[0]["spec"]["template"]["spec"]["containers"]
    (command,) = re.findall(r"^ExecStart=(.*)$", UNIT, re.MULTILINE)
    (working,) = re.findall(r"^ExecStart=(.*)$", FLEET_UNIT, re.MULTILINE)
    assert container["args"][0] == worker["args"][0] == "watch" and " watch " in command
    for words in (container["args"], worker["args"], command.split(), working.split()):
        assert options_of(words) and options_of(words) <= known
    assert CliRunner().invoke(run, ["--help"]).exit_code == 0


def test_a_worker_is_drained_before_its_pod_ends() -> None:
    pod = FLEET[0]["spec"]["template"]["spec"]
    _, *words = pod["containers"][0]["lifecycle"]["preStop"]["exec"]["command"]
    assert words[:2] == ["fleet", "drain"] and options_of(words) <= {
        name for parameter in drain.params for name in parameter.opts
    }
    (stop,) = re.findall(r"^ExecStop=(.*)$", FLEET_UNIT, re.MULTILINE)
    assert stop.split()[1:3] == ["fleet", "drain"] and options_of(stop.split()) == options_of(words)
    assert words[-1] == "15m" and pod["terminationGracePeriodSeconds"] > 15 * 60


@pytest.mark.parametrize("documents", [KUBERNETES, FLEET], ids=["watch", "fleet"])
def test_the_probes_are_those_that_are_served(documents: list[dict[str, Any]]) -> None:
    (container,) = documents[0]["spec"]["template"]["spec"]["containers"]
    paths = {
        container[name]["httpGet"]["path"] for name in ("livenessProbe", "readinessProbe", "startupProbe")
    }
    assert paths == {"/healthz", "/readyz"}


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd-analyze")
@pytest.mark.parametrize(
    ("name", "text"),
    [("reconciler-watch@demo", UNIT), ("reconciler-fleet", FLEET_UNIT)],
    ids=["watch", "fleet"],
)
def test_systemd_takes_the_unit(tmp_path: Path, name: str, text: str) -> None:
    unit = tmp_path / f"{name}.service"
    # The program and the user are not on this machine.
    unit.write_text(text.replace("/opt/reconciler/bin/reconciler", "/bin/true"))
    done = subprocess.run(["systemd-analyze", "verify", str(unit)], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


RULE = [rule for group in RULES["groups"] for rule in group["rules"]]


@pytest.mark.parametrize("rule", RULE, ids=lambda rule: str(rule["alert"]))
def test_each_rule_asks_for_metrics_that_there_are(rule: dict[str, Any]) -> None:
    assert rule.keys() <= {"alert", "expr", "for", "labels", "annotations"}
    assert rule["labels"]["severity"] in ("critical", "warning")
    assert {"summary", "description"} == rule["annotations"].keys()
    promql_parser.parse(rule["expr"])
    text = Metrics("demo", "1").text() + fleet_metrics().text()
    served = set(re.findall(r"^(\w+)[ {]", text.decode(), re.MULTILINE))
    named = set(re.findall(r"reconciler_\w+", rule["expr"]))
    assert named and named <= served | {"reconciler_watch_changes_total"}


def fleet_metrics() -> FleetMetrics:
    """Those of a worker that has seen a fleet with one workspace, due for three seconds."""
    found = FleetMetrics("w1", "1")
    found.sees([WorkStanding("demo", "north", -3.0, "", "", 1, "w2", 9.0, "ok")])
    return found


def test_a_fleets_figures_are_those_of_now() -> None:
    found = fleet_metrics()
    text = found.text().decode()
    assert "reconciler_fleet_late_seconds 3.0" in text
    assert 'reconciler_fleet_workspaces{account="north"} 1.0' in text
    found.sees([])
    assert (
        "north" not in found.text().decode() and "reconciler_fleet_late_seconds 0.0" in found.text().decode()
    )


def test_a_rule_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError):
        promql_parser.parse("sum by (job (x)")
