"""Rules of an IngestStream: between its fields, and of what the vendor's two sites serve."""

from reconciler.addresses.media import file_type
from reconciler.kinds.base import Fault
from reconciler.kinds.fields import SecretSource
from reconciler.kinds.ingest_stream.spec import IngestStreamSpec
from reconciler.kinds.sites import Site

FILES = ("flv", "mp3", "mp4", "ts", "mov", "mkv", "m4a", "m3u8")
LOUDEST_ABROAD = 100


def spec_faults(spec: IngestStreamSpec) -> list[Fault]:
    """The rules of the spec alone."""
    found = []
    if spec.max_duration is not None and spec.repeat_num != -1:
        text = "has no effect unless repeatNum is -1: remove it, or set repeatNum: -1"
        found.append(Fault(("maxDuration",), text, warns=True))
    found += _type_faults(spec.stream_url)
    kind = "integer" if isinstance(spec.room, int) else "string"
    if spec.room_id_type not in (None, kind):
        text = (
            f"room {spec.room!r} is of type {kind}; according to the API's table, the code for "
            f"{spec.room_id_type} rooms does not fit it; remove roomIdType"
        )
        found.append(Fault(("roomIdType",), text, warns=True))
    return found


def site_faults(spec: IngestStreamSpec, site: Site | None) -> list[Fault]:
    """What the international site takes of a resolved spec."""
    if site is Site.INTERNATIONAL and (spec.volume or 0) > LOUDEST_ABROAD:
        text = f"found {spec.volume}; allowed: 0 to {LOUDEST_ABROAD} on the international site"
        return [Fault(("volume",), text)]
    return []


def _type_faults(url: str | SecretSource) -> list[Fault]:
    """A type of file that the API does not pull, as far as its name tells (fields, "StartStreamIngest")."""
    suffix = "" if isinstance(url, SecretSource) else file_type(url)
    if not suffix or suffix in FILES or str(url).startswith("rtmp"):
        return []
    text = f"found a file of type {suffix}; the API supports {', '.join(FILES)}"
    return [Fault(("streamUrl",), text, warns=True)]
