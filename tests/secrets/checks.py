"""What must hold of secrets, in checks without files or network: each fails of some mutant."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace

from reconciler.calls import Action, Call, EnvSecret
from reconciler.cloud.redact import Redactor
from reconciler.cloud.resolve import SecretResolver
from reconciler.cloud.secrets import Vault
from reconciler.errors import SecretError
from reconciler.kinds.concealing import conceal, conceal_state
from reconciler.late_values import in_clear
from reconciler.model import Resource
from reconciler.plaintext import with_digests
from reconciler.plan.codec import plan_to_json
from reconciler.plan.model import Plan, Step
from reconciler.plan.saved import SavedPlan, saved_to_json
from reconciler.planning.planner import make_plan
from reconciler.state import journal
from reconciler.state.codec import fingerprint, state_to_json
from reconciler.state.journal import Begin
from reconciler.state.model import State

from ..support import LINEAGE, applied, loaded
from .encoding import ENCODINGS

TOKEN = "t0ken-of-the/film+="
KEY = "the state's own key"
FILM = """\
apiVersion: reconciler/v1
kind: IngestStream
metadata: {name: film}
spec: {room: 295066, streamUrl: "https://media.example/film.mp4?token=TOKEN&v=1"}
"""
EVERY = """\
apiVersion: reconciler/v1
kind: Workspace
metadata: {name: demo}
spec:
  endpoint: simulator
  region: ap-singapore
  trtc: {sdkAppId: 1400188366, secretKey: {env: TRTC_SECRET_KEY}}
---
apiVersion: reconciler/v1
kind: MixStream
metadata: {name: mixed}
spec:
  room: 1
  publish:
    - url: rtmp://a.example/live/mixed-1?token=TOKEN
    - {url: "rtmp://a.example/live/mixed-2?token=TOKEN", auth: {key: {env: STREAM_PUSH_KEY}}}
  video: {encode: {fps: 15, bitRate: 1500, gop: 2}}
  layout:
    mode: custom
    canvas: {width: 1280, height: 720}
    slots:
      - name: all
        imageWidth: 1280
        imageHeight: 720
        renderMode: crop
        backgroundImageUrl: https://a.example/slot.png?token=TOKEN
        transparentUrl: https://a.example/mask.png?token=TOKEN
    background: {imageUrl: "https://a.example/back.png?token=TOKEN"}
    watermarks:
      - image: {url: "https://a.example/m.png?token=TOKEN", width: 9, height: 9, locationX: 0, locationY: 0}
  record:
    uniRecord: api
    mcuStorageParams:
      cloudStorage:
        vendor: aws
        region: eu
        bucket: hall
        accessKey: {env: STREAM_ACCESS_KEY}
        secretKey: {env: STREAM_SECRET_KEY}
        endpointUrl: https://s3.example/?token=TOKEN
---
apiVersion: reconciler/v1
kind: RelayStream
metadata: {name: relayed}
spec:
  room: 2
  user: {userId: host}
  publish: [{url: "rtmp://a.example/live/relayed?token=TOKEN"}]
  record:
    uniRecord: api
    mcuStorageParams:
      cloudStorage:
        vendor: aws
        region: eu
        bucket: relayed
        accessKey: {env: STREAM_ACCESS_KEY}
        secretKey: {env: STREAM_SECRET_KEY}
        endpointUrl: https://relayed.example/?token=TOKEN
---
apiVersion: reconciler/v1
kind: IngestStream
metadata: {name: pulled}
spec: {room: 3, streamUrl: "https://a.example/film.mp4?token=TOKEN"}
---
apiVersion: reconciler/v1
kind: RenderStream
metadata: {name: rendered}
spec: {userId: rendered, publish: {url: "rtmp://a.example/live/rendered?token=TOKEN"}}
---
apiVersion: reconciler/v1
kind: RenderStream
metadata: {name: with-args}
spec: {userId: with-args, publishStreamArgs: "token=TOKEN&v=1"}
---
apiVersion: reconciler/v1
kind: LiveMix
metadata: {name: pages}
spec:
  inputs: [{stream: host}, {stream: page, type: web-page, webPageUrl: "https://a.example/clock?token=TOKEN"}]
  output: {stream: pages, type: new}
