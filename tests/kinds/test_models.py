"""What all models of specs have alike: a copy is as pydantic makes one."""

import pytest
import yaml
from pydantic import BaseModel

from reconciler.kinds import KINDS
from reconciler.kinds.marks import Model
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


def hash_of(spec: Model) -> int | None:
    """None for one that holds a dictionary."""
    try:
        return hash(spec)
    except TypeError:
        return None
