"""Every documented error code lands in the class that its documentation asks for."""

import re
from dataclasses import replace

import pytest

from reconciler.calls import Action
from reconciler.cloud.codes import MEANINGS
from reconciler.cloud.translate import ApiError, meaning_of, printable, translate
from reconciler.errors import (
    AccountRefused,
    CloudError,
    CredentialsRefused,
    Exists,
    Gone,
    NoCapacity,
    NotReady,
    OutcomeUnknown,
    Refused,
    Superseded,
    Throttled,
    UnknownTask,
)
from reconciler.meanings import ErrorAdvice, ErrorMeaning, NumberedErrors
from reconciler.model import Effect

from .cases import CANARY, vectors

CLASSES: dict[str, type[CloudError]] = {
    "-": Refused,
    "account": AccountRefused,
    "already-done": Gone,
    "already-done?": Exists,
    "already-superseded": Superseded,
    "auth": CredentialsRefused,
    "caller": Refused,
    "caller (credential)": Refused,
    "caller (or gone)": UnknownTask,
    "clock": CredentialsRefused,
    "entitlement": AccountRefused,
    "gone": Gone,
    "quota": NoCapacity,
    "rate": Throttled,
    "retry-backoff": OutcomeUnknown,
    "retry-few": OutcomeUnknown,
}
DOCUMENTED = vectors("codes")
STOP = Action("trtc", "2019-07-22", "StopStreamIngest", 20, effect=Effect.STOP)


def translated(code: str, message: str = "words", request_id: str = "r-1") -> CloudError:
    return translate(STOP, ApiError(code, message, request_id), lambda text: text.replace(CANARY, "***"))


@pytest.mark.parametrize(("code", "said"), DOCUMENTED.items())
def test_documented_codes(code: str, said: str) -> None:
    error = translated(code)
    assert type(error) is CLASSES[said]
    assert error.hint
    assert (error.code, error.request_id) == (code, "r-1")
    assert error.message == f"StopStreamIngest: {code}: words (RequestId r-1)"


@pytest.mark.parametrize(
    ("code", "wanted"),
    [
        ("InternalError.NeverHeardOf", OutcomeUnknown),
        ("FailedOperation.NeverHeardOf", OutcomeUnknown),
        ("ServiceUnavailable.A.B", OutcomeUnknown),
        ("AuthFailure.NeverHeardOf", CredentialsRefused),
        ("RequestLimitExceeded.UinLimitExceeded.More", Throttled),
        ("InvalidParameter.NeverHeardOf", Refused),
        ("InvalidParameter.UserSig", Refused),
        ("FailedOperation.OutdateRequest", Superseded),
        ("NeverHeardOf", Refused),
        ("internalerror", Refused),
        ("", Refused),
        (".", Refused),
    ],
)
def test_undocumented_codes_mean_what_their_prefix_means(code: str, wanted: type[CloudError]) -> None:
    assert type(translated(code)) is wanted


def test_what_an_action_says_of_a_code_goes_before_what_all_others_mean_by_it() -> None:
    stop = replace(STOP, errors={"OperationDenied": ErrorMeaning.ENDED, "InternalError": ErrorMeaning.RATE})
    found = [
        translate(stop, ApiError(code, "", ""), str) for code in ("OperationDenied", "InternalError.DBError")
    ]
    assert [type(error) for error in found] == [Gone, OutcomeUnknown]
    assert found[0].hint == ErrorMeaning.ENDED.value.hint
    assert type(translated("OperationDenied")) is Refused


NUMBERED = NumberedErrors(
    re.compile(r"code ?:? ?\[ ?(-?\d+) ?\]"),
    {-505: ErrorMeaning.NOT_READY, -2: ErrorAdvice(Refused, "move the picture into the canvas")},
    ErrorMeaning.FAULT,
)


@pytest.mark.parametrize(
    ("message", "wanted", "hint"),
    [
        ("no input, code : [ -505 ]", NotReady, ErrorMeaning.NOT_READY.value.hint),
        ("outside, code:[-2]", Refused, "move the picture into the canvas"),
        ("code [-7]", OutcomeUnknown, ErrorMeaning.FAULT.value.hint),
        ("-505", OutcomeUnknown, ErrorMeaning.FAULT.value.hint),
    ],
)
def test_a_kind_can_say_that_the_number_in_the_message_tells(
    message: str, wanted: type[CloudError], hint: str
) -> None:
    update = replace(STOP, errors={"InvalidParameter.OtherError": NUMBERED})
    error = translate(update, ApiError("InvalidParameter.OtherError", message, "r-1"), str)
    assert (type(error), error.hint) == (wanted, hint)
    assert type(translate(update, ApiError("InvalidParameter", message, "r-1"), str)) is Refused


def test_what_a_kind_says_of_a_question_is_not_taken_for_something_that_was_never_there() -> None:
    ask = replace(STOP, effect=Effect.OTHER, errors={"ResourceNotFound": ErrorMeaning.ENDED})
    assert type(translate(ask, ApiError("ResourceNotFound", "", ""), str)) is Gone


@pytest.mark.parametrize("effect", Effect)
def test_what_names_no_task_is_not_told_that_it_has_ended_or_is_unknown(effect: Effect) -> None:
    """Of a start, ResourceNotFound means that something it names is not there (reference errors, "Codes")."""
    one = replace(STOP, effect=effect)
    begins = effect in (Effect.START, Effect.OTHER)
    assert type(translate(one, ApiError("ResourceNotFound", "", ""), str)) is (Refused if begins else Gone)
    unknown = ApiError("InvalidParameter.TaskId", "", "")
    assert type(translate(one, unknown, str)) is UnknownTask
    assert type(translate(one, unknown, str, names_task=False)) is Refused


def test_every_code_of_the_table_is_documented() -> None:
    assert set(MEANINGS) - set(DOCUMENTED) == {"FailedOperation.OutdateRequest"}


@pytest.mark.parametrize(
    ("code", "word"),
    [
        ("AuthFailure.SignatureExpire", "clock"),
        ("AuthFailure.TokenFailure", "TOKEN"),
        ("ResourceNotFound.StopService", "overdue bill"),
        ("UnknownParameter", "endpoint"),
    ],
)
def test_hints_name_what_to_do(code: str, word: str) -> None:
    assert word in meaning_of(code).value.hint


def test_no_secret_and_no_control_character_of_a_message_gets_out() -> None:
    error = translated("InvalidParameter", f"\x1b[31mkey {CANARY}\r\n\x00is\u202ewrong\u2028", "r\x1b]0;x")
    assert error.message == "StopStreamIngest: InvalidParameter: [31mkey *** is wrong (RequestId r ]0;x)"
    assert CANARY not in repr(error) and error.request_id == "r ]0;x"


def test_a_missing_request_id_is_told_and_long_words_are_cut() -> None:
    error = translated("InvalidParameter", "x" * 100_000, "")
    assert error.message.endswith("(RequestId not given)") and len(error.message) < 2000
    assert printable("未命名 ok") == "未命名 ok"
