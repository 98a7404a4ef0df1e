"""The push credential of a CDN address: txSecret and txTime (reference signing §4).

The credential is checked when a push connects, never during it. txTime enters the hash as the
very text that stands in the address, so the same text makes the same address again, and an
address that did not change leaves its push alone.
"""

import hashlib
from typing import NamedTuple

from reconciler.addresses.push import split_push

_OURS = ("txSecret", "txTime")


class SignedUrl(NamedTuple):
    """A complete push address, a secret, and the txTime text in it, which is none."""

    url: str
    tx_time: str

    def __repr__(self) -> str:
        return f"SignedUrl(url='***', tx_time={self.tx_time!r})"


def tx_secret(key: str, stream_name: str, tx_time: str) -> str:
    """Lower-case hex MD5, which the protocol prescribes, over key, stream name and txTime."""
    return hashlib.md5(f"{key}{stream_name}{tx_time}".encode(), usedforsecurity=False).hexdigest()


def tx_time_of(expiry: int, *, decimal: bool = False) -> str:
    """Unix seconds as a txTime: in hex, or in decimal digits."""
    return str(expiry) if decimal else f"{expiry:X}"


def sign_push_url(url: str, key: str, expiry: int | str) -> SignedUrl:
    """The address with its credential.

    `expiry` is unix seconds, or the txTime text of an earlier signature to be repeated exactly.
    Other query parameters stay as they are and where they are; a credential that the address already
    carries is replaced.
    """
    tx_time = expiry if isinstance(expiry, str) else tx_time_of(expiry)
    path, _, query = url.partition("?")
    secret = tx_secret(key, split_push(url).stream, tx_time)
    kept = [part for part in query.split("&") if part and part.partition("=")[0] not in _OURS]
    return SignedUrl(f"{path}?{'&'.join([*kept, f'txSecret={secret}', f'txTime={tx_time}'])}", tx_time)
