"""The suite's short form: for each dependency the tests that go through most of it.

    python -m tests.short            # about two minutes; further arguments are pytest's

CI runs it with the lowest versions that pyproject.toml declares, and with the locked ones.
"""

import sys

import pytest

SHORT: dict[str, tuple[str, ...]] = {
    "apprise": ("tests/watching/test_messages.py",),
    "click": ("tests/cli/test_cli_ux.py", "tests/flow/test_commands.py"),
    "deepdiff": ("tests/planning/test_differences.py",),
    "jinja2": ("tests/reports/test_markup.py",),
    "markupsafe": ("tests/reports/test_plan_and_drift.py",),
    "opentelemetry-exporter-otlp-proto-http": ("tests/watching/test_messages.py",),
    "opentelemetry-sdk": ("tests/watching/test_messages.py",),
    "prometheus-client": ("tests/watching/test_access.py",),
    "psycopg": ("tests/backends/test_postgres.py",),
    "pydantic": (
        "tests/manifests/loading/test_loader.py",
        "tests/kinds/rules",
        "tests/reports/test_plan_schema.py",
    ),
    "pysocks": ("tests/cli/test_network.py",),
    "python-dateutil": ("tests/kinds/test_timing.py",),
    "python-dotenv": ("tests/watching/test_messages.py",),
    "pyyaml": ("tests/manifests/reading/test_reader.py", "tests/manifests/formatting/test_fmt.py"),
    "requests": ("tests/cloud/test_transport.py", "tests/flow/test_demo.py"),
    "resvg-py": ("tests/reports/test_pictures.py",),
    "rich": ("tests/reports/test_page.py", "tests/reports/test_plan_and_drift.py"),
    "starlette": ("tests/simulator/test_simulator_faults.py",),
    "trustme": ("tests/flow/test_simulator_command.py",),
    "tzdata": ("tests/kinds/test_timing.py",),
    "urllib3": ("tests/cloud/test_client.py",),
    "uvicorn": ("tests/flow/test_simulator_command.py",),
}


def files() -> list[str]:
    """Every file and directory of the short form, each once."""
    return sorted({path for paths in SHORT.values() for path in paths})


if __name__ == "__main__":
    sys.exit(pytest.main(["--tables", "sampled", *files(), *sys.argv[1:]]))
