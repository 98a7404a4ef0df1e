"""Actions of older and neighbouring APIs, which no kind sends, and what stands in their place."""

from collections.abc import Mapping

_MIXED = (
    "it belongs to the former mixing API: write the StartPublishCdnStream request that replaces it, with "
    "WithTranscoding 1, and convert that to a MixStream"
)
_NOT_MIXED = "it ends a mix of the former mixing API: set state: stopped in a MixStream"
_LIVE_MIX = (
    "it belongs to the former interface of mixing live streams: write the CreateCommonMixStream request that "
    "replaces it, and convert that to a LiveMix"
)
_PULL = (
    "it belongs to the former relays of Live: write the CreateLivePullStreamTask request that replaces it, "
    "and convert that to a PullStream"
)
_SESSION = (
    "it belongs to a cloud-rendering session, which the application's server manages: a RenderStream pushes "
    "what a session shows, with StartPublishStream"
)
_WORDS = {
    _MIXED: "StartMCUMixTranscode StartMCUMixTranscodeByStrRoomId",
    _NOT_MIXED: "StopMCUMixTranscode StopMCUMixTranscodeByStrRoomId",
    _LIVE_MIX: "Mix_StreamV2 start_mix_stream_advanced",
    _PULL: "CreatePullStreamConfig ModifyPullStreamConfig DeletePullStreamConfig",
    _SESSION: "CreateSession DestroySession ApplyConcurrent DescribeConcurrentCount",
}

NEIGHBOURS: Mapping[str, str] = {
    action: words for words, actions in _WORDS.items() for action in actions.split()
}
"""What replaces each action, in words."""
