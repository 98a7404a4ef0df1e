"""What a mix comes down to: its session, what it makes, what is in it."""

from collections.abc import Iterator

from reconciler.kinds.essence import Essential, Role, users_words
from reconciler.kinds.live_mix.spec import LiveMixSpec, MixInput, Output

BILLED = "as standard transcoding of Live, while it runs"
"""What the vendor says of it (reference mixes §1)."""


def mix_essentials(spec: LiveMixSpec) -> Iterator[Essential]:
    """Session and output first; then the inputs, and how they are arranged and encoded."""
    yield Essential(("sessionId",), "session", spec.session_id or "", spec.session_id, Role.PLACE)
    yield Essential(("output", "stream"), "to", output_words(spec), spec.output.stream, Role.PLACE)
    inputs = [input_words(one) for one in spec.inputs if one.is_stream]
    if inputs:
        yield Essential(("inputs",), "inputs", users_words(inputs), inputs, Role.CONTENT)
    others = [input_words(one) for one in spec.inputs if not one.is_stream]
    if others:
        yield Essential(("inputs",), "with", users_words(others), others)
    if spec.template_id:
        yield Essential(("templateId",), "layout", f"template {spec.template_id}", spec.template_id)
    yield Essential(("output", "type"), "billed", BILLED, BILLED)
    encode = _encode(spec.output)
    if encode:
        yield Essential(("output",), "encoding", encode, encode)


def output_words(spec: LiveMixSpec) -> str:
    """The stream that is made."""
    name = spec.output.stream
    return (
        f"the live stream {name}" if spec.output.is_new else f"the live stream {name}, in place of the input"
    )


def input_words(one: MixInput) -> str:
    """An input by its name, and as what it is in the mix."""
    where = f" in {one.slot}" if one.slot is not None else ""
    if one.kind == "picture":
        return f"watermark {one.watermark_id}{where}"
    if one.kind == "canvas":
        color = f" {one.color}" if one.color else ""
        return f"canvas {one.image_width or 'of'}x{one.image_height or 'its streams'}{color}"
    kind = {"audio": " (audio)", "video": " (video)", "web-page": " (web page)"}.get(one.kind, "")
    return f"{one.stream}{kind}{where}"


def _encode(output: Output) -> str:
    parts = (
        output.frame_rate and f"{output.frame_rate} fps",
        output.bit_rate and f"{output.bit_rate} kbit/s",
        output.audio_sample_rate and f"{output.audio_sample_rate / 1000:g} kHz",
        output.audio_bit_rate and f"{output.audio_bit_rate} kbit/s audio",
    )
    return ", ".join(part for part in parts if part)
