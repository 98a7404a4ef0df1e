"""The network as the environment describes it: proxies, what is reached without one, whom TLS trusts.

It is read here and nowhere else, before the first call, and what cannot be used is refused with a word.
"""

import re
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from ipaddress import ip_address, ip_network
from pathlib import Path
from urllib.parse import unquote, urlsplit

from reconciler.errors import UsageError, installing
from reconciler.kinds.workspace.endpoint import is_loopback

SCHEMES = ("http", "https", "socks5h", "socks5", "socks4a", "socks4")
"""Of proxies, as curl and requests name them."""

CA_VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR")
"""The first that is set says whom TLS trusts, instead of the bundle that comes with `requests`."""

A_SERVICE = "trtc"
"""All services of an endpoint are reached in one way, but for what NO_PROXY says of single hosts."""

_HASHED = re.compile(r"[0-9a-f]{8}\.\d+")
_AS = "use http://HOST:PORT or http://USER:PASSWORD@HOST:PORT, with special characters percent-encoded"


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy's URL, which may hold a password, and the variable that names it."""

    url: str = field(repr=False)
    variable: str

    @property
    def host(self) -> str:
        """Name and port, without user and password."""
        return urlsplit(self.url).netloc.rpartition("@")[2]

    def secrets(self) -> Iterator[str]:
        """What of it must not be shown, as it is written and as it is sent."""
        userinfo = urlsplit(self.url).netloc.rpartition("@")[0]
        for text in (userinfo, userinfo.partition(":")[2]):
            yield from (text, unquote(text))


@dataclass(frozen=True, slots=True)
class Network:
    """How an endpoint is reached; `verify` is True, or the path of the CAs that are trusted instead."""

    proxy: Proxy | None = None
    no_proxy: str = ""
    verify: bool | str = True

    def proxy_of(self, url: str) -> str:
        """The proxy for a URL; an empty text if it is reached without one."""
        if self.proxy is None or bypassed(url, self.no_proxy):
            return ""
        return self.proxy.url

    def words(self, url: str) -> str:
        """How a URL is reached, for people."""
        proxy = self.proxy if self.proxy_of(url) else None
        through = f"through the proxy {proxy.host} ({proxy.variable})" if proxy else "without a proxy"
        trusted = f", trusting the CAs in {self.verify}" if isinstance(self.verify, str) else ""
        return f"{urlsplit(url).netloc} is reached {through}{trusted}"


def read_network(environ: Mapping[str, str], url: str) -> Network:
    """How the URL of a service is reached; this machine itself never through a proxy.

    Raises UsageError for a proxy or a CA file that cannot be used.
    """
    scheme = urlsplit(url).scheme
    proxy = None if is_loopback(url) else _proxy(environ, scheme)
    secure = scheme == "https" or (proxy is not None and proxy.url.startswith("https:"))
    no_proxy = environ.get("no_proxy") or environ.get("NO_PROXY") or ""
    return Network(proxy, no_proxy, _authorities(environ) if secure else True)


def check_plain_http(url: str, *, allowed: bool) -> None:
    """Raises UsageError for calls that would leave this machine unencrypted, unless that is allowed."""
    if urlsplit(url).scheme != "http" or is_loopback(url) or allowed:
        return
    raise UsageError(
        f"the endpoint {url.rstrip('/')} is plain HTTP: anyone on the network path could read UserSigs and "
        "push addresses, and change responses",
        "use https:// in RECONCILER_ENDPOINT, or add --allow-plain-http if you trust the network",
    )


# Proxies


def _proxy(environ: Mapping[str, str], scheme: str) -> Proxy | None:
    for name in (f"{scheme}_proxy", "all_proxy"):
        for variable in (name, name.upper()):
            if environ.get(variable):
                return _checked(Proxy(_url(environ[variable].strip()), variable), scheme)
    return None


