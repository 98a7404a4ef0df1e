"""Every failure this tool can report, classed by what the caller should do about it.

    ReconcilerError
    ├── UsageError            call the command differently
    ├── ManifestError         fix the manifests (holds every Problem that was found)
    ├── SecretError           set or fix a secret or a credential
    ├── StateError            look at the state file or its journal
    │   └── LockedError       wait for whoever holds the state
    ├── PlanRefused           make a new plan
    ├── ExhaustedError        give this process more threads, memory or files
    └── CloudError            what a call to the cloud ended in
        ├── Refused           nothing happened; sending the same again is pointless
        │   ├── CredentialsRefused   the account, its keys or its rights; stop everything
        │   ├── AccountRefused       the account's service or package; needs a person
        │   ├── Occupied             another workspace uses what the call would take
        │   ├── Gone                 the task has ended already
        │   ├── Exists               a task is there already, under a TaskId that is not told
        │   ├── UnknownTask          the recorded TaskId is none that the API knows
        │   └── Superseded           a higher SequenceNumber was applied before
        ├── NotSent           nothing happened, and the same may be sent again
        │   ├── Throttled            wait for the next second
        │   ├── NoCapacity           wait for minutes, or have the quota raised
        │   ├── NotReady             wait until what the call needs is there
        │   └── Outage               wait until the endpoint answers again
        └── OutcomeUnknown    it may or may not have happened

Vendor codes become these types in `reconciler.cloud` alone. Message text is never matched, but for the
number that stands in it where a kind says that the code of an action tells nothing without (meanings).
"""

import errno
from collections.abc import Sequence
from dataclasses import dataclass

DISTRIBUTION = "tencent-live-reconciler"
"""What an index of packages calls this one; `reconciler` is somebody else's there."""


def installing(extra: str) -> str:
    """The command that brings an optional dependency, for a hint."""
    return f"pip install '{DISTRIBUTION}[{extra}]'"


@dataclass(frozen=True, order=True, slots=True)
class Problem:
    """One thing wrong in the manifests: where, at which field, and what to write instead.

    `line` and `column` count from 1; 0 means that the place is the whole file.
    """

    file: str
    line: int
    column: int
    path: str
    message: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        return f"{place}: {self.path}: {self.message}" if self.path else f"{place}: {self.message}"


class ReconcilerError(Exception):
    """The root: a message for people, and optionally what to do next."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(ReconcilerError):
    """The command line asks for something that cannot be."""


class ManifestError(ReconcilerError):
    """The manifests cannot be used; `problems` has every reason, sorted by place."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(sorted(set(problems)))
        count = len(self.problems)
        super().__init__(f"{count} problem{'s' if count != 1 else ''} in the manifests")


class SecretError(ReconcilerError):
    """A secret or credential is missing or not allowed; its value is never in the message."""


class StateError(ReconcilerError):
    """The state file or its journal cannot be read, trusted or written."""


class LockedError(StateError):
    """Another run holds the state."""


class PlanRefused(ReconcilerError):
    """A saved plan no longer fits the state, or is not one of ours."""


class ExhaustedError(ReconcilerError):
    """This machine, or what it allows this process, has no more threads, memory or open files."""


_AGAIN = "then run the command again: everything done so far is kept"
_MEMORY = (
    "this process is out of memory",
    f"raise its limit (ulimit -v, or the container's), {_AGAIN}",
)
_THREADS = (
    "cannot start more threads",
    f"raise the process limit (ulimit -u, or the container's) or the memory limit, {_AGAIN}",
)
_FILES = ("this process has too many open files and connections", f"raise its limit (ulimit -n), {_AGAIN}")
_ALL_FILES = (
    "this machine has too many open files and connections",
    f"stop some of the programs that have them open, {_AGAIN}",
)
_LOADER = ("failed to map segment", "cannot allocate memory", "Cannot allocate memory")
_BY_NUMBER = {errno.ENOMEM: _MEMORY, errno.EMFILE: _FILES, errno.ENFILE: _ALL_FILES}


def exhausted(error: BaseException) -> ExhaustedError | None:
    """What has run out, in words; None where an error says nothing of the kind."""
    if isinstance(error, MemoryError):
        return ExhaustedError(*_MEMORY)
    # Python has no type of its own for this one.
    if isinstance(error, RuntimeError) and "start new thread" in str(error):
        return ExhaustedError(*_THREADS)
    # Nor does it tell why a library cannot be loaded, but in the words of the system's loader.
    if isinstance(error, ImportError) and any(words in str(error) for words in _LOADER):
        return ExhaustedError(*_MEMORY)
    if isinstance(error, OSError) and error.errno in _BY_NUMBER:
        return ExhaustedError(*_BY_NUMBER[error.errno])
    return None


class CloudError(ReconcilerError):
    """A call to the cloud did not succeed.

    `code` is the API's error code, or a word of ours in lower case where no answer came;
    `request_id` is empty where the cloud gave none.
    """

    def __init__(self, message: str, *, code: str = "", request_id: str = "", hint: str = "") -> None:
        super().__init__(message, hint)
        self.code = code
        self.request_id = request_id


class Refused(CloudError):
    """Nothing happened; the same request will be refused again."""


class CredentialsRefused(Refused):
    """The keys, the signature or the rights are refused: no other call would fare better."""


class AccountRefused(Refused):
    """The service is off, in arrears or not part of the account's package."""


class Occupied(Refused):
    """Another workspace uses what the call would take; it was not sent."""


class Gone(Refused):
    """What the call was about has ended."""


class Exists(Refused):
    """What is to be started is there already, and the answer does not say under which TaskId."""


class UnknownTask(Refused):
    """The TaskId is not one that the API knows: whether the task runs, and under which, is not known."""


class Superseded(Refused):
    """An update with a higher SequenceNumber was applied before this one."""


class NotSent(CloudError):
    """Nothing happened, and the same request may be sent again."""


class Throttled(NotSent):
    """Too many requests in this second."""


class NoCapacity(NotSent):
    """The account's concurrency or the platform's capacity is used up."""


class NotReady(NotSent):
    """What the call needs is not there yet, such as a stream that is to be pushed first."""


class Outage(NotSent):
    """The endpoint has not answered for some time, so that nothing was begun there any more."""


class OutcomeUnknown(CloudError):
    """No answer that says whether the call took effect."""
