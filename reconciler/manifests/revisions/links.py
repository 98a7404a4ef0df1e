"""Links and submodules in a revision: told where they stand for a directory, as links on the disk are.

Git lists a link as a file that holds the path it leads to; what stands behind it is not listed.
"""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence

from reconciler.errors import UsageError
from reconciler.manifests.revisions.git import ask, asking

MAX_LINKS = 10_000
"""Links below the paths whose ends are looked for; more of them are no set of manifests."""
MAX_FOLLOWED = 40
"""Links one behind another, as the kernel has it."""

LINK, SUBMODULE = "120000", "160000"
TO_DIRECTORY = (
    "found a symbolic link to a directory, which is not followed; replace it with the directory, or pass "
    "the directory as a path"
)
A_SUBMODULE = "found a submodule, whose files are not in this repository; put the files in its place"
MAX_LINK_BYTES = 4096
"""Of the path that a link holds; a longer one leads nowhere."""


def links_to_directories(commit: str, links: Mapping[str, str]) -> Iterator[str]:
    """Those of the links, by the object that each is, that lead to a directory or out of the repository.

    Raises UsageError where there are too many to look at.
    """
    if len(links) > MAX_LINKS:
        raise UsageError(f"found more than {MAX_LINKS} symbolic links", "pass the path of the manifests")
    contents = _contents(list(dict.fromkeys(links.values())))
    targets = {path: contents[one] for path, one in links.items() if one in contents}
    prefix = ask("rev-parse", "--show-prefix").printed.decode(errors="backslashreplace").strip("\n")
    inside: dict[str, str] = {}
    for path in targets:
        end = _followed(path, targets)
        if end is None:
            continue  # a ring of them, which opens nothing
        whole = os.path.normpath(os.path.join(prefix, end))
        if os.path.isabs(end) or whole.split(os.sep)[0] == os.pardir or "\n" in whole:
            yield path
        else:
            inside[path] = whole
    yield from _directories(commit, inside)


def linked_parents(commit: str, paths: Sequence[str]) -> Iterator[str]:
    """Of the paths those that go through a link, behind which git lists nothing."""
    parents = {parent: path for path in paths for parent in _parents(path)}
    if not parents:
        return
    listed = ask("ls-tree", "-z", commit, "--", *parents).printed
    for line in listed.split(b"\0"):
        head, _, raw = line.partition(b"\t")
        if head.startswith(LINK.encode()):
            yield parents.get(raw.decode(errors="backslashreplace"), "")


def _parents(path: str) -> Iterator[str]:
    """The directories that a relative path goes through, the nearest first."""
    above = "" if os.path.isabs(path) else os.path.dirname(path)
    while above and os.path.basename(above) != os.pardir:
        yield above
        above = os.path.dirname(above)


def _contents(objects: Sequence[str]) -> Mapping[str, str]:
    """What each link holds, by its object; without those that are too long to be paths."""
    checked = _answers("--batch-check", objects).split(b"\n")
    sizes = {one: int(line.rpartition(b" ")[2]) for one, line in zip(objects, checked, strict=False)}
    short = [one for one, size in sizes.items() if size <= MAX_LINK_BYTES]
    printed, found, at = _answers("--batch", short), dict[str, str](), 0
    for one in short:
        begins = at + len(f"{one} blob {sizes[one]}\n")
        at = begins + sizes[one] + 1
        found[one] = printed[begins : at - 1].decode(errors="backslashreplace")
    return found


def _answers(how: str, wanted: Iterable[str]) -> bytes:
    """What git says of each object, one after another; raises UsageError where it does not have them all."""
    given = "".join(f"{one}\n" for one in wanted).encode(errors="surrogateescape")
    with asking("cat-file", how, given=given) as answers:
        printed = b"".join(answers.pieces())
        if answers.code():
            raise UsageError(
                f"git cannot read the symbolic links of the revision: {answers.said}",
                "fetch the full history",
            )
    return printed


def _followed(path: str, targets: Mapping[str, str]) -> str | None:
    """Where a path ends, as far as the links are known; None where they go round."""
    for _ in range(MAX_FOLLOWED):
        link = next((one for one in (path, *_parents(path)) if one in targets), None)
        if link is None:
            return path
        path = os.path.normpath(
            os.path.join(os.path.dirname(link), targets[link], os.path.relpath(path, link))
        )
    return None


def _directories(commit: str, ends: Mapping[str, str]) -> Iterator[str]:
    """Of the paths those whose ends are directories in the commit."""
    named = (f"{commit}:{'' if end == os.curdir else end}" for end in ends.values())
    lines = _answers("--batch-check", named).split(b"\n")
    for path, line in zip(ends, lines, strict=False):
        if line.split(b" ")[1:2] == [b"tree"]:
            yield path
