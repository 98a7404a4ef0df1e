"""The settings of one set of manifests that is planned together."""

import re
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from reconciler.kinds.api import NOWHERE, Api, Site, Spec
from reconciler.kinds.base import Fault, Settings
from reconciler.kinds.fields import REGION, Region, SdkAppId, SecretSource
from reconciler.kinds.forms import Form, text_keywords, worded
from reconciler.kinds.marks import Many, Model
from reconciler.kinds.terms import Renewal, Window
from reconciler.model import Address, EnvSecret, Path

SIMULATOR = "simulator"
SITES = tuple(site.value for site in Site)
_LOOPBACK = re.compile(r"127(\.\d{1,3}){3}|localhost|::1")


def is_loopback(url: str) -> bool:
    """Whether a URL names this machine."""
    try:
        host = urlsplit(url).hostname
    except ValueError:  # its words show the whole address, in which there may be a password
        return False
    return bool(_LOOPBACK.fullmatch(host or ""))


def checked_endpoint(value: str) -> str:
    """The value itself; raises ValueError for what neither manifest nor plan may name."""
    if value in (*SITES, SIMULATOR):
        return value
    if is_loopback(value) and urlsplit(value).scheme in ("http", "https"):
        return value
    raise ValueError(
        "not an endpoint a manifest may name: write tencentcloud, tencentcloud-intl, simulator or a "
        "loopback address such as http://127.0.0.1:9527; any other host comes only from RECONCILER_ENDPOINT"
    )


_ENDPOINT = Form(
    {
        "anyOf": [
            {"enum": [*SITES, SIMULATOR]},
            text_keywords(
                r"https?://(127(\.\d{1,3}){3}|localhost|\[::1\])([:/?#].*)?",
                "not a loopback address: write one such as http://127.0.0.1:9527",
            ),
        ],
        "examples": ["http://127.0.0.1:9527"],
    }
)
_SIGNED = ("AgentParams.UserSig", "FeedBackRoomParams[].UserSig", "UserSig")
"""Where UserSigs stand that are made from the key: of tasks, of rooms they go back into, of ingests."""


class Trtc(Model):
    """The TRTC application that resources belong to unless they name another."""

    sdk_app_id: SdkAppId | None = None
    """The application's ID; a resource may name another."""
    secret_key: Annotated[SecretSource | None, Api(at=_SIGNED)] = None
    """The application's secret key, from which apply makes the UserSigs that are not given."""


class Most(Model):
    """How many running tasks one plan may touch without `--allow`; both may be given."""

    percent: Annotated[Annotated[int, Field(ge=0, le=100)] | None, NOWHERE] = None
    """The most as a share of the running tasks in per cent; counts from ten of them on."""
    count: Annotated[Annotated[int, Field(ge=0)] | None, NOWHERE] = None
    """The most as a number."""


class Safety(Model):
    """What a plan may do without being asked for by name."""

    max_stops: Annotated[Most, NOWHERE] = Most(percent=30)
    """How many running tasks it may stop."""
    max_replaces: Annotated[Most, NOWHERE] = Most(percent=30)
    """How many running tasks it may replace, which ends each and starts another."""
    max_impact: Annotated[Literal["none", "reconnect", "restart"] | None, NOWHERE] = None
    """The gravest impact it may have; `--max-impact` may narrow it further. Starts always pass."""


_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
_OFFSET = re.compile(r"[+-](0\d|1[0-4]):[0-5]\d")
_NO_CLOCK = "not a time of day: write it in quotes, as in '03:30'"
_NO_OFFSET = "not an offset from UTC: write it in quotes, as in '+08:00'"
TimeOfDay = Annotated[str, worded(_CLOCK.pattern, _NO_CLOCK, "03:30")]
Offset = Annotated[str, worded(_OFFSET.pattern, _NO_OFFSET, "+08:00")]
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY = 86400


