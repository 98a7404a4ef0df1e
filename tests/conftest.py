import atexit
import os
import shutil
import signal
import tempfile
from collections import defaultdict
from collections.abc import Generator

import pytest
from hypothesis import settings

# A slow machine is no failure. A quick run tries few examples; `--hypothesis-profile thorough` is as usual.
settings.register_profile("quick", deadline=None, max_examples=12)
settings.register_profile("thorough", deadline=None)
settings.load_profile("quick")

# What processes share on a machine is not shared with whoever runs the tests.
for variable in ("XDG_STATE_HOME", "XDG_CACHE_HOME"):
    os.environ[variable] = tempfile.mkdtemp(prefix="reconciler-tests-")
    atexit.register(shutil.rmtree, os.environ[variable], ignore_errors=True)

# Each process that the tests start would compile the whole package again.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# What a pipeline's runner sets means something to the tool; a test that means it sets it.
if os.environ.pop("CI", None):
    os.environ["TESTS_RUN_IN_CI"] = "1"
# Parallel workers inherit the width of the terminal that started them, and lines would wrap there.
os.environ.pop("COLUMNS", None)

# What a shell starts in the background ignores an interrupt, and so would all that the tests start.
signal.signal(signal.SIGINT, signal.default_int_handler)

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGPIPE)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol() -> Generator[None, object, object]:
    """What a test lets a signal do ends with it: main() makes SIGTERM an interrupt, in this process too."""
    before = {number: signal.getsignal(number) for number in SIGNALS}
    try:
        return (yield)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


SAMPLE = 4
"""So many cases of a table are quick where all tests are run; the rest is slow then."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--tables",
        choices=("sampled", "whole"),
        help="of long tables of cases: a sample, or all (default: a sample where nothing is named)",
    )


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Takes a sample of each long table, spread evenly; whoever names what to run has the tables whole."""
    named = config.args != config.getini("testpaths")
    if (config.getoption("tables") or ("whole" if named else "sampled")) == "whole":
        return
    quick, slow = defaultdict(list), defaultdict(list)
    for item in items:
        tables = quick if item.get_closest_marker("slow") is None else slow
        tables[item.nodeid.partition("[")[0]].append(item)
    for cases in quick.values():
        for item in beyond(SAMPLE, cases):
            item.add_marker(pytest.mark.slow)
    for cases in slow.values():
        share = cases[0].get_closest_marker("share")
        for item in beyond(share.args[0], cases) if share else ():
            item.add_marker(pytest.mark.long)


def beyond(count: int, cases: list[pytest.Item]) -> list[pytest.Item]:
    """The cases without so many of them, which are spread evenly."""
    of = len(cases)
    return [one for at, one in enumerate(cases) if at * count // of == (at - 1) * count // of]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Two more than there are cores: what starts processes waits for them half of its time."""
    return (os.cpu_count() or 1) + 2
