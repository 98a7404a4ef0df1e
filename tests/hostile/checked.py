"""Sound YAML that keeps whoever checks its documents busy: the reader has no reason to refuse it."""

from .expectations import SOUND, WORKSPACE, Expected
from .made import REFUSED, Made, each, headed, listed

_DEFAULTS = Expected(1, r": spec\.defaults", alone=True)
_LIVE = b"  {domainName: push.example.com, streamName: hall}\n"
_MIX = b"  room: 1\n  publish: [{url: rtmp://a.b/live/%d}]\n  layout: {ref: missing-%d}\n"
_SLOT = b"{name: a%d, locationX: 0, locationY: 0, imageWidth: 9, imageHeight: 9}"


def _metadata(field: str, entries: bytes) -> bytes:
    """A live stream whose metadata has a field with these lines."""
    head = f"apiVersion: reconciler/v1\nkind: LiveStream\nmetadata:\n  name: a\n  {field}:\n"
    return head.encode() + entries + b"spec:\n" + _LIVE


def _slots(slots: bytes) -> bytes:
    return headed("MixLayout", "a", b"  mode: custom\n  slots: " + slots)


def _many_users() -> bytes:
    users = listed(b"{userId: %d}" % n for n in range(8000))
    return headed("MixStream", "a", b"  room: 1\n  audio: {subscribeAudioList: " + users + b"  }\n")


def _long_annotations() -> bytes:
    one = b"    a%d: '" + b"x" * 64_000 + b"'\n"
    return _metadata("annotations", each(15, lambda n: one.replace(b"%d", b"%d" % n)))


def _large_documents(count: int, spec: bytes) -> bytes:
    return each(count, lambda n: headed("LiveStream", f"a{n}", b"  x: " + spec))


def _names_of_large_documents() -> bytes:
    """Each repeated name is found in another document, which has to be looked through for its place."""
    again = each(170, lambda n: headed("LiveStream", f"a{n % 17}", _LIVE))
    return _large_documents(17, listed([b"1"] * 24_000)) + again


def _missing_layouts() -> bytes:
    layouts = each(300, lambda n: headed("MixLayout", f"layout-{n}", b"  mode: grid\n"))
    return layouts + each(300, lambda n: headed("MixStream", f"s{n}", _MIX % (n, n)))


def _one_address() -> bytes:
    spec = b"  room: 1\n  publish: [{url: rtmp://a.b/live/x}]\n"
    return each(1000, lambda n: headed("MixStream", f"s{n}", spec))


def _long_names() -> bytes:
    """Each of the streams is told which layouts there are, and that is a long list."""
    layouts = each(1000, lambda n: headed("MixLayout", f"l{n}-{'n' * 240}", b"  mode: grid\n"))
    return layouts + each(1000, lambda n: headed("MixStream", f"s{n}", _MIX % (n, n)))


def _forbidden_names() -> bytes:
    """Each of the streams pushes to the name of each that is forbidden."""
    live = b"  {domainName: d%d.example.com, streamName: hall, state: forbidden}\n"
    mix = b"  room: 1\n  agent: {userId: r%d}\n  publish: [{url: rtmp://p%d.example.com/live/hall}]\n"
    forbidden = each(800, lambda n: headed("LiveStream", f"l{n}", live % n))
    return forbidden + each(800, lambda n: headed("MixStream", f"s{n}", mix % (n, n)))


def _defaults(default: bytes) -> bytes:
    return WORKSPACE.read_bytes() + b"  defaults: " + default + b"\n"


CHECKED = {
    "wrong elements": Made(lambda: _slots(listed([b"{a: 1}"] * 4000)), REFUSED),
    "too many elements": Made(lambda: _slots(listed(_SLOT % n for n in range(4000))), REFUSED),
    "many users": Made(_many_users, REFUSED),
    "unknown fields": Made(
        lambda: headed("MixLayout", "a", each(8000, lambda n: b"  heightsa%d: 1\n" % n)), REFUSED
    ),
    "unknown fields without end": Made(
        lambda: each(20, lambda d: headed("MixLayout", f"a{d}", each(24_000, lambda n: b"  h%d: 1\n" % n))),
        Expected(1, r"found \d+ problems and stopped"),
    ),
    "wrong labels": Made(lambda: _metadata("labels", each(4000, lambda n: b"    -a%d: -x\n" % n)), REFUSED),
    "annotations": Made(lambda: _metadata("annotations", each(20_000, lambda n: b"    a%d: x\n" % n)), SOUND),
    "long annotations": Made(_long_annotations, SOUND),
    "headless documents": Made(lambda: each(3000, lambda n: b"--- {kind: a, x: %d}\n" % n), REFUSED),
    "one name for all": Made(lambda: each(3000, lambda n: headed("LiveStream", "a", _LIVE)), REFUSED),
    "names of large documents": Made(_names_of_large_documents, REFUSED),
    "mistakes in large documents": Made(
        lambda: _large_documents(6, b"[" * 28 + b"1111," * 49_000 + b"]" * 28 + b"\n"), REFUSED
    ),
    "layouts that are not there": Made(_missing_layouts, REFUSED),
    "layouts of long names": Made(_long_names, REFUSED),
    "names that are forbidden": Made(_forbidden_names, SOUND),
    "one address for all": Made(_one_address, REFUSED),
    "a long kind": Made(lambda: headed("M" * 60_000, "a", _LIVE), REFUSED),
    "a long name": Made(lambda: headed("LiveStream", "a" * 60_000, _LIVE), REFUSED),
    "many workspaces": Made(lambda: (WORKSPACE.read_bytes() + b"---\n") * 1000, REFUSED),
    "defaults of no kind": Made(
        lambda: _defaults(b"{" + each(4000, lambda n: b"K%d: {a: 1}, " % n) + b"}"), _DEFAULTS
    ),
    "wrong elements in defaults": Made(
        lambda: _defaults(b"{MixLayout: {slots: " + listed([b"{a: 1}"] * 1500) + b"  }}"), _DEFAULTS
    ),
}
