"""The behaviours that the reference leaves unconfirmed, each switchable while the simulator runs.

The first value of each is the default.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Variant:
    """One open question and the answers the simulator can give to it."""

    name: str
    values: tuple[str, ...]
    meaning: str
    reference: str


VARIANTS = (
    Variant(
        "same-robot",
        ("kick", "refuse", "both"),
        "a robot that another task already has in the room: ends that task, is refused with "
        "FailedOperation, or both run",
        "semantics §1 and §10",
    ),
    Variant(
        "stop-ended-task",
        ("ResourceNotFound", "FailedOperation.TaskFinished", "success"),
        "what StopPublishCdnStream answers for a task that has ended",
        "semantics §10",
    ),
    Variant(
        "update-ended-task",
        ("FailedOperation.TaskFinished", "ResourceNotFound"),
        "what UpdatePublishCdnStream answers for a task that has ended",
        "semantics §3.1",
    ),
    Variant(
        "other-region",
        ("ResourceNotFound", "found"),
        "whether a task is found from a region other than the one it was started in",
        "semantics §8",
    ),
    Variant(
        "empty-list",
        ("refuse", "clear", "ignore"),
        "an empty PublishCdnParams, FeedBackRoomParams, WaterMarkList or SeiParams in an Update",
        "semantics §3.6",
    ),
    Variant(
        "bare-update",
        ("accept", "refuse"),
        "an Update with none of the blocks that it can change: accepted, or MissingParameter",
        "semantics §3.2",
    ),
    Variant(
        "transcoding-off",
        ("refuse", "accept"),
        "an Update of WithTranscoding from 1 to 0: UnsupportedOperation, or accepted",
        "semantics §3.7",
    ),
    Variant(
        "layout-update",
        ("replace", "merge"),
        "whether LayoutParams in an Update replaces the block or only the fields it names",
        "semantics §3.4",
    ),
    Variant(
        "lone-audio-list",
        ("keep-other", "clear-other"),
        "what an Update with only one of the two audio lists does to the other",
        "semantics §3.5",
    ),
    Variant(
        "rejected-sequence",
        ("kept", "consumed"),
        "whether an Update that is refused for its content uses up its SequenceNumber",
        'semantics, "SequenceNumber"',
    ),
    Variant(
        "outdated-code",
        ("FailedOperation.RequestOutdated", "FailedOperation.OutdateRequest"),
        "the code for a SequenceNumber that is not higher than the last one",
        'semantics, "SequenceNumber"',
    ),
    Variant(
        "idle-from-start",
        ("counted", "not-counted"),
        "whether MaxIdleTime also runs for a task started into an empty room",
        "semantics §1",
    ),
    Variant(
        "second-ingest",
        ("FailedOperation.TaskExist", "kick", "both"),
        "StartStreamIngest with a robot that another ingest task already has in the room: is refused, ends "
        "the other task, or both run",
        "semantics §10",
    ),
    Variant(
        "ingest-room-type",
        ("lenient", "strict"),
        "a textual RoomId with RoomIdType 1 in StartStreamIngest, as in the vendor's own example: "
        "taken as a string room, or refused with InvalidParameter.RoomId",
        'fields, "Room id type"',
    ),
    Variant(
        "ingest-room-type-absent",
        ("MissingParameter", "integer"),
        "a StartStreamIngest without RoomIdType: refused, as the API's schema says, or taken as 1, as its "
        "prose says",
        'fields, "Room id type"',
    ),
    Variant(
        "ingest-absent-pause",
        ("unchanged", "resumes"),
        "what an UpdateStreamIngest without IsPause does to a paused task",
        "semantics §12",
    ),
    Variant(
        "update-ended-ingest",
        ("NotExist", "FailedOperation.TaskNotExist"),
        "what UpdateStreamIngest answers for a task that has ended: a Status, or an error",
        "semantics §10",
    ),
    Variant(
        "stop-ended-ingest",
        ("FailedOperation.TaskFinished", "success"),
        "what StopStreamIngest answers for a task that has ended",
        "semantics §10",
    ),
    Variant(
        "remove-user-ends-task",
        ("yes", "no"),
        "whether removing a robot with RemoveUser or RemoveUserByStrRoomId ends its task",
        "semantics §1, §10 and §12",
    ),
    Variant(
        "remove-user-unknown-room",
        ("success", "FailedOperation.RoomNotExist"),
        "what RemoveUser answers for a room that neither a task nor /_admin/rooms has named",
        "semantics §10",
    ),
    Variant(
        "second-render",
        ("OperationDenied", "success", "moves"),
        "a second StartPublishStream or StartPublishStreamWithURL while the user's push runs: "
        "is refused, changes nothing, or moves the push to the new address",
        "semantics §10 and §13",
    ),
    Variant(
        "stop-no-render",
        ("success", "OperationDenied"),
        "what StopPublishStream answers for a session that pushes nothing",
        "semantics §10",
    ),
    Variant(
        "online-page-size",
        ("cn", "intl"),
        "the largest PageSize of DescribeLiveStreamOnlineList: 300000, or 100",
        'fields, "Live"',
    ),
    Variant(
        "pull-site",
        ("cn", "intl"),
        "whose limits pull tasks have: 30 days, 200 tasks and every field, or 7 days, 20 tasks and fewer",
        "semantics §15",
    ),
    Variant(
        "second-pull",
        ("same-task", "InvalidParameter", "FailedOperation"),
        "what CreateLivePullStreamTask answers for a SpecifyTaskId that a task has already",
        "semantics §15",
    ),
    Variant(
        "pull-absent-events",
        ("unchanged", "all"),
        "what ModifyLivePullStreamTask without CallbackEvents does to those of the task",
        "semantics §15",
    ),
    Variant(
        "pull-revive",
        ("InvalidParameter.TaskNotExist", "InvalidParameter.InvalidTaskTime", "revives"),
        "what ModifyLivePullStreamTask does to a task that has ended and is still listed",
        "semantics §15",
    ),
    Variant(
        "recording-gone",
        ("ResourceNotFound", "FailedOperation"),
        "what ModifyCloudRecording, DeleteCloudRecording and DescribeCloudRecording answer for a recording "
        "that has ended",
        "recordings §4",
    ),
    Variant(
        "recording-exit",
        ("Exited", "gone"),
        "what DescribeCloudRecording answers in the ten seconds after a recording's end: that status, or "
        "what it answers later",
        "recordings §4",
    ),
    Variant(
        "recording-modify",
        ("keep", "reset"),
        "what ModifyCloudRecording does to the layout or the lists that it leaves out",
        "recordings §4",
    ),
    Variant(
        "recording-quota",
        ("raised", "100"),
        "how many recordings an account has at once: as many as it likes, or 100 and then "
        "FailedOperation.RestrictedConcurrency",
        "recordings §1",
    ),
    Variant(
        "rate-window",
        ("sliding", "calendar"),
        "the one-second window of the rate limits",
        "semantics §9",
    ),
    Variant(
        "forbid-match",
        ("exact", "name-only"),
        "whether ForbidLiveStream affects one stream, or every stream of that name under any domain and path",
        "semantics §14",
    ),
    Variant(
        "resume-unforbidden",
        ("success", "FailedOperation"),
        "what ResumeLiveStream answers for a stream that is not forbidden",
        "semantics §10",
    ),
    Variant(
        "mix-young-input",
        ("InvalidParameter.OtherError", "FailedOperation.StreamNotExist", "accept"),
        "what CreateCommonMixStream answers for an input that has been pushed for less than five seconds; "
        "the first with -505 in its message",
        "mixes §2",
    ),
    Variant(
        "mix-other-type",
        ("InvalidParameter.SessionOutputStreamChanged", "InvalidParameter.OtherError", "accept"),
        "a CreateCommonMixStream that changes the output's type in a session: is refused, the second with "
        "-508 in its message, or accepted",
        "mixes §1",
    ),
    Variant(
        "mix-cancelled-early",
        ("FailedOperation.ProcessMixError", "InvalidParameter.OtherError", "accept"),
        "what CancelCommonMixStream answers in the first five seconds of a session; the second with -34 in "
        "its message",
        "mixes §1",
    ),
    Variant(
        "mix-started-early",
        ("FailedOperation.ProcessMixError", "InvalidParameter.OtherError", "accept"),
        "what CreateCommonMixStream answers for a session that was cancelled less than 30 seconds ago; the "
        "second with -34 in its message",
        "mixes §1",
    ),
    Variant(
        "cancel-no-mix",
        (
            "FailedOperation.CancelSessionNotExist",
            "InvalidParameter.CancelSessionNotExist",
            "InvalidParameter.OtherError",
            "success",
        ),
        "what CancelCommonMixStream answers for a session that does not run; the third with -30300 in its "
        "message",
        "mixes §5",
    ),
    Variant(
        "mix-output-place",
        ("anywhere", "beside-input"),
        "under which domain and path DescribeLiveStreamState knows what a mix makes: under every one, or "
        "under that of its first input",
        "mixes §4",
    ),
)
BY_NAME = {variant.name: variant for variant in VARIANTS}
