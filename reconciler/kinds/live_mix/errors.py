"""What the errors of the mixing actions mean (errors.md, "Mixes")."""

import re
from collections.abc import Mapping

from reconciler.errors import Exists, Refused
from reconciler.meanings import ErrorAdvice, ErrorMeaning, NumberedErrors, SaidMeaning

_TAKEN = ErrorAdvice(
    Exists,
    "end what has this output's name (another mix's session, or a push), or give this mix another one, then "
    "run the command again",
)
_OTHER_OUTPUT = ErrorAdvice(
    Refused,
    "the session runs with another output: stop this mix with state: stopped and run the command, then start "
    "it again, or give it another sessionId",
)
_NUMBER = re.compile(r"(?:InnerErrCode\s*:|err_code)\s*\[\s*(-?[0-9]{1,9})\s*\]")
"""The one place where a message is looked at: this code tells nothing without its documented number."""
_NUMBERS: Mapping[ErrorMeaning | ErrorAdvice, tuple[int, ...]] = {
    ErrorMeaning.NOT_READY: (-28, -505, -507, -10031),
    ErrorMeaning.ENDED: (-30300, -31001, -31002),
    _TAKEN: (-300,),
    ErrorMeaning.CALLER: (-1, -2, -3, -4, -11, -20, -21, -29, -33, -111, -10021, -31003, -31004),
    _OTHER_OUTPUT: (-508,),
    ErrorMeaning.FAULT: (-34,),
    ErrorMeaning.QUOTA: (-41,),
}
_OTHER = NumberedErrors(
    _NUMBER,
    {number: meaning for meaning, numbers in _NUMBERS.items() for number in numbers},
    ErrorMeaning.FAULT,
)
_ENDED = dict.fromkeys(
    ("FailedOperation.CancelSessionNotExist", "InvalidParameter.CancelSessionNotExist"), ErrorMeaning.ENDED
)
CANCEL_ERRORS: Mapping[str, SaidMeaning] = {**_ENDED, "InvalidParameter.OtherError": _OTHER}
CREATE_ERRORS: Mapping[str, SaidMeaning] = {
    **CANCEL_ERRORS,
    **dict.fromkeys(
        (
            "FailedOperation.StreamNotExist",
            "FailedOperation.GetStreamResolutionError",
            "InvalidParameter.InvalidBackgroudResolution",
        ),
        ErrorMeaning.NOT_READY,
    ),
    "FailedOperation.GetPictureUrlError": ErrorMeaning.CALLER,
    "InvalidParameter.InvalidOutputStreamID": _TAKEN,
    "InvalidParameter.SessionOutputStreamChanged": _OTHER_OUTPUT,
}
