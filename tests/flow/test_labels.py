"""A label that changes is recorded by an apply without a call, so that nothing is chosen by an old one."""

from .kit import Kit

MIX = """
apiVersion: reconciler/v1
kind: MixStream
metadata: {name: NAME, labels: {event: autumn}}
spec:
  room: 295066
  publish: [{url: rtmp://3891.livepush.myqcloud.com/live/NAME}]
"""


def test_nothing_is_chosen_by_a_label_that_it_had(kit: Kit) -> None:
    for name in ("hall", "stage"):
        kit.write(f"{name}.yaml", MIX.replace("NAME", name))
    kit.apply()
    calls = len(kit.calls())
    kit.edit("hall.yaml", "autumn", "spring")
    (change,) = kit.changes()
    assert (change["verb"], change["impact"], change["calls"]) == ("update", "none", [])
    assert [(one["path"], one["before"], one["after"]) for one in change["fields"]] == [
        ("metadata.labels.event", "autumn", "spring")
    ]
    assert kit.run("plan", "--detailed-exitcode").code == 2
    kit.apply()
    assert len(kit.calls()) == calls and kit.changes() == []
    assert kit.entry("MixStream/hall")["labels"] == {"event": "spring"}
    for name in ("hall", "stage"):
        (kit.root / "manifests" / f"{name}.yaml").unlink()
    assert kit.verbs("--select", "event=spring") == {"MixStream/hall": "stop"}
    assert kit.verbs("--select", "event=autumn") == {"MixStream/stage": "stop"}


def test_an_annotation_is_recorded(kit: Kit) -> None:
    kit.write("hall.yaml", MIX.replace("NAME", "hall"))
    kit.apply()
    assert "annotations" not in kit.entry("MixStream/hall")
    kit.edit("hall.yaml", "labels:", 'annotations: {ticket: "OPS-1"}, labels:')
    assert kit.verbs() == {"MixStream/hall": "update"}
    kit.apply()
    assert kit.entry("MixStream/hall")["annotations"] == {"ticket": "OPS-1"} and kit.changes() == []
