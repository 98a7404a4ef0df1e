"""The settings of one set of manifests that is planned together."""

import re
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from reconciler.kinds.base import Fault, Settings
from reconciler.kinds.fields import Region, SdkAppId, SecretSource
from reconciler.kinds.marks import Model, Spec
from reconciler.model import Address, EnvSecret, Path

SIMULATOR = "simulator"
SITES = ("tencentcloud", "tencentcloud-intl")
_LOOPBACK = re.compile(r"127(\.\d{1,3}){3}|localhost|::1")


def is_loopback(url: str) -> bool:
    """Whether a URL names this machine."""
    return bool(_LOOPBACK.fullmatch(urlsplit(url).hostname or ""))


def checked_endpoint(value: str) -> str:
    """The value itself; raises ValueError for what neither manifest nor plan may name."""
    if value in (*SITES, SIMULATOR):
        return value
    if urlsplit(value).scheme in ("http", "https") and is_loopback(value):
        return value
    raise ValueError(
        "not an endpoint a manifest may name: write tencentcloud, tencentcloud-intl, simulator or a "
        "loopback address such as http://127.0.0.1:9527; any other host comes only from RECONCILER_ENDPOINT"
    )


class Trtc(Model):
    """The TRTC application that resources belong to unless they name another."""

    sdk_app_id: SdkAppId | None = None
    secret_key: SecretSource | None = None


class WorkspaceSpec(Spec):
    """The fields of the document; every set of manifests holds exactly one."""

    region: Region | None = None
    endpoint: Annotated[str, AfterValidator(checked_endpoint)] = "tencentcloud"
    trtc: Trtc = Trtc()
    state: Annotated[str, Field(min_length=1)] | None = None
    defaults: dict[str, dict[str, Any]] = Field(default_factory=dict)

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
            international=self.endpoint == SITES[1],
        )


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
