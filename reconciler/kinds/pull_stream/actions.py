"""The actions of pull tasks, and what their errors mean (reference errors, "Pull tasks")."""

from reconciler.calls import Action
from reconciler.errors import AccountRefused, NoCapacity, Refused
from reconciler.kinds.live import VERSION
from reconciler.kinds.pull_stream.regions import PULL
from reconciler.meanings import ErrorAdvice, ErrorMeaning
from reconciler.model import Effect

FULL = ErrorAdvice(
    NoCapacity,
    "delete pull tasks that have ended in the console, as they count as well, or have the account's limit "
    "raised, then run the command again",
)
NOT_ALLOWED = ErrorAdvice(
    AccountRefused,
    "have Tencent Cloud allow pushes to addresses outside of the account, then run the command again",
)
BAD_TIME = ErrorAdvice(
    Refused, "correct startTime and endTime in the manifest, then run the command again: they are rejected"
)
_ALIKE = {"InvalidParameter.InvalidTaskTime": BAD_TIME, "InvalidParameter.ToUrlNoPermission": NOT_ALLOWED}
_GONE = {"InvalidParameter.TaskNotExist": ErrorMeaning.ENDED}

START = Action(
    "live",
    VERSION,
    "CreateLivePullStreamTask",
    per_second=50,
    effect=Effect.START,
    token="SpecifyTaskId",
    errors={**_ALIKE, "InvalidParameter.TaskNumMoreThanLimit": FULL},
    regions=PULL,
)
MODIFY = Action(
    "live",
    VERSION,
    "ModifyLivePullStreamTask",
    per_second=20,
    effect=Effect.UPDATE,
    once=True,
    errors={**_ALIKE, **_GONE},
    regions=PULL,
)
DELETE = Action(
    "live",
    VERSION,
    "DeleteLivePullStreamTask",
    per_second=50,
    effect=Effect.STOP,
    errors={**_GONE, "InternalError.InvalidInput": ErrorMeaning.CALLER},
    regions=PULL,
)
DESCRIBE = Action("live", VERSION, "DescribeLivePullStreamTasks", per_second=30, regions=PULL)
