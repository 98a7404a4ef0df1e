"""What all models of specs have alike: a copy is as pydantic makes one."""

from typing import Annotated, Any

import pytest
import yaml
from pydantic import BaseModel, create_model

from reconciler.kinds import KINDS
from reconciler.kinds.marks import Model, models_in
from reconciler.manifests.loading.header import Header
from reconciler.schema.samples import sample_text


@pytest.mark.parametrize("deep", [False, True])
@pytest.mark.parametrize("name", [*KINDS])
def test_a_copy_is_as_pydantic_makes_it(name: str, deep: bool) -> None:
    spec = KINDS[name].spec.model_validate(yaml.safe_load(sample_text(KINDS[name]))["spec"])
    assert not spec.__private_attributes__ and spec.model_extra is None  # or a copy has to take them along
    field = next(iter(type(spec).model_fields))
    for update in (None, {}, {field: "other"}):
        before = dict(vars(spec))
        ours = spec.model_copy(update=update, deep=deep)
        theirs = BaseModel.model_copy(spec, update=update, deep=deep)
        assert type(ours) is type(theirs) and ours == theirs and hash_of(ours) == hash_of(theirs)
        assert ours.model_fields_set == theirs.model_fields_set
        assert ours.model_dump(warnings=False) == theirs.model_dump(warnings=False)
        assert vars(spec) == before and [*vars(ours)] == [*vars(theirs)]
        assert deep or all(vars(ours)[key] is value for key, value in vars(theirs).items())


def every_model() -> list[type[BaseModel]]:
    """All that specs, and what stands around them, are made of."""
    waiting: list[type[BaseModel]] = [Header, *(kind.spec for kind in KINDS.values())]
    found = dict[type[BaseModel], None]()
    while waiting:
        model = waiting.pop()
        if model not in found:
            found[model] = None
            waiting += (one for field in model.model_fields.values() for one in models_in(field.annotation))
    return sorted(found, key=lambda model: f"{model.__module__}.{model.__qualname__}")


@pytest.mark.parametrize("model", every_model(), ids=lambda model: str(model.__qualname__))
def test_defaults_are_valid_as_they_stand(model: type[BaseModel]) -> None:
    """They are not validated with each document: a spec leaves most of its fields out."""
    for name, field in model.model_fields.items():
        if not field.is_required():
            default = field.get_default(call_default_factory=True, validated_data={})
            said: Any = Annotated[(field.annotation, None, *field.metadata)]
            one = create_model("One", __base__=Model, value=(said, ...)).model_validate({"value": default})
            found = vars(one)["value"]
            assert found == default and type(found) is type(default), name


def hash_of(spec: Model) -> int | None:
    """None for one that holds a dictionary."""
    try:
        return hash(spec)
    except TypeError:
        return None
