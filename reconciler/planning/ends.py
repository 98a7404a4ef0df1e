"""When what is recorded ends, as far as the records alone tell, without their kinds."""

from reconciler.model import Address
from reconciler.plan.model import Expiry

_DECIMAL_DIGITS = 10


def expiry_of_signature(tx_time: str) -> float:
    """Until when (unix seconds) a signature lets its push connect: the txTime is that moment (signing §4).

    In hex it has eight digits until the year 2106, in decimal ten from 2001 on.
    """
    return float(int(tx_time, 10 if len(tx_time) == _DECIMAL_DIGITS and tx_time.isdecimal() else 16))


def awaited(address: Address, until: str) -> Expiry:
    """The end of a probation: until then (RFC 3339 UTC) a call that was never answered may arrive."""
    return Expiry(address, "an unanswered call may still arrive", until, "", soon=True)
