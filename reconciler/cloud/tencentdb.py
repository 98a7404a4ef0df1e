"""What a failover of a TencentDB for PostgreSQL can lose: of its replication only its own API tells."""

from collections.abc import Mapping
from typing import Any

from reconciler.calls import Action, Call
from reconciler.errors import CloudError

HA_CONFIG = Action("postgres", "2017-03-12", "DescribeDBInstanceHAConfig", 10)


def asks(instance: str, region: str) -> Call:
    """The call that asks how an instance replicates; it changes nothing."""
    return Call(HA_CONFIG, region, {"DBInstanceId": instance})


def failover_of(answer: Mapping[str, Any]) -> tuple[bool, str]:
    """(whether a failover can lose what was acknowledged, that in words with how to change it).

    Raises CloudError for an answer that does not tell.
    """
    mode, lag = answer.get("SyncMode"), answer.get("MaxStandbyLag")
    degrades = [answer.get(name) for name in ("MaxSyncStandbyLatency", "MaxSyncStandbyLag")]
    if mode == "Semi-sync" and degrades == [None, None]:
        return False, (
            "a failover loses nothing: the instance replicates semi-synchronously, and never falls back to "
            "asynchronous"
        )
    change = (
        "set the instance's replication to semi-synchronous without degradation (ModifyDBInstanceHAConfig: "
        "SyncMode Semi-sync, without MaxSyncStandbyLatency and MaxSyncStandbyLag)"
    )
    if mode == "Semi-sync":
        return True, (
            "a failover can lose records that were acknowledged: the instance replicates semi-synchronously "
            f"only while its standby keeps up, and asynchronously otherwise; {change}"
        )
    if mode == "Async":
        return True, (
            f"a failover can lose records acknowledged in the last {lag} s: the instance replicates "
            f"asynchronously; {change}"
        )
    raise CloudError(f"DescribeDBInstanceHAConfig: SyncMode is {mode!r}", code="unreadable")
