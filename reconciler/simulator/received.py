"""A request as it arrived, in any of the ways in which the cloud takes one (signing.md §1)."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

from .errors import ApiError

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
MOST_FIELDS = 20_000


@dataclass(frozen=True, slots=True)
class Received:
    """Method, query string, headers with lower-case names, and body, each as sent."""

    method: str
    headers: Mapping[str, str]
    body: bytes = b""
    query: str = ""

    @property
    def content_type(self) -> str:
        """The media type of the body, without its parameters."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def names_its_signer_in_parameters(self) -> bool:
        """Whether it is signed the older way, among its parameters, and not in a header."""
        form = self.method == "GET" or self.content_type == FORM
        return form and "authorization" not in self.headers

    def pairs(self) -> dict[str, str]:
        """The parameters of a query string or a form, each name once; raises ApiError for what is neither."""
        try:
            text = self.query if self.method == "GET" else self.body.decode()
            listed = parse_qsl(text, keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="strict")
        except ValueError:
            raise ApiError("InvalidParameter", "The parameters cannot be read.") from None
        named = dict(listed)
        if len(named) < len(listed):
            raise ApiError("InvalidParameter", "A parameter is given twice.")
        return named
