"""Mixes of live streams: sessions by the caller's names, and inputs that come and go."""

import copy
from typing import Any

import pytest
from simulator_client import Client, changed, mix

CREATE, CANCEL = "CreateCommonMixStream", "CancelCommonMixStream"
OTHER = "InvalidParameter.OtherError"


def request(session: str = "one", output: str = "mixed", **more: Any) -> dict[str, Any]:
    inputs = [
        {
            "InputStreamName": "host",
            "LayoutParams": {"ImageLayer": 1, "ImageWidth": 1280, "ImageHeight": 720},
        },
        {
            "InputStreamName": "guest",
            "LayoutParams": {"ImageLayer": 2, "ImageWidth": 0.25, "ImageHeight": 0.25},
        },
    ]
    return {
        "MixStreamSessionId": session,
        "InputStreamList": inputs,
        "OutputParams": {"OutputStreamName": output, "OutputStreamType": 1},
        **more,
    }


SOLE = {**request(), "InputStreamList": request()["InputStreamList"][:1]}


def mixes(client: Client) -> list[dict[str, Any]]:
    return [
        one["request"] for one in client.see("tasks") if one["kind"] == "mix" and one["status"] == "running"
    ]


def test_a_session_is_begun_changed_and_ended(client: Client) -> None:
    assert client.code(CREATE, request()) == ""
    whole = changed(request(), "OutputParams.OutputStreamBitRate", 1500)
    assert client.code(CREATE, whole) == ""
    assert client.code(CREATE, request()) == ""
    assert mixes(client) == [request()]  # what a request leaves out is not kept
    assert client.state("mixed") == "active"
    client.advance(6)
    assert client.code(CANCEL, {"MixStreamSessionId": "one"}) == ""
    assert mixes(client) == [] and client.state("mixed") == "inactive"


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "a session with a dash": ({"MixStreamSessionId": "a-b"}, "InvalidParameter"),
    "no input": ({"InputStreamList": []}, "InvalidParameter.InputNumLimitExceeded"),
    "one layer twice": (
        {"InputStreamList.1.LayoutParams.ImageLayer": 1},
        "InvalidParameter.InvalidLayerParam",
    ),
    "a share of nothing": (
        {"InputStreamList.1.LayoutParams.ImageWidth": 0.995},
        "InvalidParameter.InvalidLayerParam",
    ),
    "a crop": ({"InputStreamList.1.CropParams.CropWidth": 2001}, "InvalidParameter.InvalidCropParam"),
    "a bitrate": ({"OutputParams.OutputStreamBitRate": 10001}, "InvalidParameter.InvalidBitrate"),
    "a type": ({"OutputParams.OutputStreamType": 2}, "InvalidParameter.InvalidOutputType"),
    "a new stream of an input": (
        {"OutputParams.OutputStreamName": "host"},
        "InvalidParameter.InvalidOutputType",
    ),
    "no input replaced": ({"OutputParams.OutputStreamType": 0}, "InvalidParameter.InvalidOutputType"),
    "a template for three": ({"MixStreamTemplateId": 310}, "InvalidParameter.TemplateNotMatchInputNum"),
    "beyond the background": ({"InputStreamList.1.LayoutParams.LocationX": 0.76}, OTHER),
    "an unknown field": ({"Layout": 1}, "UnknownParameter"),
}


