"""A certificate for the simulator's own names, made anew at each start; its key is kept in memory alone."""

import ssl
import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

import trustme

LOOPBACK = ("localhost", "127.0.0.1", "::1")


@contextmanager
def certified(names: Collection[str]) -> Iterator[tuple[ssl.SSLContext, Path]]:
    """(what a server needs for TLS under these names, the authority's certificate for clients to trust).

    The file lasts as long as the block does.
    """
    authority = trustme.CA(organization_name="reconciler simulator")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*dict.fromkeys((*LOOPBACK, *names))).configure_cert(context)
    with tempfile.TemporaryDirectory(prefix="reconciler-simulator-") as folder:
        path = Path(folder) / "ca.pem"
        authority.cert_pem.write_to_path(path)
        yield context, path
