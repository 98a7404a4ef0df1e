"""What is wrong in manifests, for machines: our own JSON, and SARIF 2.1.0 for services that mark lines.

SARIF is what GitHub's code scanning, GitLab and Azure Pipelines read; its places are relative to the
directory that the command runs in, which in a pipeline is the root of the repository.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from reconciler.errors import Problem
from reconciler.reports.escape import json_text

FORMAT_VERSION = 1
_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_RULES = {
    "manifest-error": ("error", "The manifests cannot be used until this is fixed."),
    "manifest-warning": ("warning", "This is allowed, but rarely intended."),
}
_STANDARD_INPUT = "-"


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found, and of manifests that can be used their workspace and how many there are."""

    errors: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()
    workspace: str | None = None
    documents: int | None = None
    planned: int | None = None


def problems_json(checked: Checked) -> str:
    """Everything that was found, errors first, each with its place; lines and columns count from 1."""
    data = {
        "formatVersion": FORMAT_VERSION,
        "valid": not checked.errors,
        "workspace": checked.workspace,
        "documents": checked.documents,
        "planned": checked.planned,
        "problems": [
            {"severity": severity, **_plain(problem)}
            for severity, problems in (("error", checked.errors), ("warning", checked.warnings))
            for problem in problems
        ],
    }
    return json_text(data)


def problems_sarif(checked: Checked, directory: Path, version: str) -> str:
    """The same as a SARIF log; `directory` is what places are relative to, `version` this tool's."""
    found = (("manifest-error", checked.errors), ("manifest-warning", checked.warnings))
    results = [_result(rule, problem, directory) for rule, problems in found for problem in problems]
    driver = {"name": "reconciler", "version": version, "rules": list(_rules())}
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return json_text({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]})


def _plain(problem: Problem) -> dict[str, Any]:
    return {
        "file": problem.file,
        "line": problem.line or None,
        "column": problem.column or None,
        "path": problem.path,
        "message": problem.message,
    }


def _rules() -> Iterator[dict[str, Any]]:
    for name, (level, text) in _RULES.items():
        yield {"id": name, "shortDescription": {"text": text}, "defaultConfiguration": {"level": level}}


def _result(rule: str, problem: Problem, directory: Path) -> dict[str, Any]:
    text = f"{problem.path}: {problem.message}" if problem.path else problem.message
    return {
        "ruleId": rule,
        "ruleIndex": list(_RULES).index(rule),
        "level": _RULES[rule][0],
        "message": {"text": text},
        "locations": list(_locations(problem, directory)),
    }


def _locations(problem: Problem, directory: Path) -> Iterator[dict[str, Any]]:
    """Where it is: the line in the file, and the field; nothing of what came by standard input."""
    place: dict[str, Any] = {}
    if problem.file != _STANDARD_INPUT:
        physical: dict[str, Any] = {"artifactLocation": {"uri": uri_of(problem.file, directory)}}
        if problem.line:
            column = {"startColumn": problem.column} if problem.column else {}
            physical["region"] = {"startLine": problem.line, **column}
        place["physicalLocation"] = physical
    if problem.path:
        place["logicalLocations"] = [{"fullyQualifiedName": problem.path}]
    if place:
        yield place


def uri_of(file: str, directory: Path) -> str:
    """The file's URI: relative if it is below the directory, which is how lines are marked; else absolute."""
    path = os.path.normpath(os.path.join(directory, file))
    below = os.path.relpath(path, directory)
    if below == os.pardir or below.startswith(os.pardir + os.sep):
        return f"file://{quote(os.fsencode(path))}"
    return quote(os.fsencode(below))
