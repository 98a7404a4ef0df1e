"""What each kind says of what starts: its places, what is in it, how it is made; never a secret."""

from functools import reduce

import pytest

from reconciler.kinds import managed, registry
from reconciler.kinds.essence import Role
from reconciler.kinds.marks import Model
from tests.support import loaded

URL = "rtmp://3891.livepush.myqcloud.com/live/hall"
BILLED = "billed by the minute until then, also while the source is gone"
VIDEO = "video: {encode: {width: 1280, height: 720, fps: 25, bitRate: 1500, gop: 2}}"
SLOTS = "{name: a, imageWidth: 640}, {name: b, locationX: 640, imageWidth: 640}"
CASES = [
    (
        "MixStream",
        f"room: 1, publish: [{{url: '{URL}', auth: {{key: {{env: STREAM_KEY}}, validFor: 12h}}}}]",
        [
            ("room", "1"),
            ("to", f"{URL}, signed for 12h"),
            ("audio", "48 kHz stereo, 64 kbit/s; no picture"),
        ],
    ),
    (
        "MixStream",
        f"room: '1', {VIDEO}, layout: {{mode: custom, slots: [{SLOTS}], users: {{a: {{userId: ann}}}}}}, "
        "publish: [{url: {env: STREAM_URL}}], feedBackRooms: [{room: 7}, {room: back}], "
        "audio: {encode: {sampleRate: 44100, channel: 1, bitRate: 96, codec: HE-AAC}, "
        "subscribeAudioList: [{userId: ann}, {userId: bob, room: 9}]}",
        [
            ("room", '"1"'),
            ("to", "the address in env STREAM_URL"),
            ("back to", "room 7"),
            ("back to", 'room "back"'),
            ("users", "ann in a"),
            ("layout", "custom, 2 slots (1 open)"),
            ("heard", "ann, bob (room 9)"),
            ("picture", "1280x720, 25 fps, 1500 kbit/s"),
            ("audio", "44.1 kHz mono, 96 kbit/s HE-AAC"),
        ],
    ),
    (
        "MixStream",
        f"room: 1, {VIDEO}, publish: [{{url: '{URL}'}}], "
        "layout: {mode: screen-share, maxVideoUser: {userId: ann, streamType: screen}}",
        [
            ("room", "1"),
            ("to", URL),
            ("big", "ann's screen"),
            ("layout", "screen-share"),
            ("picture", "1280x720, 25 fps, 1500 kbit/s"),
            ("audio", "48 kHz stereo, 64 kbit/s"),
        ],
    ),
    (
        "RelayStream",
        "room: 1, user: {userId: ann}, publish: [{url: 'rtmp://a.example/x?token=abcdefgh', "
        "isTencentCdn: false}], record: {uniRecord: api, recordFormat: [hls], mcuStorageParams: "
        "{cloudStorage: {vendor: cos, region: ap-guangzhou, bucket: tapes, accessKey: {env: STREAM_A}, "
        "secretKey: {env: STREAM_B}}}}",
        [
            ("room", "1"),
            ("to", "rtmp://a.example/x?token=***, another CDN"),
            ("user", "ann"),
            ("audio", "48 kHz stereo, 64 kbit/s; no picture"),
            ("recording", "hls of audio-video to cos bucket tapes"),
        ],
    ),
    (
        "RelayStream",
        f"room: 1, user: {{userId: ann, room: 5}}, publish: [{{url: '{URL}'}}], record: {{uniRecord: 'off'}}",
        [
            ("room", "1"),
            ("to", URL),
            ("user", "ann (room 5)"),
            ("audio", "48 kHz stereo, 64 kbit/s; no picture"),
            ("recording", "off"),
        ],
    ),
    (
        "IngestStream",
        "room: 1, streamUrl: 'https://example.com/a.mp4?sig=abcdefgh', repeatNum: -1, maxDuration: 90, "
        "seekSecond: 30, tempo: 1.5, volume: 50, state: paused",
        [
            ("room", "1"),
            ("from", "https://example.com/a.mp4?sig=***"),
            (
                "plays",
                "in a loop, for 90 min at most, from second 30, tempo 1.5, volume 50, paused immediately",
            ),
        ],
    ),
    (
        "IngestStream",
        "room: 1, streamUrl: 'https://example.com/a.mp4', repeatNum: 3",
        [("room", "1"), ("from", "https://example.com/a.mp4"), ("plays", "3 times")],
    ),
    ("RenderStream", f"userId: u1, publish: {{url: '{URL}'}}", [("session", "u1"), ("to", URL)]),
    ("RenderStream", "userId: u1", [("session", "u1, pushed to the domain bound in the console")]),
    (
        "LiveMix",
        "sessionId: s, inputs: [{stream: a, slot: left}, {stream: b, type: audio}, "
        "{stream: logo, type: picture, watermarkId: 7}], "
        "layout: {canvas: {width: 640, height: 360}, mode: custom, preset: full, slots: [left], "
        "background: {color: '0x1F2933'}}, output: {stream: c, type: new, frameRate: 25, bitRate: 800}",
        [
            ("session", "s"),
            ("to", "the live stream c"),
            ("inputs", "a in left, b (audio)"),
            ("with", "canvas 640x360 0x1F2933, watermark 7"),
            ("billed", "as standard transcoding of Live, while it runs"),
            ("encoding", "25 fps, 800 kbit/s"),
        ],
    ),
    (
        "LiveMix",
        "sessionId: s, inputs: [{stream: a}, {stream: b, type: video}], templateId: 20, output: {stream: a}",
        [
            ("session", "s"),
            ("to", "the live stream a, in place of the input"),
            ("inputs", "a, b (video)"),
            ("layout", "template 20"),
            ("billed", "as standard transcoding of Live, while it runs"),
        ],
    ),
    (
        "PullStream",
        f"sourceUrls: ['rtmp://a.example/live/a'], publish: {{url: '{URL}'}}, backupSourceType: vod, "
        "backupSourceUrl: {env: STREAM_FILM}",
        [
            ("to", "3891.livepush.myqcloud.com/live/hall"),
            ("from", "rtmp://a.example/live/a"),
            ("backup", "the address in env STREAM_FILM"),
            ("until", f"6d after the last apply that renews it; {BILLED}"),
        ],
    ),
    (
        "PullStream",
        "sourceType: vod, sourceUrls: ['https://a.example/a.mp4?token=abcdefgh', 'https://a.example/b.mp4'], "
        "toUrl: {env: STREAM_TO}, vodLoopTimes: 0, fileIndex: 2, offsetTime: 9, "
        "endTime: '2027-01-01T00:00:00Z'",
        [
            ("to", "the address in env STREAM_TO"),
            ("from", "https://a.example/a.mp4?token=*** and 1 more"),
            ("plays", "once, from file 2, second 9"),
            ("until", f"2027-01-01T00:00:00Z; {BILLED}"),
        ],
    ),
    (
        "Recording",
        "room: 7, record: {recordMode: single, streamType: audio, subscribeStreamUserIds: "
        "{subscribeAudioUserIds: [b, a]}}, resourceExpiredHour: 720, storage: {cloudStorage: {vendor: cos, "
        "region: ap-guangzhou, bucket: films, accessKey: {env: STREAM_A}, secretKey: {env: STREAM_B}}}",
        [
            ("room", "7"),
            ("to", "cos bucket films"),
            ("users", "a, b"),
            ("recording", "hls of audio, a file for each user"),
            ("TaskId", "of use for 720 h; the recording goes on after that"),
            ("billed", "by the minute, also while it waits for anchors"),
        ],
    ),
    (
        "Recording",
        "room: '7', record: {recordMode: mix}, storage: {cloudVod: {tencentVod: {}}}, "
        "mixTranscode: {video: {fps: 15, bitRate: 500000, gop: 2}}, layout: {canvas: {width: 1280, height: "
        "720}, mode: floating, maxVideoUser: {userId: host}}",
        [
            ("room", '"7"'),
            ("to", "Tencent VOD"),
            ("recording", "mp4 of audio-video, one file of all, 1280x720"),
            ("layout", "floating, host large"),
            ("TaskId", "of use for 72 h; the recording goes on after that"),
            ("billed", "by the minute, also while it waits for anchors"),
        ],
    ),
    ("LiveStream", "domainName: a.example, streamName: hall", [("push to", "a.example/live/hall")]),
]


@pytest.mark.parametrize(("kind", "spec", "expected"), CASES)
def test_essence(kind: str, spec: str, expected: list[tuple[str, str]]) -> None:
    text = f"apiVersion: reconciler/v1\nkind: {kind}\nmetadata: {{name: hall}}\nspec: {{{spec}}}\n"
    (resource,) = (one for one in loaded(text).resources if one.address.kind == kind)
    registered = managed(resource.address)
    parts = registered.kind.essence(registered.read(resource.spec))
    assert [(part.label, part.words) for part in parts] == expected
    assert parts[0].role is Role.PLACE
    assert all(part.value is not None for part in parts)
    for part in parts:
        if isinstance(part.value, Model):
            assert part.value.to_json() == reduce(lambda value, step: value[step], part.path, resource.spec)


def test_every_kind_has_a_case() -> None:
    assert {kind for kind, *_ in CASES} == set(registry())
