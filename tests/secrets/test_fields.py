"""Every field that holds an address: by hand, so that a new one must be looked at, and what each takes."""

import re
from collections.abc import Iterator

import pytest
from pydantic import BaseModel

from reconciler.kinds import KINDS, registry
from reconciler.kinds.addresses import AddressText
from reconciler.kinds.concealing import EACH, Tree, address_tree, addresses_in
from reconciler.kinds.marks import holds_secret
from reconciler.schema.survey import all_fields
from reconciler.words import path_text

from ..support import loaded
from .checks import EVERY

LAYOUT = {
    "slots[].backgroundImageUrl",
    "slots[].transparentUrl",
    "background.imageUrl",
    "watermarks[].image.url",
}
PUBLISHED = {"publish[].url", "record.mcuStorageParams.cloudStorage.endpointUrl"}
ADDRESSES = {
    "Workspace": set(),
    "MixLayout": LAYOUT,
    "MixStream": {*PUBLISHED, *(f"layout.{path}" for path in LAYOUT)},
    "RelayStream": PUBLISHED,
    "IngestStream": {"streamUrl"},
    "RenderStream": {"publish.url", "publishStreamArgs"},
    "LiveMix": {"inputs[].webPageUrl", *(f"layout.{path}" for path in LAYOUT)},
    "LiveStream": set(),
    "PullStream": {
        *(
            "sourceUrls[]",
            "backupSourceUrl",
            "publish.url",
            "pushArgs",
            "toUrl",
            "backupToUrl",
            "callbackUrl",
        ),
        "watermarkList[].pictureUrl",
    },
    "Recording": {
        "storage.cloudStorage.endpointUrl",
        *(f"layout.{path}" for path in LAYOUT),
        "mixLayout.mixLayoutList[].subBackgroundImage",
        *(f"mixLayout.{name}" for name in ("backgroundImageUrl", "defaultSubBackgroundImage")),
        "mixLayout.waterMarkList[].image.url",
    },
    "Override": set(),  # what it sets is checked as a part of the resource
}
NONE = {
    "Workspace": {"endpoint", "state.endpoint"},  # a site's name or this machine, and a server
    "PullStream": {"sourceUrls"},  # their list
    "LiveStream": {"domainName"},  # a host alone, without parameters
    "LiveMix": {"output.domainName"},
}
"""What has the name or the look of an address, and can hold no secret."""
UNSENT = {name: {f"layout.{path}" for path in LAYOUT} for name in ("LiveMix", "Recording")}
"""What a call has no field for, and a resolved spec not either."""
_NAMED = re.compile(r"(?i)(url|uri|endpoint|args|address|callback|webhook|domainname)$")


def paths(tree: Tree | AddressText, above: str = "") -> Iterator[str]:
    if isinstance(tree, AddressText):
        yield above.removeprefix(".")
        return
    for name, below in tree.items():
        yield from paths(below, f"{above}[]" if name == EACH else f"{above}.{name}")


@pytest.mark.parametrize("name", KINDS)
def test_every_address_is_in_the_table(name: str) -> None:
    assert {*paths(address_tree(KINDS[name].spec))} == ADDRESSES[name]


@pytest.mark.parametrize("name", registry())
def test_every_address_is_in_a_call_that_is_checked(name: str) -> None:
    specs = [one.spec for one in loaded(EVERY).resources if one.address.kind == name]
    found = {path_text(one.path) for spec in specs for one in addresses_in(KINDS[name].spec, spec)}
    assert {path.replace("[0]", "[]").replace("[1]", "[]") for path in found} == ADDRESSES[name] - UNSENT.get(
        name, set()
    )


@pytest.mark.parametrize("name", KINDS)
def test_every_field_that_is_named_as_an_address_is_one(name: str) -> None:
    named = {path.removesuffix(".*").removesuffix("[]") for path, _ in all_fields(KINDS[name])}
    named = {path for path in named if _NAMED.search(path)}
    assert named - ADDRESSES[name] - NONE.get(name, set()) == set(), "say which of the two it is"


@pytest.mark.parametrize("name", KINDS)
def test_every_address_takes_a_reference(name: str) -> None:
    spec: type[BaseModel] = KINDS[name].spec
    for path in ADDRESSES[name]:
        steps = [
            part for word in path.split(".") for part in ((word[:-2], 0) if word.endswith("[]") else (word,))
        ]
        assert holds_secret(spec, tuple(steps)), path