---
apiVersion: reconciler/v1
kind: PullStream
metadata: {name: pulled}
spec:
  sourceUrls: ["https://a.example/pulled.mp4?token=TOKEN"]
  publish: {url: "rtmp://a.example/live/pulled?token=TOKEN"}
  backupSourceType: vod
  backupSourceUrl: https://a.example/backup.mp4?token=TOKEN
  backupToUrl: rtmp://3891.livepush.myqcloud.com/live/second?token=TOKEN
  callbackUrl: https://hook.example/?token=TOKEN
  watermarkList:
    - pictureUrl: https://a.example/mark.png?token=TOKEN
      xPosition: 1
      yPosition: 1
      width: 9
      location: top-left
---
apiVersion: reconciler/v1
kind: PullStream
metadata: {name: pulled-out}
spec:
  sourceUrls: [https://a.example/out.mp4]
  toUrl: rtmp://3891.livepush.myqcloud.com/live/third?token=TOKEN
  pushArgs: token=TOKEN&w=1
---
apiVersion: reconciler/v1
kind: Recording
metadata: {name: recorded}
spec:
  room: 11
  record: {recordMode: mix}
  storage:
    cloudStorage:
      vendor: aws
      region: eu-west-1
      bucket: films
      accessKey: {env: STREAM_COS_ID}
      secretKey: {env: STREAM_COS_KEY}
      endpointUrl: https://store.example/?token=TOKEN
  mixLayout:
    mode: custom
    placeHolderMode: true
    backgroundImageUrl: https://a.example/recorded.png?token=TOKEN
    defaultSubBackgroundImage: https://a.example/nobody.png?token=TOKEN
    mixLayoutList:
      - {top: 0, left: 0, width: 90, height: 90, subBackgroundImage: "https://a.example/away.png?token=TOKEN"}
    waterMarkList:
      - image: {url: "https://a.example/recorded-mark.png?token=TOKEN", top: 0, left: 0, width: 9, height: 9}
"""
"""Every way that a call takes an address from a spec."""


def resources(token: str = TOKEN) -> tuple[Resource, ...]:
    """As the manifests have them, in clear."""
    return loaded(FILM.replace("TOKEN", token)).resources


def planned(state: State, token: str = TOKEN) -> Plan:
    """The plan of a command."""
    hidden = conceal(resources(token), KEY)
    plan = make_plan(loaded(FILM).settings, hidden.resources, state, {}, now=0.0)
    return replace(plan, texts=hidden.texts)


def recorded(token: str = TOKEN) -> State:
    """The state after an apply."""
    workspace = loaded(FILM.replace("TOKEN", token))
    known = replace(workspace, resources=conceal(workspace.resources, KEY).resources)
    return replace(applied(known), digest_key=KEY)


def nothing_is_written() -> None:
    plan = planned(State())
    texts = [repr(plan), json.dumps(plan_to_json(plan)), json.dumps(saved_to_json(SavedPlan(plan, "1")))]
    texts += [json.dumps(state_to_json("demo", recorded())), repr(conceal(resources(), KEY))]
    assert not any(TOKEN in text for text in texts)


def it_is_compared() -> None:
    assert planned(recorded()).changes == ()
    changes = planned(recorded(), "another").changes
    assert [[field.path for field in change.fields] for change in changes] == [["spec.streamUrl"]]


def it_is_shown_masked() -> None:
    text = json.dumps(plan_to_json(planned(recorded(), "another")))
    assert "token=***&v=1" in text and "hmac" not in text and "another" not in text


def no_digest_can_be_guessed() -> None:
    one, other = (with_digests("https://h/a?token=1234", key) for key in ("one", "other"))
    assert one != other


def every_address_is_sent_whole() -> None:
    workspace = loaded(EVERY.replace("TOKEN", TOKEN))
    hidden = conceal(workspace.resources, KEY)
    assert len(hidden.texts) == EVERY.count("TOKEN")
    plan = make_plan(workspace.settings, hidden.resources, State(), {}, now=0.0)
    requests = [step.call.request for change in plan.changes for step in change.steps]
    assert {*in_clear(requests)} == {*hidden.texts}


def no_plan_is_saved_with_it() -> None:
    assert [str(address) for address in planned(State()).in_clear()] == ["IngestStream/film"]
    assert planned(recorded()).in_clear() == ()


def an_old_state_is_mended() -> None:
    old = replace(applied(loaded(FILM.replace("TOKEN", TOKEN))), digest_key=KEY)
    mended = conceal_state(old)
    assert TOKEN in json.dumps(state_to_json("demo", old))
    assert TOKEN not in json.dumps(state_to_json("demo", mended))
    assert planned(mended).changes == ()


def the_key_outlives_a_run_that_died() -> None:
    state = State(lineage=LINEAGE, serial=1)
    known = journal.replay(
        state, [Begin(LINEAGE, 1, "run", "2026-01-01T00:00:00Z", digest_key=KEY)], "journal"
    )
    assert known.keyed("fresh").digest_key == KEY
    keys = {state.keyed(fresh).digest_key for fresh in ("fresh", "another")}
    assert len(keys) == 1 and "fresh" not in keys, "until it is written, it is the same in every run"
    assert State().keyed("fresh").digest_key == "fresh"
    with_key = replace(recorded(), digest_key="x")
    assert fingerprint(with_key) == fingerprint(recorded())


def echoes_are_masked() -> None:
    redactor = Redactor()
    vault = Vault({}, frozenset(), lambda name: "", redactor)
    resolver = SecretResolver(vault, lambda: 0.0)
    hidden = conceal(resources(), KEY)
    resolver.know(hidden.texts)
    for name, encode in ENCODINGS.items():
        for before in ("", "x", "xy"):
            shown = redactor(f"<{before}{encode(before + TOKEN + '.')}>")
            assert encode(TOKEN)[2:-4] not in shown and "***" in shown, name
    request = planned(State()).changes[0].steps[0].call.request
    sent = resolver.resolve_request({**request, "UserSig": ""}, {})
    assert TOKEN in sent.body["StreamUrl"]


def what_is_copied_along_is_refused() -> None:
    for dirty in (f"{TOKEN}\n", f" {TOKEN}", f"\ufeff{TOKEN}"):
        vault = Vault({"STREAM_KEY": dirty}, frozenset(), lambda name: "", Redactor())
        try:
            vault.value(EnvSecret("STREAM_KEY"))
        except SecretError as error:
            assert "STREAM_KEY" in error.message and TOKEN not in error.message
        else:
            raise AssertionError(f"{dirty!r} is used")


def what_is_sent_only_after_an_answer_is_checked_too() -> None:
    action, key = Action("trtc", "2019-07-22", "Any", per_second=20), EnvSecret("STREAM_KEY")
    with_key, without = Call(action, "", {"Key": key}), Call(action, "", {})
    for step in (
        Step("1", without, None, if_task_gone=with_key),
        Step("1", without, None, if_task_exists=with_key),
    ):
        assert with_key in step.every_call() and step.call in step.every_call()


CHECKS: Mapping[str, Callable[[], None]] = {
    check.__name__.replace("_", " "): check
    for check in (
        nothing_is_written,
        it_is_compared,
        it_is_shown_masked,
        no_digest_can_be_guessed,
        every_address_is_sent_whole,
        no_plan_is_saved_with_it,
        an_old_state_is_mended,
        the_key_outlives_a_run_that_died,
        echoes_are_masked,
        what_is_copied_along_is_refused,
        what_is_sent_only_after_an_answer_is_checked_too,
    )
}