class RenewalWindow(Model):
    """Some hours of some days of the week."""

    days: Annotated[
        Annotated[tuple[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], ...], Many] | None, NOWHERE
    ] = None
    """The days on which it begins; every day if it is left out."""
    begins: Annotated[TimeOfDay, NOWHERE]
    """When it opens, as a time of day."""
    ends: Annotated[TimeOfDay, NOWHERE]
    """When it closes; on the next day if that is not after `begins`."""
    utc_offset: Annotated[Offset, NOWHERE] = "+00:00"
    """How far these times are ahead of UTC."""

    def window(self) -> Window:
        """The window as the planner looks at it."""
        sign = -1 if self.utc_offset.startswith("-") else 1
        return Window(
            days=frozenset(map(DAYS.index, self.days or DAYS)),
            begins=_minutes(self.begins),
            ends=_minutes(self.ends),
            offset=sign * _minutes(self.utc_offset[1:]),
        )


class TaskRenewal(Model):
    """When a task may be replaced before its TaskId is of no use any more, on its thirtieth day."""

    lead_days: Annotated[Annotated[int, Field(ge=1, le=29)], NOWHERE] = 5
    """In how many of its last days."""
    windows: Annotated[Annotated[tuple[RenewalWindow, ...], Many, Field(min_length=1)], NOWHERE]
    """When viewers are disturbed least: a replace ends the task and starts another."""


def _minutes(text: str) -> int:
    hours, _, minutes = text.partition(":")
    return 60 * int(hours) + int(minutes)


class WorkspaceSpec(Spec):
    """The fields of the document; every set of manifests holds exactly one."""

    region: Annotated[Region | None, REGION] = None
    """The region of resources that name none; TENCENTCLOUD_REGION's if it is left out."""
    endpoint: Annotated[str, AfterValidator(checked_endpoint), _ENDPOINT, NOWHERE] = "tencentcloud"
    """Where calls go: a site of the vendor's, `simulator` inside each command, or this machine."""
    trtc: Annotated[Trtc, Api(at=("",))] = Trtc()
    """The TRTC application that resources belong to unless they name another."""
    state: Annotated[Annotated[str, Field(min_length=1)] | None, NOWHERE] = None
    """The state file; `state/NAME.json`, after the workspace's name, if it is left out."""
    defaults: Annotated[dict[str, dict[str, Any]], NOWHERE] = Field(default_factory=dict)
    """By kind, what is merged under each spec of that kind; mappings are merged, all else is replaced."""

    safety: Annotated[Safety, NOWHERE] = Safety()
    """What a plan may do without being asked for by name."""

    renewal: Annotated[TaskRenewal | None, NOWHERE] = None
    """When tasks may be replaced before their thirtieth day; without it, they never are by themselves."""

    def settings(self, workspace: str, fallback_region: str | None) -> Settings:
        """What resources are resolved with; the region falls back to the caller's."""
        key = self.trtc.secret_key.ref() if self.trtc.secret_key else None
        if key is None and self.endpoint == SIMULATOR:
            key = EnvSecret("TRTC_SECRET_KEY")
        return Settings(
            workspace=workspace,
            region=self.region or fallback_region,
            sdk_app_id=self.trtc.sdk_app_id,
            secret_key=key,
            site=Site(self.endpoint) if self.endpoint in SITES else None,
            renewal=self._renewal(),
        )

    def _renewal(self) -> Renewal | None:
        if self.renewal is None:
            return None
        windows = tuple(window.window() for window in self.renewal.windows)
        return Renewal(self.renewal.lead_days * DAY, windows)


class WorkspaceKind:
    """Holds settings; makes no calls."""

    name = "Workspace"
    version = 1
    spec = WorkspaceSpec

    def references(self, spec: WorkspaceSpec) -> tuple[tuple[Path, Address], ...]:
        """Settings refer to nothing."""
        return ()

    def faults(self, spec: WorkspaceSpec) -> list[Fault]:
        """Every rule of settings is one of a single field."""
        return []


KIND = WorkspaceKind()