@pytest.mark.parametrize(("changes", "code"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_with_a_request(client: Client, changes: dict[str, Any], code: str) -> None:
    body = request()
    for path, value in changes.items():
        body = changed(body, path, value)
    assert client.code(CREATE, body) == code and mixes(client) == []


def test_one_input_ends_the_session_unless_it_may_be_copied(client: Client) -> None:
    assert client.code(CREATE, SOLE) == "FailedOperation.CancelSessionNotExist"
    assert client.code(CREATE, {**SOLE, "ControlParams": {"AllowCopy": 1}}) == ""
    client.advance(6)
    assert client.code(CREATE, SOLE) == "" and mixes(client) == []
    replaced = changed(
        changed(SOLE, "OutputParams.OutputStreamType", 0), "OutputParams.OutputStreamName", "host"
    )
    assert client.code(CREATE, replaced) == OTHER


def test_an_output_is_one_session_s_and_stays_it(client: Client) -> None:
    assert client.code(CREATE, request()) == ""
    assert client.code(CREATE, request("two")) == "InvalidParameter.InvalidOutputStreamID"
    other = "InvalidParameter.SessionOutputStreamChanged"
    assert client.code(CREATE, request(output="another")) == other
    client.start(mix(stream="town"))
    assert client.code(CREATE, request("three", "town")) == "InvalidParameter.InvalidOutputStreamID"


@pytest.mark.parametrize("answer", ["InvalidParameter.SessionOutputStreamChanged", OTHER, "accept"])
def test_another_type_in_a_session(client: Client, answer: str) -> None:
    client.arrange("variants", {"mix-other-type": answer})
    first = changed(
        changed(request(), "OutputParams.OutputStreamType", 0), "OutputParams.OutputStreamName", "host"
    )
    assert client.code(CREATE, first) == ""
    other = copy.deepcopy(request(output="host"))
    other["InputStreamList"][0]["InputStreamName"] = "new_host"
    assert client.code(CREATE, other) == ("" if answer == "accept" else answer)


@pytest.mark.parametrize("answer", ["FailedOperation.ProcessMixError", OTHER, "accept"])
def test_a_session_rests_after_its_end_and_is_not_ended_at_its_start(client: Client, answer: str) -> None:
    client.arrange("variants", {"mix-cancelled-early": answer, "mix-started-early": answer})
    refused = "" if answer == "accept" else answer
    client.code(CREATE, request())
    assert client.code(CANCEL, {"MixStreamSessionId": "one"}) == refused
    client.advance(6)
    client.code(CANCEL, {"MixStreamSessionId": "one"})
    assert client.code(CREATE, request()) == refused
    client.advance(31)
    assert client.code(CREATE, request()) == ""


@pytest.mark.parametrize(
    "answer",
    [
        "FailedOperation.CancelSessionNotExist",
        "InvalidParameter.CancelSessionNotExist",
        OTHER,
        "success",
    ],
)
def test_a_cancel_of_no_session(client: Client, answer: str) -> None:
    client.arrange("variants", {"cancel-no-mix": answer})
    assert client.code(CANCEL, {"MixStreamSessionId": "none"}) == ("" if answer == "success" else answer)


def test_inputs_are_there_for_some_seconds(client: Client) -> None:
    client.arrange("inputs", [{"streamName": "host", "pushed": False}])
    assert client.code(CREATE, request()) == "FailedOperation.StreamNotExist"
    client.arrange("inputs", [{"streamName": "host", "pushed": True}])
    assert client.code(CREATE, request()) == OTHER
    client.advance(6)
    assert client.code(CREATE, request()) == ""
    assert client.see("inputs") == [{"streamName": "host", "pushed": True}]


def test_what_a_task_pushed_is_gone_with_it_and_so_is_the_mix_after_a_while(client: Client) -> None:
    task = client.start(mix(stream="host"))
    client.arrange("inputs", [{"streamName": "guest", "pushed": False}])
    client.arrange("inputs", [{"streamName": "guest", "pushed": True}])
    client.advance(10)
    assert client.code(CREATE, request()) == ""
    client.stop(task)
    client.advance(20 * 60)
    assert len(mixes(client)) == 1  # the guest is still there
    client.arrange("inputs", [{"streamName": "guest", "pushed": False}])
    client.advance(14 * 60)
    client.start(mix(robot="again", stream="host"))
    client.advance(5 * 60)
    assert len(mixes(client)) == 1  # the host came back in time
    client.advance(3600)
    assert len(mixes(client)) == 1
    for one in client.see("tasks"):
        client.stop(one["taskId"]) if one["kind"] == "publish" and one["status"] == "running" else None
    client.advance(16 * 60)
    assert mixes(client) == [] and client.see("tasks")[1]["endReason"] == "inputs-gone"


@pytest.mark.parametrize(("place", "state"), [("anywhere", "active"), ("beside-input", "inactive")])
def test_where_an_output_is_known(client: Client, place: str, state: str) -> None:
    client.arrange("variants", {"mix-output-place": place})
    client.start(mix(stream="host"))
    client.advance(10)
    assert client.code(CREATE, request()) == ""
    assert client.state("mixed") == "active"
    assert client.state("mixed", DomainName="elsewhere.example") == state


def test_a_stream_is_in_few_sessions(client: Client) -> None:
    for number in range(19):
        assert client.code(CREATE, request(f"s{number}", f"o{number}")) == ""
    assert client.code(CREATE, request("last", "last")) == OTHER
