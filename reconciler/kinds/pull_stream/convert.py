"""CreateLivePullStreamTask read back; what changes, ends or asks after a task declares none."""

from collections.abc import Mapping
from typing import Any

from reconciler.kinds.converting.addresses import read_address, read_push, read_source
from reconciler.kinds.converting.parts import list_of, read_part
from reconciler.kinds.converting.reading import Reading, found
from reconciler.kinds.pull_stream.requests import IGNORE_REGION
from reconciler.kinds.pull_stream.spec import SOURCE_TYPES, PullStreamSpec, PullWatermark
from reconciler.kinds.pull_stream.target import relay_keys
from reconciler.plaintext import secret_spans

_CHANGES = "it changes a task that another request has started: convert its CreateLivePullStreamTask request"
_ASKS = "it only queries, which plan and drift do themselves: convert the CreateLivePullStreamTask request"
DECLINED = {
    "ModifyLivePullStreamTask": _CHANGES,
    "RestartLivePullStreamTask": "a restart happens once: run apply --replace for the PullStream",
    "DeleteLivePullStreamTask": "it ends a task: set state: stopped in its PullStream",
    "DescribeLivePullStreamTasks": _ASKS,
    "DescribeLivePullStreamTaskStatus": _ASKS,
}
NAMES = ("DomainName", "AppName", "StreamName")
BESIDE = (
    *NAMES,
    *("PushArgs", "SourceType", "SourceUrls", "StartTime", "EndTime", "Operator", "Comment"),
    *("BackupSourceType", "BackupSourceUrl", "WatermarkList", "SpecifyTaskId", "ToUrl", "BackupToUrl"),
    *("CallbackUrl", "ExtraCmd"),
)
_TEXTS = {"StartTime": "startTime", "EndTime": "endTime", "Operator": "operator"}
_TEXTS |= {"Comment": "comment", "SpecifyTaskId": "specifyTaskId"}
_APART = ("prevent", "source_urls", "to_url", "backup_to_url", "callback_url", "backup_source_url")


def title(request: Mapping[str, Any]) -> str:
    """The stream's name."""
    return str(request.get("StreamName") or "")


def read_pull(request: Mapping[str, Any], reading: Reading) -> dict[str, Any]:
    """The spec of a PullStream."""
    spec = read_part(PullStreamSpec, request, reading, apart=_APART, beside=BESIDE)
    spec |= {alias: request[name] for name, alias in _TEXTS.items() if request.get(name) is not None}
    for name, alias in _TEXTS.items():
        reading.at(name, to=(alias,))
    spec |= _sources(request, reading)
    spec |= _target(request, reading)
    if request.get("CallbackUrl"):
        here = reading.at("CallbackUrl", to=("callbackUrl",))
        spec["callbackUrl"] = read_address(request["CallbackUrl"], here, "CALLBACK_URL")
    if request.get("BackupToUrl"):
        spec["backupToUrl"] = _outside(request["BackupToUrl"], reading.at("BackupToUrl", to=("backupToUrl",)))
    if request.get("WatermarkList"):
        here = reading.at("WatermarkList", to=("watermarkList",))
        items = enumerate(list_of(request["WatermarkList"], here))
        spec["watermarkList"] = [read_part(PullWatermark, one, here.at(at, to=(at,))) for at, one in items]
    if request.get("ExtraCmd"):
        here = reading.at("ExtraCmd", to=("ignoreRegion",))
        if request["ExtraCmd"] != IGNORE_REGION:
            here.problem(f"found {found(request['ExtraCmd'])}; allowed: {IGNORE_REGION}")
        spec["ignoreRegion"] = True
    if "specifyTaskId" not in spec:
        text = (
            "is missing: apply adds one of its own to each start, by which a lost start is found again (on "
            "the international site at the end of Comment)"
        )
        reading.at("SpecifyTaskId").warn(text)
    if "endTime" not in spec:
        reading.at("EndTime").problem("is required")
    return {name: value for name, value in spec.items() if value is not None}


def _sources(request: Mapping[str, Any], reading: Reading) -> dict[str, Any]:
    here = reading.at("SourceUrls", to=("sourceUrls",))
    items = enumerate(list_of(request.get("SourceUrls", []), here))
    backup = reading.at("BackupSourceUrl", to=("backupSourceUrl",))
    return {
        "sourceType": _type(request.get("SourceType"), reading.at("SourceType", to=("sourceType",))),
        "sourceUrls": [read_source(one, here.at(at, to=(at,))) for at, one in items],
        "backupSourceType": _type(
            request.get("BackupSourceType") or None, reading.at("BackupSourceType", to=("backupSourceType",))
        ),
        "backupSourceUrl": read_source(request.get("BackupSourceUrl") or None, backup),
    }


def _type(value: Any, reading: Reading) -> str | None:
    words = {code: word for word, code in SOURCE_TYPES.items()}
    if value is not None and value not in words:
        reading.problem(f"found {found(value)}; allowed: {', '.join(words)}")
    return words.get(value)


def _target(request: Mapping[str, Any], reading: Reading) -> dict[str, Any]:
    """`publish`, or `toUrl` beside three empty names."""
    given = {name: request.get(name) for name in NAMES}
    args, here = request.get("PushArgs"), reading.at("PushArgs", to=("pushArgs",))
    if request.get("ToUrl"):
        for name in (name for name, value in given.items() if value):
            reading.at(name).problem("must be empty beside ToUrl, which is where the task pushes to")
        to = reading.at("ToUrl", to=("toUrl",))
        spec = {"toUrl": _outside(request["ToUrl"], to)}
        return spec | ({"pushArgs": read_address(args, here, "PUSH_ARGS")} if args else {})
    for name in (name for name, value in given.items() if not value):
        reading.at(name).problem("is required, unless ToUrl is set")
    reading.at("DomainName", to=("publish",))
    url = f"rtmp://{given['DomainName']}/{given['AppName']}/{given['StreamName']}"
    if not args:
        return {"publish": {"url": url}}
    if isinstance(args, str) and _is_signature(url, args):
        return {"publish": read_push(f"{url}?{args}", reading.at("PushArgs", to=("publish",)))}
    return {"publish": {"url": url}, "pushArgs": read_address(args, here, "PUSH_ARGS")}


def _outside(value: Any, reading: Reading) -> Any:
    """An address elsewhere, or a reference to one that has the key to the stream there."""
    if isinstance(value, str) and (relay_keys(value, {}) or secret_spans(value)):
        return reading.secret(value, "TO_URL")
    return value


def _is_signature(url: str, args: str) -> bool:
    """Whether all that is secret of the arguments is a signature, which apply makes anew from a key."""
    names = {one.partition("=")[0] for one in args.split("&")}
    rest = "&".join(one for one in args.split("&") if one.partition("=")[0] not in ("txSecret", "txTime"))
    return {"txSecret", "txTime"} <= names and not secret_spans(f"{url}?{rest}")
