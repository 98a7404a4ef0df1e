"""Sound YAML that keeps whoever checks its documents busy: the reader has no reason to refuse it."""

from .expectations import SOUND, WORKSPACE, Expected
from .made import REFUSED, Made, each, headed, listed

_LIVE = b"  {domainName: push.example.com, streamName: hall}\n"
_SLOT = b"{name: a%d, locationX: 0, locationY: 0, imageWidth: 9, imageHeight: 9}"


def _defaults(default: bytes) -> bytes:
    return WORKSPACE.read_bytes() + b"  defaults: " + default + b"\n"


_ALONE = Expected(1, r": spec\.defaults", alone=True)
CHECKED = {
    "wrong elements": Made(
        lambda: headed("MixLayout", "a", b"  mode: custom\n  slots: " + listed([b"{a: 1}"] * 8000)),
        REFUSED,
    ),
    "too many elements": Made(
        lambda: headed(
            "MixLayout", "a", b"  mode: custom\n  slots: " + listed(_SLOT % n for n in range(4000))
        ),
        REFUSED,
    ),
    "many users": Made(
        lambda: headed(
            "MixStream",
            "a",
            b"  room: 1\n  audio: {subscribeAudioList: "
            + listed(b"{userId: %d}" % n for n in range(8000))
            + b"  }\n",
        ),
        REFUSED,
    ),
    "unknown fields": Made(
        lambda: headed("MixLayout", "a", each(20_000, lambda n: b"  heightsa%d: 1\n" % n)), REFUSED
    ),
    "wrong labels": Made(
        lambda: (
            b"apiVersion: reconciler/v1\nkind: LiveStream\nmetadata:\n  name: a\n  labels:\n"
            + each(12_000, lambda n: b"    -a%d: -x\n" % n)
            + b"spec:\n"
            + _LIVE
        ),
        REFUSED,
    ),
    "annotations": Made(
        lambda: (
            b"apiVersion: reconciler/v1\nkind: LiveStream\nmetadata:\n  name: a\n  annotations:\n"
            + each(20_000, lambda n: b"    a%d: x\n" % n)
            + b"spec:\n"
            + _LIVE
        ),
        SOUND,
    ),
    "long annotations": Made(
        lambda: each(
            16,
            lambda n: (
                b"---\napiVersion: reconciler/v1\nkind: LiveStream\nmetadata: {name: a%d, annotations: {a: '"
                % n
                + b"x" * 64_000
                + b"'}}\nspec:\n"
                + _LIVE
            ),
        ),
        SOUND,
    ),
    "headless documents": Made(lambda: each(6000, lambda n: b"--- {kind: a, x: %d}\n" % n), REFUSED),
    "one name for all": Made(lambda: each(4000, lambda n: headed("LiveStream", "a", _LIVE)), REFUSED),
    "names of large documents": Made(
        lambda: (
            each(17, lambda n: headed("LiveStream", f"a{n}", b"  x: " + listed([b"1"] * 24_000)))
            + each(170, lambda n: headed("LiveStream", f"a{n % 17}", _LIVE))
        ),
        REFUSED,
    ),
    "mistakes in large documents": Made(
        lambda: each(
            10,
            lambda n: headed(
                "LiveStream", f"a{n}", b"  x: " + b"[" * 28 + b"1111," * 49_000 + b"]" * 28 + b"\n"
            ),
        ),
        REFUSED,
    ),
    "layouts that are not there": Made(
        lambda: (
            each(500, lambda n: headed("MixLayout", f"layout-{n}", b"  mode: grid\n"))
            + each(
                500,
                lambda n: headed(
                    "MixStream",
                    f"s{n}",
                    b"  room: 1\n  publish: [{url: rtmp://a.b/live/%d}]\n  layout: {ref: missing-%d}\n"
                    % (n, n),
                ),
            )
        ),
        REFUSED,
    ),
    "one address for all": Made(
        lambda: each(
            1500,
            lambda n: headed("MixStream", f"s{n}", b"  room: 1\n  publish: [{url: rtmp://a.b/live/x}]\n"),
        ),
        REFUSED,
    ),
    "a long kind": Made(lambda: headed("M" * 60_000, "a", _LIVE), REFUSED),
    "a long name": Made(lambda: headed("LiveStream", "a" * 60_000, _LIVE), REFUSED),
    "many workspaces": Made(lambda: (WORKSPACE.read_bytes() + b"---\n") * 2000, REFUSED),
    "defaults of no kind": Made(
        lambda: _defaults(b"{" + each(9000, lambda n: b"K%d: {a: 1}, " % n) + b"}"),
        _ALONE,
    ),
    "wrong elements in defaults": Made(
        lambda: _defaults(b"{MixLayout: {slots: " + listed([b"{a: 1}"] * 2000) + b"  }}"), _ALONE
    ),
}
