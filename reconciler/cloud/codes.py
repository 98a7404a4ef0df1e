"""What each error code of the API means for whoever made the call (reference errors.md).

Data only. The vendor documents one line a code; the meanings are a reading of those lines, and
whatever a code's prefix says otherwise (`InternalError.HttpParseFailed` is the caller's fault)
stands here in full.
"""

from enum import Enum
from typing import NamedTuple

from reconciler.errors import (
    AccountRefused,
    CloudError,
    CredentialsRefused,
    Exists,
    Gone,
    NoCapacity,
    OutcomeUnknown,
    Refused,
    Superseded,
    Throttled,
)


class Sense(NamedTuple):
    """The error a code becomes, and what a person should do next."""

    error: type[CloudError]
    hint: str


class Meaning(Enum):
    """The few things that the many codes can mean."""

    KEYS = Sense(
        CredentialsRefused, "check the API key pair and its CAM policy, and that the key belongs to this site"
    )
    CLOCK = Sense(
        CredentialsRefused, "set this machine's clock: it is more than five minutes off the server's"
    )
    TOKEN = Sense(CredentialsRefused, "fetch new temporary keys: TENCENTCLOUD_TOKEN is wrong or has expired")
    IDENTITY = Sense(CredentialsRefused, "have the account verified by real name in the console")
    ADDRESS = Sense(CredentialsRefused, "allow this machine's address in the key's access settings")
    ACCOUNT = Sense(AccountRefused, "have the live service of the account switched on, or its arrears paid")
    PACKAGE = Sense(AccountRefused, "ask Tencent Cloud to enable this for the account: its package lacks it")
    ENDED = Sense(Gone, "run apply again: it is recorded as ended, and starts again if it is still wanted")
    SESSION = Sense(Gone, "create a cloud-rendering session for this user first, then run apply again")
    OVERTAKEN = Sense(Superseded, "make a new plan: somebody else has updated this task meanwhile")
    RATE = Sense(Throttled, "wait a moment and run again, and see what else uses the account's rate limit")
    QUOTA = Sense(NoCapacity, "stop other tasks, wait some minutes, or have the account's quota raised")
    CALLER = Sense(Refused, "correct what the message names in the manifest, and make a new plan")
    USER_SIG = Sense(
        Refused, "check that the TRTC secret key belongs to the sdkAppId, and this machine's clock"
    )
    TASK_ID = Sense(Refused, "make a new plan: the recorded TaskId is not one that the API knows")
    EXISTS = Sense(Exists, "run apply again: as the plan says, it ends what is there and starts anew")
    SITE = Sense(Refused, "check the endpoint: the parameters and actions of the two sites differ")
    FAULT = Sense(OutcomeUnknown, "run plan to see how it stands: the call may have taken effect")


_CODES = {
    Meaning.KEYS: """
        AuthFailure AuthFailure.InvalidAuthorization AuthFailure.InvalidSecretId AuthFailure.MFAFailure
        AuthFailure.SecretIdNotFound AuthFailure.SignatureFailure AuthFailure.UnauthorizedOperation
        AuthFailure.UnsupportedOperation InternalError.NotPermmitOperat UnauthorizedOperation
        UnauthorizedOperation.SdkAppId""",
    Meaning.CLOCK: "AuthFailure.SignatureExpire",
    Meaning.TOKEN: "AuthFailure.TokenFailure",
    Meaning.IDENTITY: "AuthFailure.UnRealNameAuthenticated",
    Meaning.ADDRESS: "IpInBlacklist IpNotInWhitelist",
    Meaning.ACCOUNT: """
        ResourceNotFound.ForbidService ResourceNotFound.FreezeService ResourceNotFound.StopService
        ResourceNotFound.UserDisableService ResourceNotFound.UserNotExist""",
    Meaning.PACKAGE: "FailedOperation.NotAllowed FailedOperation.NotRtmpFunction",
    Meaning.ENDED: """
        FailedOperation.RoomNotExist FailedOperation.TaskFinished FailedOperation.TaskNotExist
        ResourceNotFound""",
    Meaning.SESSION: "ResourceNotFound.SessionNotFound",
    Meaning.OVERTAKEN: "FailedOperation.OutdateRequest FailedOperation.RequestOutdated",
    Meaning.RATE: """
        RequestLimitExceeded RequestLimitExceeded.GlobalRegionUinLimitExceeded
        RequestLimitExceeded.IPLimitExceeded RequestLimitExceeded.UinLimitExceeded""",
    Meaning.QUOTA: """
        FailedOperation.LockTimeout FailedOperation.RestrictedConcurrency LimitExceeded LimitExceeded.Role
        ResourceInsufficient ResourceInsufficient.RequestRejection ResourceNotFound.NoIdle""",
    Meaning.CALLER: """
        DryRunOperation FailedOperation.ApplicationNotFind FailedOperation.CRUnsupportMethod
        FailedOperation.PathNotFound InternalError.ConfigNotExist InternalError.HttpParaseFalied
        InternalError.HttpParseFailed InternalError.PushDomainNoRecord InvalidParameter InvalidParameterValue
        InvalidRequest MissingParameter OperationDenied RequestSizeLimitExceeded ResourceInUse
        ResourceNotFound.PushDomainNoRecord ResponseSizeLimitExceeded UnsupportedOperation""",
    Meaning.USER_SIG: "InvalidParameter.UserSig",
    Meaning.TASK_ID: "InvalidParameter.TaskId",
    Meaning.EXISTS: "FailedOperation.TaskExist",
    Meaning.SITE: """
        ActionOffline InternalError.MethodErr InvalidAction NoSuchProduct NoSuchVersion UnknownParameter
        UnsupportedProtocol UnsupportedRegion""",
    Meaning.FAULT: """
        FailedOperation FailedOperation.CallOtherSvrFailed FailedOperation.ProcessTimeout
        FailedOperation.QueryTaskInfoFailed FailedOperation.SlowDown InternalError
        InternalError.CallOtherSvrError InternalError.ConnectDbError InternalError.DBError
        InternalError.EsQueryError InternalError.GetBizidError InternalError.GetRoomCacheIpError
        InternalError.GetRoomFromCacheError InternalError.GetStreamInfoError
        InternalError.GetUpstreamInfoError InternalError.InterfaceErr InternalError.InternalError
        InternalError.StreamStatusError InternalError.UpdateDataError ResourceUnavailable
        ResourceUnavailable.AccessFailed ResourceUnavailable.Initialization ServiceUnavailable
        UnsupportedOperation.Stopping""",
}

OF_ACTION = {
    ("StartPublishStream", "OperationDenied"): Meaning.EXISTS,
    ("StartPublishStreamWithURL", "OperationDenied"): Meaning.EXISTS,
    ("StopPublishStream", "OperationDenied"): Meaning.ENDED,
}
"""What a code means of one action: a session that pushes, or does not (semantics §10, §13, unconfirmed)."""

MEANINGS = {code: meaning for meaning, codes in _CODES.items() for code in codes.split()}
"""The meaning of each code; a code with nothing of its own means what its prefix means."""
