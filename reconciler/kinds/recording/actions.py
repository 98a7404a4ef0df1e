"""The actions of recordings (reference fields, "CreateCloudRecording"; errors, "Recordings")."""

from reconciler.calls import Action
from reconciler.kinds.recording.regions import RECORD
from reconciler.meanings import ErrorMeaning
from reconciler.model import Effect

VERSION = "2019-07-22"
CREATE = Action("trtc", VERSION, "CreateCloudRecording", per_second=20, effect=Effect.START, regions=RECORD)
MODIFY = Action(
    "trtc",
    VERSION,
    "ModifyCloudRecording",
    per_second=20,
    effect=Effect.UPDATE,
    once=True,
    regions=RECORD,
)
DELETE = Action(
    "trtc",
    VERSION,
    "DeleteCloudRecording",
    per_second=20,
    effect=Effect.STOP,
    # It can be how an end is answered; as it can be a failure, too, the robot is what ends it then.
    errors={"FailedOperation": ErrorMeaning.TASK_ID},
    regions=RECORD,
)
DESCRIBE = Action(
    "trtc",
    VERSION,
    "DescribeCloudRecording",
    per_second=20,
    errors={"ResourceNotFound": ErrorMeaning.ENDED},
    regions=RECORD,
)
ABOUT_A_TASK = (CREATE, MODIFY, DELETE, DESCRIBE)
"""What a recording is looked after by, all in the region of its start."""