def _url(text: str) -> str:
    scheme, found, rest = text.partition("://")
    return f"{scheme.lower()}://{rest}" if found else f"http://{text}"


def _checked(proxy: Proxy, scheme: str) -> Proxy:
    """The proxy itself; its text is never shown, as there may be a password in it, at whatever place."""
    if not _is_proxy_url(proxy.url):
        raise UsageError(
            f"{proxy.variable} is not a usable proxy address",
            f"{_AS}; the scheme can also be {', '.join(SCHEMES[1:])}; or unset it",
        )
    if proxy.url.startswith("socks") and find_spec("socks") is None:
        raise UsageError(
            f"{proxy.variable} is a SOCKS proxy ({proxy.host}), and SOCKS support is not installed",
            f"install it with {installing('socks')}, or unset {proxy.variable}",
        )
    if proxy.url.startswith("https:") and scheme == "http":
        raise UsageError(
            f"{proxy.variable} is a TLS proxy ({proxy.host}), but the endpoint is plain HTTP",
            f"use a proxy that begins with http://, or unset {proxy.variable}",
        )
    return proxy


def _is_proxy_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
        plain = (
            text.isascii() and text.isprintable() and not (parts.path.strip("/") or set(" ?#\\") & set(text))
        )
        return parts.scheme in SCHEMES and bool(parts.hostname) and plain and parts.port != 0
    except ValueError:
        return False


def bypassed(url: str, no_proxy: str) -> bool:
    """Whether NO_PROXY lists the URL's host.

    Entries stand between commas or spaces: `*`, a name with all below it, an address, a network as in
    10.0.0.0/8; a name or address may have a port. What is none of these lists nothing.
    """
    parts = urlsplit(url)
    host = (parts.hostname or "").rstrip(".")
    port = parts.port or (443 if parts.scheme == "https" else 80)
    return any(_lists(entry, host, port) for entry in re.split(r"[\s,]+", no_proxy.lower()) if entry)


def _lists(entry: str, host: str, port: int) -> bool:
    if entry == "*":
        return True
    if "/" in entry:
        return _is_within(host, entry)
    name, its_port = _parted(entry)
    if its_port not in ("", str(port)):
        return False
    if _is_within(host, name):
        return True
    name = name.removeprefix("*").strip(".")
    return bool(name) and (host == name or host.endswith(f".{name}"))


def _parted(entry: str) -> tuple[str, str]:
    """Name and port; an IPv6 address stands in brackets where a port follows."""
    if entry.count(":") > 1 and not entry.startswith("["):
        return entry, ""
    found = re.fullmatch(r"\[?([^\]]*?)\]?(?::(\d+))?", entry)
    return (found[1], found[2] or "") if found else (entry, "")


def _is_within(host: str, network: str) -> bool:
    try:
        return ip_address(host) in ip_network(network, strict=False)
    except ValueError:
        return False


# Certificates


def _authorities(environ: Mapping[str, str]) -> bool | str:
    for variable in CA_VARIABLES:
        if path := environ.get(variable):
            if problem := _problem(Path(path), variable):
                raise UsageError(
                    f"{variable} is {path}, {problem}",
                    "use a PEM file with the CA certificates to trust, or unset it",
                )
            return path
    return True


def _problem(path: Path, variable: str) -> str:
    """What is wrong with a file or directory of CAs; an empty text if nothing is."""
    try:
        if path.is_dir() and variable != "SSL_CERT_FILE":
            hashed = any(_HASHED.fullmatch(one.name) for one in path.iterdir())
            return "" if hashed else "a directory without hashed certificate names (see openssl rehash)"
        if not path.is_file() or variable == "SSL_CERT_DIR":
            return "which is not a directory" if variable == "SSL_CERT_DIR" else "which is not a file"
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(path)
    except ssl.SSLError:
        return "which has no PEM certificate"
    except OSError as error:
        return f"which cannot be read: {error.strerror}"
    return ""
