"""Actions of older and neighbouring APIs, which no kind sends, and what stands in their place."""

from collections.abc import Mapping

_MIXED = (
    "it is of the mixing that StartPublishCdnStream has replaced: write its StartPublishCdnStream request, "
    "with WithTranscoding 1, and convert that to a MixStream"
)
_NOT_MIXED = (
    "it ends a mix of the API that StartPublishCdnStream has replaced: write state: stopped in a MixStream"
)
_LIVE_MIX = (
    "it mixes live streams by their names, where a MixStream mixes the users of TRTC rooms: bring the "
    "streams into a room, as an IngestStream does, and declare a MixStream of them"
)
_PULL = (
    "it is of the pull tasks of Live, which no kind declares: an IngestStream pulls a source into a TRTC "
    "room, and a RelayStream or MixStream pushes it from there"
)
_RECORDING = (
    "it is of TRTC's own recording, which no kind declares: a MixStream or RelayStream records what it "
    "pushes, as its record says"
)
_SESSION = (
    "it is of a cloud-rendering session, which the application's server looks after: a RenderStream pushes "
    "what one shows, by StartPublishStream"
)
_WORDS = {
    _MIXED: "StartMCUMixTranscode StartMCUMixTranscodeByStrRoomId",
    _NOT_MIXED: "StopMCUMixTranscode StopMCUMixTranscodeByStrRoomId",
    _LIVE_MIX: "CreateCommonMixStream CancelCommonMixStream Mix_StreamV2 start_mix_stream_advanced",
    _PULL: """
        CreateLivePullStreamTask ModifyLivePullStreamTask DeleteLivePullStreamTask RestartLivePullStreamTask
        DescribeLivePullStreamTasks DescribeLivePullStreamTaskStatus CreatePullStreamConfig""",
    _RECORDING: "CreateCloudRecording ModifyCloudRecording DeleteCloudRecording DescribeCloudRecording",
    _SESSION: "CreateSession DestroySession ApplyConcurrent DescribeConcurrentCount",
}

NEIGHBOURS: Mapping[str, str] = {
    action: words for words, actions in _WORDS.items() for action in actions.split()
}
"""What replaces each action, in words."""
