"""What each error code of the API means for whoever made the call (reference errors.md).

Data only. The vendor documents one line a code; the meanings are a reading of those lines, and
whatever a code's prefix says otherwise (`InternalError.HttpParseFailed` is the caller's fault)
stands here in full. What a code means of one action only is said by its kind, in `Action.errors`.
"""

from reconciler.meanings import ErrorMeaning

_CODES = {
    ErrorMeaning.KEYS: """
        AuthFailure AuthFailure.InvalidAuthorization AuthFailure.InvalidSecretId AuthFailure.MFAFailure
        AuthFailure.SecretIdNotFound AuthFailure.SignatureFailure AuthFailure.UnauthorizedOperation
        AuthFailure.UnsupportedOperation InternalError.NotPermmitOperat UnauthorizedOperation
        UnauthorizedOperation.SdkAppId""",
    ErrorMeaning.CLOCK: "AuthFailure.SignatureExpire",
    ErrorMeaning.TOKEN: "AuthFailure.TokenFailure",
    ErrorMeaning.IDENTITY: "AuthFailure.UnRealNameAuthenticated",
    ErrorMeaning.ADDRESS: "IpInBlacklist IpNotInWhitelist",
    ErrorMeaning.ACCOUNT: """
        ResourceNotFound.ForbidService ResourceNotFound.FreezeService ResourceNotFound.StopService
        ResourceNotFound.UserDisableService ResourceNotFound.UserNotExist""",
    ErrorMeaning.PACKAGE: "FailedOperation.NotAllowed FailedOperation.NotRtmpFunction",
    ErrorMeaning.ENDED: """
        FailedOperation.RoomNotExist FailedOperation.TaskFinished FailedOperation.TaskNotExist
        ResourceNotFound""",
    ErrorMeaning.SESSION: "ResourceNotFound.SessionNotFound",
    ErrorMeaning.OVERTAKEN: "FailedOperation.OutdateRequest FailedOperation.RequestOutdated",
    ErrorMeaning.RATE: """
        RequestLimitExceeded RequestLimitExceeded.GlobalRegionUinLimitExceeded
        RequestLimitExceeded.IPLimitExceeded RequestLimitExceeded.UinLimitExceeded""",
    ErrorMeaning.QUOTA: """
        FailedOperation.LockTimeout FailedOperation.RestrictedConcurrency LimitExceeded LimitExceeded.Role
        ResourceInsufficient ResourceInsufficient.RequestRejection ResourceNotFound.NoIdle""",
    ErrorMeaning.CALLER: """
        DryRunOperation FailedOperation.ApplicationNotFind FailedOperation.CRUnsupportMethod
        FailedOperation.PathNotFound InternalError.ConfigNotExist InternalError.HttpParaseFalied
        InternalError.HttpParseFailed InternalError.PushDomainNoRecord InvalidParameter InvalidParameterValue
        InvalidRequest MissingParameter OperationDenied RequestSizeLimitExceeded ResourceInUse
        ResourceNotFound.PushDomainNoRecord ResponseSizeLimitExceeded UnsupportedOperation""",
    ErrorMeaning.USER_SIG: "InvalidParameter.UserSig",
    ErrorMeaning.TASK_ID: "InvalidParameter.TaskId",
    ErrorMeaning.EXISTS: "FailedOperation.TaskExist",
    ErrorMeaning.SITE: """
        ActionOffline InternalError.MethodErr InvalidAction NoSuchProduct NoSuchVersion UnknownParameter
        UnsupportedProtocol UnsupportedRegion""",
    ErrorMeaning.FAULT: """
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

MEANINGS = {code: meaning for meaning, codes in _CODES.items() for code in codes.split()}
"""The meaning of each code; a code with nothing of its own means what its prefix means."""
