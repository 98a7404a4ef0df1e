"""Whose network a domain belongs to, as far as its name tells."""

from functools import lru_cache
from ipaddress import ip_address

_REMEMBERED = 64
TENCENT = (".livepush.myqcloud.com", ".push.tlivecloud.com")
"""What push domains of Tencent's own CDN end with, where they are not the customer's own."""

OTHERS = (
    "akamaientrypoint.net",
    "bilibili.com",
    "bilivideo.com",
    "dailymotion.com",
    "douyincdn.com",
    "douyu.com",
    "facebook.com",
    "gifshow.com",
    "huya.com",
    "instagram.com",
    "live-video.net",
    "mux.com",
    "ok.ru",
    "restream.io",
    "tiktokcdn.com",
    "trovo.live",
    "twitch.tv",
    "vimeo.com",
    "vkuser.net",
    "wowza.com",
    "youtube.com",
)
"""Domains below which well-known platforms and CDNs of others take streams."""
_BELOW_OTHERS = tuple(f".{domain}" for domain in OTHERS)


def is_tencent(host: str) -> bool:
    """Whether a host is plainly one of Tencent's CDN; a customer's own domain is not known by its name."""
    return host.lower().endswith(TENCENT)


@lru_cache(_REMEMBERED)
def is_another(host: str) -> bool:
    """Whether a host is plainly one of another company."""
    name = host.lower()
    return name.endswith(_BELOW_OTHERS) or name in OTHERS


def is_private(host: str) -> bool:
    """Whether a host is plainly one that only its own network reaches: an address or a name of such."""
    if host == "localhost" or host.endswith((".localhost", ".local", ".internal")):
        return True
    try:
        return not ip_address(host.strip("[]")).is_global
    except ValueError:
        return False
