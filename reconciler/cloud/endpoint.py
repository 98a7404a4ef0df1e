"""Where each service of the API is reached."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from reconciler.errors import UsageError

_SITES = {
    "tencentcloud": "https://{service}.tencentcloudapi.com",
    "tencentcloud-intl": "https://{service}.intl.tencentcloudapi.com",
}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where each service is reached; `template` may hold `{service}`."""

    template: str

    @classmethod
    def parse(cls, text: str) -> "Endpoint":
        """A site's name, or one base URL for all services; raises UsageError for anything else."""
        if text in _SITES:
            return cls(_SITES[text])
        if not _is_base_url(text):
            raise UsageError(
                "the endpoint is neither a site name nor a base URL",
                f"use {', '.join(_SITES)}, or a base URL such as http://127.0.0.1:9527",
            )
        return cls(text.rstrip("/"))

    def url(self, service: str) -> str:
        """The URL to post to; its path is `/`, as the signature assumes."""
        return self.template.replace("{service}", service) + "/"

    def host(self, service: str) -> str:
        """What is signed and sent as Host, with a port if the URL has one."""
        return urlsplit(self.url(service)).netloc


def _is_base_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
        plain = text.isprintable() and not (parts.path.strip("/") or set("@ ?#\\") & set(text))
        return parts.scheme in ("http", "https") and bool(parts.hostname) and plain and parts.port != 0
    except ValueError:
        return False
