"""A small Tencent Cloud on localhost, written from the API reference alone.

It imports nothing of the rest of `reconciler`, so that it cannot share its mistakes.
"""

from .server import DEFAULT_CREDENTIALS, running, serve
from .store import DataError

__all__ = ["DEFAULT_CREDENTIALS", "DataError", "running", "serve"]
