"""What a Workspace's document has: the settings of one set of manifests."""

from typing import Annotated, Any

from pydantic import AfterValidator, Field

from reconciler.calls import EnvSecret
from reconciler.kinds.api import NOWHERE, Api, Spec
from reconciler.kinds.base import Settings
from reconciler.kinds.ending import Restarts
from reconciler.kinds.fields import REGION, Region, SdkAppId, SecretSource
from reconciler.kinds.forms import JsonSchemaHint, text_keywords
from reconciler.kinds.marks import Many, Model
from reconciler.kinds.push_domains import PushDomains
from reconciler.kinds.workspace.callbacks import Callbacks
from reconciler.kinds.workspace.endpoint import SIMULATOR, SITES, checked_endpoint, site_named
from reconciler.kinds.workspace.notify import Notify
from reconciler.kinds.workspace.renewal import TaskRenewal
from reconciler.kinds.workspace.safety import Safety
from reconciler.kinds.workspace.stores import StateField

_ENDPOINT_HINT = JsonSchemaHint(
    {
        "anyOf": [
            {"enum": [*SITES, SIMULATOR]},
            text_keywords(
                r"https?://(127(\.\d{1,3}){3}|localhost|\[::1\])([:/?#].*)?",
                "not a loopback address such as http://127.0.0.1:9527",
            ),
        ],
        "examples": ["http://127.0.0.1:9527"],
    }
)
"""What an editor is told of an endpoint."""

_SIGNED = ("AgentParams.UserSig", "FeedBackRoomParams[].UserSig", "UserSig")
"""Where UserSigs stand that are made from the key: of tasks, of rooms they go back into, of ingests."""


class Trtc(Model):
    """The TRTC application of resources that do not set another."""

    sdk_app_id: SdkAppId | None = None
    """The application's ID; a resource can set another."""
    secret_key: Annotated[SecretSource | None, Api(at=_SIGNED)] = None
    """The application's secret key, used by apply to make UserSigs that are not given."""


class WorkspaceSpec(Spec):
    """The fields of the document; every set of manifests holds exactly one."""

    region: Annotated[Region | None, REGION] = None
    """The region for resources without one; default: TENCENTCLOUD_REGION."""
    endpoint: Annotated[str, AfterValidator(checked_endpoint), _ENDPOINT_HINT, NOWHERE] = "tencentcloud"
    """Where calls go: one of the vendor's sites, the built-in `simulator`, or this machine."""
    trtc: Annotated[Trtc, Api(at=("",))] = Trtc()
    """The TRTC application of resources that do not set another."""
    state: Annotated[StateField | None, NOWHERE] = None
    """The state file, relative to this document; default: `state/NAME.json` below the project's root."""
    push_domains: PushDomains = Field(default_factory=dict)
    """Push domains by name, for `publish: [{domain: NAME, stream: STREAM}]` and for `pushDomain: NAME` of a
    LiveStream."""
    defaults: Annotated[dict[str, dict[str, Any]], NOWHERE] = Field(default_factory=dict)
    """Defaults per kind for each spec of that kind; mappings are merged, other values replaced."""

    safety: Annotated[Safety, NOWHERE] = Safety()
    """What a plan may do without --allow."""

    renewal: Annotated[TaskRenewal | None, NOWHERE] = None
    """When tasks may be replaced before their thirtieth day; without it, none is replaced automatically."""

    callbacks: Annotated[Callbacks, NOWHERE] = Callbacks()
    """How the cloud's callbacks are received."""

    restarts: Annotated[Restarts, NOWHERE] = Restarts()
    """How often a task that ends by itself is started again."""

    notify: Annotated[Annotated[tuple[Notify, ...], Many], NOWHERE] = ()
    """Whom a watch tells of what happens."""

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
            site=site_named(self.endpoint),
            renewal=self.renewal.settings() if self.renewal else None,
            restarts=self.restarts.limit(),
        )
