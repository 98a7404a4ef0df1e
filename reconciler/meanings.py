"""What the API's error codes can mean: each meaning is an error of ours, and what a person should do next."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

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


class ErrorAdvice(NamedTuple):
    """The error that a code of the API becomes, and what a person should do next."""

    error: type[CloudError]
    hint: str


class ErrorMeaning(Enum):
    """The few things that the many codes of the API can mean.

    A hint names what has to be done first, and then to run the command again: `run the command again` alone
    is enough only where the next run does otherwise.
    """

    KEYS = ErrorAdvice(
        CredentialsRefused,
        "check the API key pair and its CAM policy, and that the key belongs to this site, then run the "
        "command again",
    )
    CLOCK = ErrorAdvice(
        CredentialsRefused,
        "set this machine's clock (it is more than five minutes off the server's), then run the command "
        "again",
    )
    TOKEN = ErrorAdvice(
        CredentialsRefused,
        "get new temporary keys (TENCENTCLOUD_TOKEN is wrong or has expired), then run the command again",
    )
    IDENTITY = ErrorAdvice(
        CredentialsRefused,
        "complete real-name verification of the account in the console, then run the command again",
    )
    ADDRESS = ErrorAdvice(
        CredentialsRefused,
        "allow this machine's address in the key's access settings, then run the command again",
    )
    ACCOUNT = ErrorAdvice(
        AccountRefused,
        "activate the live service for the account, or settle its overdue bill, then run the command again",
    )
    PACKAGE = ErrorAdvice(
        AccountRefused,
        "have Tencent Cloud enable this feature (the account's package lacks it), then run the command again",
    )
    ENDED = ErrorAdvice(
        Gone, "run the command again: the task is recorded as ended, and starts again if it is still declared"
    )
    ABSENT = ErrorAdvice(
        Refused,
        "check that the manifest's application, room and users exist, and are in its region, then run the "
        "command again",
    )
    SESSION = ErrorAdvice(
        Gone, "create a cloud-rendering session for this user first, then run the command again"
    )
    OVERTAKEN = ErrorAdvice(
        Superseded,
        "find out who else updates this task, then run the command again: the next run uses a higher "
        "SequenceNumber",
    )
    RATE = ErrorAdvice(
        Throttled, "wait a moment, check what else uses the account's rate limit, then run the command again"
    )
    QUOTA = ErrorAdvice(
        NoCapacity,
        "stop other tasks, wait a few minutes, or have the account's quota raised, then run the command "
        "again",
    )
    NOT_READY = ErrorAdvice(
        NotReady,
        "wait until what the message names is there (a stream has to be pushed for a few seconds), then run "
        "the command again",
    )
    CALLER = ErrorAdvice(
        Refused, "correct what the message names in the manifest, then run the command again"
    )
    USER_SIG = ErrorAdvice(
        Refused,
        "check this machine's clock, and that the TRTC secret key belongs to the sdkAppId, then run the "
        "command again",
    )
    TASK_ID = ErrorAdvice(
        UnknownTask,
        "run the command again: the cloud does not know the TaskId, so the task is ended through its robot "
        "and restarted",
    )
    EXISTS = ErrorAdvice(
        Exists,
        "end the existing task where it was started, or give this one another user ID, then run the command "
        "again",
    )
    SITE = ErrorAdvice(
        Refused,
        "check the endpoint (the two sites differ in actions and parameters), then run the command again",
    )
    FAULT = ErrorAdvice(
        OutcomeUnknown,
        "wait a moment, then run the command again: the next run checks what the call may have done",
    )


@dataclass(frozen=True, slots=True)
class NumberedErrors:
    """The meanings of a code that tells nothing without the number in its message.

    `spelled` finds the number, by its first group, however the vendor writes it. What has another number, or
    none, means what `otherwise` says.
    """

    spelled: re.Pattern[str]
    meanings: Mapping[int, "ErrorMeaning | ErrorAdvice"]
    otherwise: "ErrorMeaning | ErrorAdvice"

    def of(self, message: str) -> "ErrorMeaning | ErrorAdvice":
        """The meaning of a message."""
        found = self.spelled.search(message)
        return self.otherwise if found is None else self.meanings.get(int(found[1]), self.otherwise)


SaidMeaning = ErrorMeaning | ErrorAdvice | NumberedErrors
"""What a kind says that a code means of one action: one of ours, or an error and a hint of its own."""
