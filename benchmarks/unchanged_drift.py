"""The processor's time of a `drift` in which nothing has drifted, beside PyYAML on the same files.

    python -m benchmarks.unchanged_drift [--streams 10000] [--rounds 5]

Mixed streams of about 60 lines push to two domains; a server of the benchmark's own says of all that they are
live. In alternating order PyYAML's CSafeLoader reads the manifests, a process asks the same two questions by
`requests` alone and parses the answers, and `drift` looks, by the index that a drift before has kept. All
are whole processes, and medians. Ends with 1 where a drift takes more than its share of CSafeLoader and the
answers.
"""

import argparse
import os
import statistics
import sys
import tempfile
from pathlib import Path

from benchmarks.drift import KEYS, counting
from benchmarks.plan import CSAFE, HERE, Checkout, laid

ALLOWED = 0.15
"""Of the time of CSafeLoader, beside what the answers take."""
ANSWERS = """
import sys, requests
url, size, *domains = sys.argv[1:]
with requests.Session() as session:
    session.headers["X-TC-Action"] = "DescribeLiveStreamOnlineList"
    for domain in domains:
        asked = {"DomainName": domain, "PageNum": 1, "PageSize": int(size)}
        assert session.post(url, json=asked).json()["Response"]["TotalPage"] == 1
"""
DOMAINS = ("push.example.com", "backup.example.com")
"""To which each stream is pushed."""


def main() -> int:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--streams", type=int, default=10_000)
    options.add_argument("--rounds", type=int, default=5)
    chosen = options.parse_args()
    here, size = Checkout("this", HERE), str(max(10, chosen.streams))
    with (
        tempfile.TemporaryDirectory() as temporary,
        counting(chosen.streams, lambda number: f"stage-{number - 1:05}") as server,
    ):
        scene, url = (
            laid(Path(temporary), chosen.streams),
            f"http://127.0.0.1:{server.server_port}",
        )
        os.environ.update({**KEYS, "XDG_CACHE_HOME": f"{temporary}/cache", "RECONCILER_ENDPOINT": url})
        drift = ["-m", "reconciler", "drift", str(scene.manifests), "--state", str(scene.applied)]
        works = {
            "CSafeLoader": ["-c", CSAFE, *sorted(map(str, scene.manifests.iterdir()))],
            "the answers": ["-c", ANSWERS, url, size, *DOMAINS],
            "drift": [*drift, "--detailed-exitcode"],
        }
        here.run(["-m", "compileall", "-q", str(HERE / "reconciler")], scene.root)
        here.run(works["drift"], scene.root)
        took: dict[str, list[float]] = {name: [] for name in works}
        for number in range(chosen.rounds):
            for name in works if number % 2 == 0 else reversed(works):
                took[name].append(here.run(works[name], scene.root)[0])
    found = {name: statistics.median(times) for name, times in took.items()}
    for name, seconds in found.items():
        print(f"{name:12}{seconds:7.2f} s{seconds / found['CSafeLoader']:7.2f} x")
    over = found["drift"] - found["the answers"]
    print(f"drift without the answers: {over / found['CSafeLoader']:.2f} x; allowed: {ALLOWED} x")
    return 0 if over <= ALLOWED * found["CSafeLoader"] else 1


if __name__ == "__main__":
    sys.exit(main())
