"""The vendor's own command-line program against the simulator, through TLS.

    python -m tests.vendor_cli build/cli/bin/tccli

The program is to be in an environment of its own, which then trusts the simulator of this run: it takes no
other certificates than those of its own certifi.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import requests

from .simulator.simulator_client import APP, ingest, mix

STREAM = {"DomainName": "1.livepush.myqcloud.com", "AppName": "live", "StreamName": "town"}


@contextmanager
def tls_simulator(folder: Path, *program: str) -> Iterator[tuple[str, Path]]:
    """(its URL, the file of the authority that its certificate is signed by) of a process of its own."""
    process = subprocess.Popen(
        [*program, "simulator", "--tls", "--port", "0"],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None and process.stderr is not None
    try:
        url = process.stdout.readline().removeprefix("listening on ").strip()
        told = process.stderr.readline()
        yield url, Path(told.removeprefix("The certificate is signed by ").partition(":")[0])
    finally:
        process.terminate()
        out, err = process.communicate(timeout=120)
    assert (process.returncode, out, err) == (0, "", ""), err


class VendorCli:
    """The program, as a user of the endpoint calls it."""

    def __init__(self, program: Path, endpoint: str, home: Path) -> None:
        self._program, self._endpoint = program, endpoint
        self._environment = {
            **os.environ,
            "HOME": str(home),
            "TENCENTCLOUD_SECRET_ID": "AKIDexample",
            "TENCENTCLOUD_SECRET_KEY": "secretexample",
        }

    def trust(self, authority: Path) -> None:
        """Adds the authority to what the program's own environment trusts."""
        python = self._program.with_name("python")
        asked = [str(python), "-c", "import certifi; print(certifi.where())"]
        bundle = Path(subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip())
        with bundle.open("a") as file:
            file.write(authority.read_text())

    def call(self, service: str, action: str, **request: Any) -> dict[str, Any]:
        """The answer to one call, whose parameters are written as the program wants them."""
        arguments = [f"--{name}={written(value)}" for name, value in request.items()]
        command = [
            str(self._program),
            service,
            action,
            "--endpoint",
            self._endpoint,
            "--region",
            "ap-guangzhou",
        ]
        ran = subprocess.run(
            [*command, *arguments], env=self._environment, capture_output=True, text=True, timeout=120
        )
        assert ran.returncode == 0, f"{action}: {ran.stdout}{ran.stderr}"
        answer: dict[str, Any] = json.loads(ran.stdout)
        return answer


def written(value: Any) -> str:
    """A value as the program's command line has it: JSON for what is no text."""
    return value if isinstance(value, str) else json.dumps(value)


def start_update_stop_describe_and_resume(cli: VendorCli) -> list[tuple[str, str]]:
    """What the tasks have become, as (kind, status), in order."""
    started = cli.call("trtc", "StartPublishCdnStream", **mix())
    task = {"SdkAppId": APP, "TaskId": started["TaskId"]}
    cli.call("trtc", "UpdatePublishCdnStream", **task, SequenceNumber=1, WithTranscoding=1)
    played = cli.call("trtc", "StartStreamIngest", **ingest("player"))
    seen = cli.call("trtc", "DescribeStreamIngest", SdkAppId=APP, TaskId=played["TaskId"])
    assert seen["Status"] == "InProgress", seen
    cli.call("live", "ForbidLiveStream", **STREAM)
    assert cli.call("live", "DescribeLiveStreamState", **STREAM)["StreamState"] == "forbid"
    cli.call("live", "ResumeLiveStream", **STREAM)
    assert cli.call("live", "DescribeLiveStreamState", **STREAM)["StreamState"] == "active"
    cli.call("trtc", "StopPublishCdnStream", **task)
    return [("publish", "ended"), ("ingest", "running")]


def main(program: Path) -> None:
    """Runs it, and compares with what the simulator says of its world."""
    with (
        TemporaryDirectory() as name,
        tls_simulator(Path(name), sys.executable, "-m", "reconciler") as (
            url,
            authority,
        ),
    ):
        cli = VendorCli(program.absolute(), url.removeprefix("https://"), Path(name))
        cli.trust(authority)
        wanted = start_update_stop_describe_and_resume(cli)
        tasks = requests.get(f"{url}/_admin/tasks", verify=str(authority), timeout=30).json()["tasks"]
        assert [(task["kind"], task["status"]) for task in tasks] == wanted, tasks
    print("the vendor's CLI: start, update, describe, forbid, resume and stop, through TLS")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
