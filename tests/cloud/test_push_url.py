"""txSecret and txTime, and what stays of the rest of an address."""

from typing import Any

import pytest

from reconciler.cloud.push_url import sign_push_url, tx_secret

from .cases import CANARY, vectors

VECTORS = [vector for vector in vectors("misc")["txsecret"] if vector.get("algo", "md5") == "md5"]
URL = "rtmp://push.example/live/test"
KEY = "e12c46f2612d5106e2034781ab261ca3"
SECRET = "f85a2ab363fe4deaffef9754d79da6fe"
SIGNED = f"txSecret={SECRET}&txTime=5C271099"


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: str(vector["origin"]))
def test_known_secrets(vector: dict[str, Any]) -> None:
    assert tx_secret(vector["key"], vector["stream"], vector["txTime"]) == vector["txSecret"]
    signed = sign_push_url(f"rtmp://d.example/app/{vector['stream']}", vector["key"], vector["txTime"])
    assert signed.url.endswith(f"?txSecret={vector['txSecret']}&txTime={vector['txTime']}")


@pytest.mark.parametrize(
    ("url", "wanted"),
    [
        (URL, f"{URL}?{SIGNED}"),
        (f"{URL}?", f"{URL}?{SIGNED}"),
        (f"{URL}?bizid=1&x=%2F", f"{URL}?bizid=1&x=%2F&{SIGNED}"),
        (f"{URL}?txTime=1&a=b&txSecret=old", f"{URL}?a=b&{SIGNED}"),
        ("rtmps://push.example:443/a/b/test", f"rtmps://push.example:443/a/b/test?{SIGNED}"),
    ],
)
def test_the_rest_of_the_address_stays(url: str, wanted: str) -> None:
    assert sign_push_url(url, KEY, 1546064025) == (wanted, "5C271099")


def test_the_same_text_makes_the_same_address() -> None:
    first = sign_push_url(URL, KEY, 1546064025)
    assert sign_push_url(URL, KEY, first.tx_time) == first
    assert sign_push_url(URL, KEY, "5c271099").url.endswith("&txTime=5c271099")


def test_repr_shows_no_credential() -> None:
    signed = sign_push_url(URL, CANARY, 1546064025)
    assert signed.url.partition("txSecret=")[2][:32] not in repr(signed)
