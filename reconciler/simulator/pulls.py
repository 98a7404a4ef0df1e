"""What pull tasks push to (semantics §15)."""

from typing import Any

from .streams import StreamName

BEGINS = "begins"
"""The moment that a task waits for whose StartTime has not come."""


def pushes(request: dict[str, Any]) -> dict[str, StreamName]:
    """The live streams that a task feeds once it has begun, by their addresses; none while it is paused."""
    if request["Status"] == "pause":
        return {}
    found = {}
    if request["DomainName"]:
        name = StreamName(request["DomainName"].lower(), request["AppName"].strip("/"), request["StreamName"])
        args = f"?{request['PushArgs']}" if request.get("PushArgs") else ""
        found[f"rtmp://{'/'.join(name.key)}{args}"] = name
    for url in (request.get("ToUrl"), request.get("BackupToUrl")):
        outside = StreamName.pushed_by(url, False) if url else None
        if outside is not None:
            found[str(url)] = outside
    return found
