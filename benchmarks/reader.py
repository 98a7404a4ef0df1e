"""Times read_documents against yaml.load_all on the same documents, in alternating rounds.

    python benchmarks/reader.py [--documents 10000] [--rounds 5] [--pure]

Quote the ratio rather than the seconds: rounds alternate so that a busy machine slows both.
"""

import argparse
import gc
import statistics
import time
from collections.abc import Callable
from typing import Any

import yaml

from reconciler.manifests.reading.reader import read_documents

DOCUMENT = """\
---
apiVersion: reconciler/v1
kind: MixStream
metadata:
  name: stream-{number}
  labels: {{team: events, stage: prod}}
spec:
  sdkAppId: 1400000000
  room: {number}
  agent: {{userId: mix-{number}, maxIdleTime: 60}}
  encoding:
    video: {{width: 1280, height: 720, fps: 15, bitRate: 1500, gop: 2}}
    audio: {{sampleRate: 48000, channels: 2, bitRate: 64, codec: AAC}}
  layout:
    mode: custom
    canvas: {{width: 1280, height: 720, color: "0x000000"}}
    slots:
      - {{user: alice, locationX: 0, locationY: 0, width: 640, height: 360, zOrder: 1, renderMode: fill}}
      - {{user: bob, locationX: 640, locationY: 0, width: 640, height: 360, zOrder: 1, renderMode: fill}}
      - {{user: carol, locationX: 0, locationY: 360, width: 640, height: 360, zOrder: 1, renderMode: fit}}
  publish:
    - url: rtmp://push.example.com/live/stream-{number}
      auth: {{key: {{env: STREAM_KEY}}, validFor: 24h}}
"""


def ours(data: bytes) -> list[Any]:
    return [document.value for document in read_documents(data, "benchmark.yaml")]


def csafe(data: bytes) -> list[Any]:
    return list(yaml.load_all(data, Loader=yaml.CSafeLoader))


def safe(data: bytes) -> list[Any]:
    return list(yaml.load_all(data, Loader=yaml.SafeLoader))


def seconds(load: Callable[[bytes], list[Any]], data: bytes) -> float:
    gc.collect()
    began = time.perf_counter()
    load(data)
    return time.perf_counter() - began


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--documents", type=int, default=10_000)
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--pure", action="store_true", help="time the loader in pure Python as well")
    chosen = options.parse_args()
    data = "".join(DOCUMENT.format(number=number) for number in range(chosen.documents)).encode()
    loaders = [ours, csafe, safe] if chosen.pure else [ours, csafe]
    assert ours(data) == csafe(data)
    rounds = [[seconds(load, data) for load in loaders] for _ in range(chosen.rounds)]
    report(data, chosen.documents, [load.__name__ for load in loaders], list(zip(*rounds, strict=True)))


def report(data: bytes, documents: int, names: list[str], times: list[tuple[float, ...]]) -> None:
    print(f"{documents} documents, {len(data) / 1e6:.1f} MB, {len(times[0])} rounds")
    reference = statistics.median(times[0])
    for name, measured in zip(names, times, strict=True):
        median = statistics.median(measured)
        print(f"{name:6} median {median:.3f} s  {median / reference:.2f} x ours")


if __name__ == "__main__":
    main()
