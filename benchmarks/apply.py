"""What a step of an apply costs of the processor: whole processes, beside the vendor's SDK in a loop.

    python -m benchmarks.apply [--steps 100 1000 10000] [--rounds 3] [--latency 0.08] [--against DIR]
    python -m benchmarks.apply --accounts 16 [--seconds 20] [--latency 0.08]

Mixes of about 60 lines are started against a server of the benchmark's own, which checks nothing
(benchmarks/thin_server.py), in the five regions that have a rate of their own; a plan of the same mixes is
timed beside each, and taken off: what is left, by the number of steps, is what a step costs. All times are
the processor's, and medians. With `--accounts`, so many accounts call at 20 a second each from one process.
"""

import argparse
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path

from benchmarks.plan import HERE, STREAM, WORKSPACE, Checkout
from benchmarks.serving import serving
from reconciler.calls import Action, Call
from reconciler.cloud.client import Client
from reconciler.cloud.endpoint import Endpoint
from reconciler.cloud.pace import MemorySlotStore, SlotPace
from reconciler.cloud.retry import Caller, Timing
from reconciler.cloud.signing import Credentials
from reconciler.cloud.transport import RequestsTransport
from reconciler.pacing.store import account_of

REGIONS = ("ap-beijing", "ap-guangzhou", "ap-hongkong", "ap-shanghai", "ap-singapore")
KEYS = {"TENCENTCLOUD_SECRET_ID": "AKIDexample", "TENCENTCLOUD_SECRET_KEY": "secretexample"}
SDK = """
import sys
from tencentcloud.common.credential import Credential
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile
from tencentcloud.trtc.v20190722.trtc_client import TrtcClient
from tencentcloud.trtc.v20190722.models import StartPublishCdnStreamRequest

port, steps = sys.argv[1:]
http = HttpProfile(protocol="http", endpoint=f"127.0.0.1:{port}", keepAlive=True)
profile = ClientProfile(httpProfile=http)
client = TrtcClient(Credential("AKIDexample", "secretexample"), "ap-guangzhou", profile)
for number in range(int(steps)):
    request = StartPublishCdnStreamRequest()
    request.SdkAppId, request.RoomId = 1400000000, str(number)
    assert client.StartPublishCdnStream(request).TaskId
"""
START = Action("trtc", "2019-07-22", "StartPublishCdnStream", 20)
WARM_UP = 2.0


def served(latency: float) -> AbstractContextManager[int]:
    """The port of the server."""
    return serving("benchmarks.thin_server", "--latency", str(latency))


def laid(root: Path, steps: int) -> Path:
    """The manifests of so many mixes, a region each in turn."""
    manifests = root / f"manifests-{steps}"
    if not manifests.exists():
        manifests.mkdir()
        (manifests / "workspace.yaml").write_text(WORKSPACE)
        text = "".join(
            STREAM.replace("NUMBER", f"{number:05}").replace("spec:\n", f"spec:\n  region: {region}\n", 1)
            for number, region in zip(range(steps), REGIONS * (steps // len(REGIONS) + 1), strict=False)
        )
        (manifests / "streams.yaml").write_text(text)
    return manifests


def took(command: Sequence[str], environment: dict[str, str], cwd: Path) -> float:
    """CPU seconds of a process; raises RuntimeError with what it said where it fails."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    ran = subprocess.run(
        command, cwd=cwd, env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if ran.returncode:
        raise RuntimeError(f"{command}: exit code {ran.returncode}: {ran.stderr[-2000:]}")
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def step_of(checkout: Checkout, root: Path, steps: int, port: int) -> float:
    """CPU seconds of a step: those of an apply beyond those of its plan, by the number of steps."""
    environment = {
        **KEYS,
        "PYTHONPATH": str(checkout.root),
        "RECONCILER_ENDPOINT": f"http://127.0.0.1:{port}",
        "STREAM_KEY": "key",
        "TRTC_KEY": "key",
        "XDG_STATE_HOME": str(root / "home"),
    }
    state, manifests = root / "state.json", str(laid(root, steps))
    command = [checkout.python, "-m", "reconciler"]
    planned = took([*command, "plan", manifests, "--state", str(state), "--no-refresh"], environment, root)
    applied = took([*command, "apply", manifests, "--state", str(state), "--auto-approve"], environment, root)
    for path in root.glob("state.*"):
        subprocess.run(["rm", "-r", str(path)], check=True)
    return (applied - planned) / steps


def sdk_step(steps: int, port: int, root: Path) -> float:
    """CPU seconds of a call of the vendor's SDK, which a process makes one after the other."""
    return took([sys.executable, "-c", SDK, str(port), str(steps)], {}, root) / steps


def by_accounts(accounts: int, seconds: float, latency: float) -> str:
    """Calls of so many accounts from one process, each at its own rate."""
    stop, made = threading.Event(), [0] * accounts
    with served(latency) as port, RequestsTransport() as transport:
        endpoint = Endpoint.parse(f"http://127.0.0.1:{port}")
        each = 2 + int(20 * latency * 1.5)

        def caller(number: int) -> Caller:
            keys = Credentials(f"AKID{number}", "secret")
            pace = SlotPace(
                MemorySlotStore(time.monotonic), account_of(keys.secret_id, "x"), stop.wait, stop.is_set
            )
            client = Client(transport, keys, endpoint, time.time, str)
            return Caller(client, pace, Timing(time.monotonic, stop.wait, random.uniform))

        def work(one: Caller, number: int) -> None:
            while not stop.is_set():
                one.call(Call(START, "ap-guangzhou", {}), {"SdkAppId": 1400000000})
                made[number] += 1

        with ThreadPoolExecutor(accounts * each) as pool:
            for number in range(accounts):
                one = caller(number)
                for _ in range(each):
                    pool.submit(work, one, number)
            time.sleep(WARM_UP)
            before, cpu = sum(made), time.process_time()
            time.sleep(seconds)
            done, cpu = sum(made) - before, time.process_time() - cpu
            stop.set()
    return (
        f"{accounts} accounts, {latency * 1000:.0f} ms: {done / seconds:.0f} calls a second, "
        f"{cpu / done * 1000:.2f} ms of the processor each, {cpu / seconds:.0%} of one core"
    )


def main() -> None:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--steps", type=int, nargs="+", default=[100, 1000])
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--latency", type=float, default=0.0)
    options.add_argument("--against", type=Path, metavar="DIR", help="a checkout to compare with")
    options.add_argument("--accounts", type=int, help="only count the calls of so many accounts")
    options.add_argument("--seconds", type=float, default=20.0)
    chosen = options.parse_args()
    if chosen.accounts:
        print(by_accounts(chosen.accounts, chosen.seconds, chosen.latency))
        return
    checkouts = [Checkout("this", HERE)]
    if chosen.against is not None:
        checkouts.insert(0, Checkout("before", chosen.against.resolve()))
    with tempfile.TemporaryDirectory() as temporary, served(chosen.latency) as port:
        root = Path(temporary)
        for steps in chosen.steps:
            rounds = [
                [sdk_step(min(steps, 1000), port, root)]
                + [step_of(checkout, root, steps, port) for checkout in checkouts]
                for _ in range(chosen.rounds)
            ]
            names = ["SDK", *(checkout.name for checkout in checkouts)]
            figures = [statistics.median(column) for column in zip(*rounds, strict=True)]
            told = "  ".join(
                f"{name} {figure * 1000:.2f} ms" for name, figure in zip(names, figures, strict=True)
            )
            print(f"{steps:6} steps, a step: {told}", flush=True)


if __name__ == "__main__":
    main()
