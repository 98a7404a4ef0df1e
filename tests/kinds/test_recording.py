"""A layout of streams as a recording has it: the same picture by other names, drawn where it stands."""

from typing import Any

import pytest

from reconciler.kinds import registered
from reconciler.kinds.base import Subject
from reconciler.kinds.recording.kind import KIND
from reconciler.layout import Rect
from reconciler.model import Observation, Standing, Status

from ..support import loaded

HEAD = """
apiVersion: reconciler/v1
kind: Recording
metadata: {name: hall}
spec:
  room: 1
  record: {recordMode: mix}
  storage: {cloudVod: {tencentVod: {}}}
  mixTranscode: {video: {fps: 15, bitRate: 1500000, gop: 2}}
  layout:
    canvas: {width: 1280, height: 720}
"""
CUSTOM = """
    mode: custom
    background: {color: "0x1F2933", imageUrl: "https://i.example/back.png", renderMode: stretch}
    slots:
      - {name: wide, locationX: 0, locationY: 25%, imageWidth: 50%, imageHeight: 50%, zOrder: 2,
         renderMode: fit, backgroundImageUrl: "https://i.example/away.png"}
      - {name: small, locationX: 1000, locationY: 600, imageWidth: 160, imageHeight: 90, renderMode: crop}
    users: {wide: {userId: alice, streamType: screen}}
    watermarks:
      - {image: {url: "https://i.example/a.png", width: 10, height: 20, locationX: 30, locationY: 40}}
      - {text: {text: live, width: 1, height: 2, locationX: 3, locationY: 4, fontSize: 20,
         fontColor: "0xFF0000"}}
"""
FLOATING = """
    mode: floating
    renderMode: fit-black
    maxVideoUser: {userId: alice, streamType: screen}
"""


def spec_of(text: str) -> Any:
    kind = registered("Recording")
    (resource,) = loaded(HEAD + text).resources
    assert kind is not None
    return kind.read(resource.spec)


def sent(text: str) -> dict[str, Any]:
    workspace = loaded(HEAD + text)
    (resource,) = workspace.resources
    subject = Subject(resource.address, spec_of(text), workspace.settings)
    return dict(KIND.start(subject).request["MixLayoutParams"])


def test_places_users_and_watermarks_are_those_of_the_layout() -> None:
    assert sent(CUSTOM) == {
        "MixLayoutMode": 4,
        "MixLayoutList": [
            {
                "Top": 180,
                "Left": 0,
                "Width": 640,
                "Height": 360,
                "UserId": "alice",
                "MediaId": 1,
                "ImageLayer": 2,
                "RenderMode": 2,
                "SubBackgroundImage": "https://i.example/away.png",
            },
            {"Top": 600, "Left": 1000, "Width": 160, "Height": 90, "RenderMode": 1},
        ],
        "BackGroundColor": "#1F2933",
        "BackgroundImageUrl": "https://i.example/back.png",
        "BackgroundImageRenderMode": 0,
        "PlaceHolderMode": 1,
        "WaterMarkList": [
            {
                "WaterMarkImage": {
                    "WaterMarkUrl": "https://i.example/a.png",
                    "Top": 40,
                    "Left": 30,
                    "Width": 10,
                    "Height": 20,
                }
            },
            {
                "WaterMarkType": 1,
                "WaterMarkChar": {
                    "Chars": "live",
                    "Top": 4,
                    "Left": 3,
                    "Width": 1,
                    "Height": 2,
                    "FontSize": 20,
                    "FontColor": "#FF0000",
                },
            },
        ],
    }


def test_a_mode_of_the_api_has_the_big_user_and_hides_those_with_sound_alone() -> None:
    expected = {
        "MixLayoutMode": 1,
        "RenderMode": 2,
        "PureAudioDisableLayout": True,
        "MaxResolutionUserId": "alice",
        "MediaId": 1,
    }
    assert sent(FLOATING) == expected
    held = sent(FLOATING + "    pureAudioHoldPlaceMode: true\n")
    assert held == {**expected, "PureAudioDisableLayout": False}


def test_its_picture_is_drawn_where_it_stands() -> None:
    scene = KIND.scene(spec_of(CUSTOM))
    assert scene is not None and scene.note == ""
    wide, small = scene.tiles
    assert (wide.rect, wide.user, wide.stream, wide.render_mode) == (
        Rect(0, 180, 640, 360),
        *("alice", "screen", "fit-black"),
    )
    assert wide.placeholder == "https://i.example/away.png" and small.user == ""
    assert [(mark.kind, mark.content) for mark in scene.marks] == [
        ("image", "https://i.example/a.png"),
        ("text", "live"),
    ]
    assert (scene.color, scene.image_mode) == ("0x1F2933", "stretch")


def test_what_the_api_places_itself_is_a_guess() -> None:
    scene = KIND.scene(spec_of(FLOATING), 4)
    assert scene is not None and "not documented" in scene.note
    assert [tile.user for tile in scene.tiles] == ["alice", "", "", ""]
    bare = loaded(HEAD.partition("  mixTranscode")[0]).resources[0].spec
    kind = registered("Recording")
    assert kind is not None and KIND.scene(kind.read(bare)) is None


def test_a_time_of_day_stands_where_it_is_told() -> None:
    text = HEAD.partition("  mixTranscode")[0] + (
        "  mixLayout: {mode: grid, waterMarkList: [{waterMarkType: timestamp, timestamp: {pos: bottom-right}}"
        ", {waterMarkType: timestamp, timestamp: {pos: center}}]}\n"
    )
    kind = registered("Recording")
    assert kind is not None
    scene = KIND.scene(kind.read(loaded(text).resources[0].spec))
    assert scene is not None
    corner, middle = (mark.rect for mark in scene.marks)
    assert (corner.right, corner.bottom) == (360, 640)
    assert middle.x == (360 - middle.width) // 2 and middle.y == (640 - middle.height) // 2


@pytest.mark.parametrize(
    ("said", "status", "standing"),
    [
        ("Idle", Status.RUNNING, Standing.SILENT),
        ("InProgress", Status.RUNNING, Standing.RUNNING),
        ("Exited", Status.ENDED, Standing.GONE),
        ("Else", None, Standing.UNKNOWN),
    ],
)
def test_what_describe_says(said: str, status: Status | None, standing: Standing) -> None:
    found: Observation = KIND.read({"Status": said}, Status.RUNNING, 0.0)
    assert (found.status, found.standing) == (status, standing) and said in found.evidence


def test_it_can_all_that_is_asked_of_it() -> None:
    kind = registered("Recording")
    assert kind is not None
    assert None not in (kind.starts, kind.updates, kind.stops, kind.observes, kind.converts, kind.shows)
    assert kind.handle_expires is not None and kind.stops_by_name is None and kind.pauses is None
    assert not kind.unfenced(spec_of(FLOATING))
