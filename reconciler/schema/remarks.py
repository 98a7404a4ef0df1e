"""What is said of a field beside its type: its meaning in full, and what is so where it is left out."""

from reconciler.kinds.forms import Node
from reconciler.kinds.marks import Model
from reconciler.kinds.sites import Site
from reconciler.schema.meanings import meaning
from reconciler.schema.survey import Field

SITES = {Site.MAINLAND: "mainland", Site.INTERNATIONAL: "international"}


def describe(one: Field) -> str:
    """A field's meaning, the API's own default, and which of the vendor's sites it is for."""
    api = one.facts.api
    told = api_default(one)
    sentences = [
        meaning(one.model, one.facts.attribute),
        f"The API's default: {told}." if told else "",
        f"On the {SITES[api.only]} site only." if api.only else "",
    ]
    return " ".join(sentence for sentence in sentences if sentence)


def api_default(one: Field) -> str:
    """What is so where the field is left out, as a manifest would say it; empty if that is not known."""
    value = one.facts.api.default
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    if value is None or isinstance(value, Model):
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def default_of(one: Field) -> Node:
    """The manifests' own default, where it says anything."""
    if one.info.is_required():
        return {}
    value = one.info.get_default(call_default_factory=True, validated_data={})
    plain = value.to_json() if isinstance(value, Model) else value
    return {} if plain is None or plain == {} or plain == () else {"default": plain}
