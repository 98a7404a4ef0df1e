"""Where calls may go that a manifest names: a site of the vendor's, the simulator, or this machine."""

import re
from urllib.parse import urlsplit

from reconciler.kinds.sites import Site

SIMULATOR = "simulator"
SITES = tuple(site.value for site in Site)
_LOOPBACK = re.compile(r"127(\.\d{1,3}){3}|localhost|::1")

_HOST = re.compile(r"([a-z]+)\.(intl\.)?([a-z0-9-]+\.)?tencentcloudapi\.com(:443)?", re.IGNORECASE)


def site_named(endpoint: str) -> Site | None:
    """The vendor's site that an endpoint names; None of any other."""
    return Site(endpoint) if endpoint in SITES else None


def site_of(host: str) -> Site | None:
    """The site that a host of the API belongs to; None of any other host."""
    match = _HOST.fullmatch(host)
    if match is None:
        return None
    return Site.INTERNATIONAL if match[2] else Site.MAINLAND


def service_of(host: str) -> str:
    """The service of a host that site_of knows."""
    return host.partition(".")[0].lower()


def is_loopback(url: str) -> bool:
    """Whether a URL names this machine."""
    try:
        host = urlsplit(url).hostname
    except ValueError:  # its words show the whole address, in which there may be a password
        return False
    return bool(_LOOPBACK.fullmatch(host or ""))


def cloud_of(endpoint: str) -> str:
    """What a state is bound to by an endpoint: the same text however the same one was written.

    A user and a password in it are left out.
    """
    if endpoint in (*SITES, SIMULATOR):
        return endpoint
    try:
        parts = urlsplit(endpoint)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        return "an unknown endpoint"
    named = f"[{host}]" if ":" in host else host
    default = {"http": 80, "https": 443}.get(parts.scheme)
    return f"{parts.scheme}://{named}" + (f":{port}" if port not in (None, default) else "")


def is_real(cloud: str) -> bool:
    """Whether calls to a cloud cost money: it is neither the simulator nor on this machine."""
    return cloud != SIMULATOR and not is_loopback(cloud)


def checked_endpoint(value: str) -> str:
    """The value itself; raises ValueError for what neither manifest nor plan may name."""
    if value in (*SITES, SIMULATOR):
        return value
    if is_loopback(value) and urlsplit(value).scheme in ("http", "https"):
        return value
    raise ValueError(
        "not an endpoint that a manifest may use: use tencentcloud, tencentcloud-intl, simulator or a "
        "loopback address such as http://127.0.0.1:9527; any other host can only be set in "
        "RECONCILER_ENDPOINT"
    )
