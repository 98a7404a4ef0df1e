"""Bugs on purpose of overrides and push domains, each switched on for a block: a check must fail of it.

python -m tests.manifests.loading.mutants
"""

import contextlib
import sys
import tempfile
from contextlib import AbstractContextManager
from pathlib import Path as Directory
from typing import Any
from unittest.mock import patch

from reconciler.kinds import push_domains
from reconciler.kinds.push_domains import PushDomain
from reconciler.manifests.loading import merging, validating
from reconciler.manifests.loading.composed import Composed
from reconciler.manifests.loading.merging import Merge
from reconciler.manifests.loading.overriding import Overriding
from reconciler.planning import ends

from ...kinds import test_push_domains as domains
from ...kinds.rules import test_rules as table
from ...mutants import Mutant, report
from . import test_overrides as overrides


def changed(owner: Any, **attributes: Any) -> Mutant:
    """Attributes of a class or a module, replaced."""

    def switched() -> AbstractContextManager[Any]:
        return patch.multiple(owner, **attributes)

    return switched


def merges_are_as_told() -> None:
    """Each row of the table."""
    for case in overrides.MERGES.values():
        overrides.test_merge(*case)


def rules_hold() -> None:
    """Of environments."""
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        for rule in (one for one in table.CASES_OF if one.startswith("ENV-")):
            for case in table.CASES_OF[rule]:
                table.assert_case(case, Directory(folder))


def faults_have_their_places() -> None:
    """Of what is overridden, and beside it."""
    overrides.test_a_warning_of_an_overridden_field_is_told_at_the_override()
    overrides.test_what_is_wrong_beside_an_override_names_both()
    overrides.test_a_secret_in_clear_is_told_at_the_override_and_not_shown()
    overrides.test_a_placeholder_in_an_override_is_told_once()
    overrides.test_what_is_overridden_is_known_with_both_places()


def digests_change() -> None:
    """Of what is overridden alone."""
    overrides.test_an_override_changes_the_digest_of_its_resource_alone()
    overrides.test_an_override_of_a_layout_changes_the_streams_that_refer_to_it()


def names_are_as_good_as_addresses() -> None:
    """Of one domain that says everything, and moments both ways."""
    domains.test_every_place_of_a_push_takes_the_name_of_a_domain()
    for decimal, text in ((False, "5C271099"), (True, "1546064025")):
        domains.test_the_moment_of_a_signature(decimal, text)
        domains.test_a_push_url_is_read_back(decimal)
    domains.test_it_is_the_same_as_in_full()


def unsigned(self: PushDomain, stream: str) -> dict[str, Any]:
    """The push of a domain, without its key."""
    return {"url": f"rtmp://{self.domain}/{self.app_name}/{stream}"}


def in_live(self: PushDomain, stream: str) -> dict[str, Any]:
    """The push of a domain, in another app."""
    whole = _PUSH(self, stream)
    return {**whole, "url": f"rtmp://{self.domain}/live/{stream}"}


_PUSH = PushDomain.push
CHECKS = (
    merges_are_as_told,
    rules_hold,
    faults_have_their_places,
    digests_change,
    names_are_as_good_as_addresses,
)


MUTANTS: dict[str, Mutant] = {
    "lists are replaced whatever their keys": changed(merging, list_keys=lambda spec, path: ()),
    "references to secrets are merged": changed(merging, holds_secret=lambda spec, path: False),
    "two overrides of one field pass": changed(Merge, _twice=lambda self, node, at: None),
    "so do two of which one is inside": changed(Merge, _conflicts=lambda self, node, at: False),
    "what removes nothing passes": changed(Merge, _remove=lambda self, around, key, node, at: None),
    "overrides are not laid": changed(Overriding, lay=lambda self, one, spec: None),
    "faults are told at the base": changed(Composed, written=lambda self, path: (self, path)),
    "nothing is said of the override beside": changed(Composed, remark=lambda self, source: ""),
    "an override does not change the digest": changed(Composed, sources=property(lambda self: (self.text,))),
    "a push domain's key is not used": changed(PushDomain, push=unsigned),
    "nor its app": changed(PushDomain, push=in_live),
    "a push domain need not be there": changed(push_domains, _unknown=lambda name, domains: ""),
    "short forms are not written out": changed(
        validating, written_out=lambda spec, value, domains: push_domains.WrittenOut(value)
    ),
    "defaults are not looked at for short forms": changed(
        validating, partial_faults=lambda spec, value, domains: ()
    ),
    "decimal moments are read in hex": changed(ends, _DECIMAL_DIGITS=0),
}


def main() -> int:
    """Prints what catches each."""
    return report(MUTANTS, CHECKS)


if __name__ == "__main__":
    sys.exit(main())
