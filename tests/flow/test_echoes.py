"""A cloud that quotes secrets in its errors, in every encoding: nothing of it reaches what is written."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any

import pytest

from ..secrets.encoding import ENCODINGS
from .kit import Kit
from .test_secrets import written

GIVEN = {
    "TENCENTCLOUD_SECRET_ID": "AKIDcanaryid0001",
    "TENCENTCLOUD_SECRET_KEY": "canary-secret-key/0002+=",
    "TENCENTCLOUD_TOKEN": "canary-session-token&0003",
    "TRTC_SECRET_KEY": "canary-trtc-key-0004",
    "STREAM_PUSH_KEY": "canary-push-key-0005",
    "STREAM_STORE_ID": "canary-store-id-0006",
    "STREAM_STORE_KEY": "canary-store-key/0007",
    "STREAM_BACK": "https://img.example/b.png?key=canary-image-key-0008",
}
CLEAR = {
    "push token": "canary-push-token-0009",
    "userinfo": "canary:user'info-0010",
    "SigV4": "canary51c7a9e0d2b4f6a8c0e2d4f6a8b0c2d4e6f80011",
    "security token": "canaryFwoGZXIvYXdzE/sts+0012==",
}
NAMES = [*ENCODINGS]
STREAM = """
apiVersion: reconciler/v1
kind: MixStream
metadata: {{name: "s{number}"}}
spec:
  room: {room}
  publish:
    - {{url: "rtmp://cdn.example/live/a{number}?token={push}", isTencentCdn: false}}
    - {{url: "rtmp://3891.livepush.myqcloud.com/live/b{number}", auth: {{key: {{env: STREAM_PUSH_KEY}}}}}}
  video: {{encode: {{fps: 15, bitRate: 1500, gop: 2, width: 640, height: 360}}}}
  layout:
    mode: grid
    background: {{imageUrl: {{env: STREAM_BACK}}}}
    watermarks:
      - image: {{url: "https://{userinfo}@img.example/l.png",
                width: 9, height: 9, locationX: 0, locationY: 0}}
      - image: {{url: "https://s3.example/l.png?X-Amz-Signature={sigv4}&X-Amz-Security-Token={sts}",
                width: 9, height: 9, locationX: 9, locationY: 9}}
  record:
    uniRecord: api
    mcuStorageParams:
      cloudStorage: {{vendor: aws, region: eu, bucket: b, accessKey: {{env: STREAM_STORE_ID}},
                     secretKey: {{env: STREAM_STORE_KEY}}}}
"""
Answer = Callable[[dict[str, Any]], str]


class Echoes:
    """What was quoted so far: each secret, in the encoding that its call was answered in."""

    def __init__(self) -> None:
        self.quoted: list[tuple[str, str, str]] = []
        self._lock = Lock()
        self._calls = 0

    def message(self, body: dict[str, Any]) -> str:
        """An error's message that quotes every secret there is, in the encoding whose turn it is."""
        with self._lock:
            name = NAMES[self._calls % len(NAMES)]
            self._calls += 1
            secrets = {**CLEAR, **{one: value for one, value in GIVEN.items() if not one.endswith("_ID")}}
            secrets["STREAM_STORE_ID"] = GIVEN["STREAM_STORE_ID"]
            secrets["UserSig"] = body["AgentParams"]["UserSig"]
            secrets["signed address"] = body["PublishCdnParams"][1]["PublishCdnUrl"]
            told = {what: ENCODINGS[name](value) for what, value in secrets.items()}
            self.quoted += [(name, what, encoded) for what, encoded in told.items()]
            return "; ".join(f"found <{encoded}>" for encoded in told.values())


@contextmanager
def echoing(echoes: Echoes) -> Iterator[str]:
    """A cloud that refuses every call so."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            error = {"Code": "InvalidParameter", "Message": echoes.message(body)}
            answer = json.dumps({"Response": {"Error": error, "RequestId": "r"}}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.slow
def test_no_echo_of_any_secret_in_any_encoding_is_written(kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in GIVEN.items():
        monkeypatch.setenv(name, value)
    values = {"push": CLEAR["push token"], "userinfo": CLEAR["userinfo"], "sigv4": CLEAR["SigV4"]}
    texts = [
        STREAM.format(number=number, room=295000 + number, sts=CLEAR["security token"], **values)
        for number in range(len(NAMES))
    ]
    kit.write("streams.yaml", "---".join(texts).replace("canary:user'info", "canary:user%27info"))
    echoes = Echoes()
    with echoing(echoes) as url:
        monkeypatch.setenv("RECONCILER_ENDPOINT", url)
        ran = kit.run("--debug", "apply", "--auto-approve", debug=True)
    assert ran.code == 1 and ran.err.count("***") > len(NAMES) * 10, ran.err[:2000]
    assert {(name, what) for name, what, _ in echoes.quoted} == {
        (name, what) for name in NAMES for what in {what for _, what, _ in echoes.quoted}
    }
    files = [text for name, text in written(kit.root).items() if "/manifests/" not in name]
    everything = "\n".join([ran.out, ran.err, *files])
    assert [one for one in echoes.quoted if one[2] in everything] == []
    assert "canary" not in everything.replace(GIVEN["TENCENTCLOUD_SECRET_ID"], "")
    assert os.environ["TRTC_SECRET_KEY"] not in everything
