"""Repositories made to hurt: settings that name programs, pipes in the place of files, trees without end."""

import os
import shutil
import subprocess
import zlib
from collections.abc import Callable
from hashlib import sha1
from pathlib import Path

WHO = ("-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
WORKSPACE = """\
apiVersion: reconciler/v1
kind: Workspace
metadata: {name: demo}
spec: {region: ap-guangzhou, trtc: {sdkAppId: 1400188366, secretKey: {env: TRTC_SECRET_KEY}}}
"""
STREAM = """\
apiVersion: reconciler/v1
kind: IngestStream
metadata: {name: film}
spec: {room: 295066, streamUrl: "https://example.org/film.mp4", userId: film}
"""
COMMANDS = (
    ("diff", "--git", "main..change"),
    ("diff", "--git", "main...change"),
    ("diff", "--git", "main", "manifests"),
    ("diff", "--git", "main@{0}..change"),
)


def git(where: Path, *arguments: str, given: bytes = b"") -> str:
    ran = subprocess.run(["git", *WHO, *arguments], cwd=where, input=given, capture_output=True, check=True)
    return ran.stdout.decode().strip()


def plain(where: Path) -> Path:
    """A repository with two branches that differ in a stream, and a file that is not at hand."""
    manifests = where / "manifests"
    manifests.mkdir(parents=True)
    git(where, "init", "--quiet", "--initial-branch", "main")
    for name, text in (("workspace.yaml", WORKSPACE), ("film.yaml", STREAM)):
        (manifests / name).write_text(text)
    (where / ".gitattributes").write_text("* filter=evil diff=evil merge=evil\n")
    git(where, "add", "--all")
    git(where, "commit", "--quiet", "--message", "as it is")
    git(where, "checkout", "--quiet", "-b", "change")
    (manifests / "film.yaml").write_text(STREAM.replace("film.mp4", "second.mp4"))
    git(where, "commit", "--quiet", "--all", "--message", "changed")
    return where


def without_its_objects(where: Path) -> None:
    """What a partial clone lacks: the manifests of the main branch."""
    blob = git(where, "rev-parse", "main:manifests/film.yaml")
    (where / ".git/objects" / blob[:2] / blob[2:]).unlink()


def promisor(url: str, *more: str) -> tuple[str, ...]:
    """Settings that have a missing object fetched from an address."""
    settings = ("core.repositoryFormatVersion=1", "extensions.partialClone=evil", "remote.evil.promisor=true")
    return (*settings, f"remote.evil.url={url}", "remote.evil.fetch=+refs/*:refs/*", *more)


# CANARY is a program that tells that it ran, REPOSITORY this one.
FETCHED: dict[str, tuple[str, ...]] = {
    "by a program": promisor("ext::CANARY"),
    "by a program with words": promisor("ext::CANARY %S"),
    "by ssh": promisor("ssh://host/path", "core.sshCommand=CANARY"),
    "by ssh, short": promisor("host:path", "core.sshCommand=CANARY", "ssh.variant=simple"),
    "from a directory": promisor("REPOSITORY", "remote.evil.uploadpack=CANARY"),
    "from a file address": promisor("file://REPOSITORY", "remote.evil.uploadpack=CANARY"),
    "through a proxy": promisor("git://127.0.0.1/path", "core.gitProxy=CANARY"),
    "by a helper": promisor("x", "remote.evil.vcs=ext"),
    "with a password": promisor("http://127.0.0.1:9/x", "credential.helper=!CANARY", "core.askPass=CANARY"),
    "by protocols it allows itself": promisor(
        "ext::CANARY", "protocol.allow=always", "protocol.ext.allow=always"
    ),
    "by another address": promisor("x://y", "url.ext::CANARY.insteadOf=x://y"),
    "by the old way": ("core.repositoryFormatVersion=1", *promisor("ext::CANARY")[2:]),
}
NAMED: dict[str, tuple[str, ...]] = {
    "a monitor": ("core.fsmonitor=CANARY",),
    "hooks": ("core.hooksPath=HOOKS",),
    "a pager": (
        "core.pager=CANARY",
        "pager.ls-tree=CANARY",
        "pager.cat-file=CANARY",
        "pager.rev-parse=CANARY",
    ),
    "an editor": ("core.editor=CANARY", "sequence.editor=CANARY"),
    "a diff": ("diff.external=CANARY", "diff.evil.command=CANARY", "diff.evil.textconv=CANARY"),
    "filters": ("filter.evil.smudge=CANARY", "filter.evil.clean=CANARY", "filter.evil.process=CANARY"),
    "a merge": ("merge.evil.driver=CANARY",),
    "signatures": ("gpg.program=CANARY", "gpg.ssh.program=CANARY", "log.showSignature=true"),
    "other names": tuple(
        f"alias.{name}=!CANARY" for name in ("rev-parse", "ls-tree", "cat-file", "merge-base", "version")
    ),
    "packs": ("uploadpack.packObjectsHook=CANARY", "core.alternateRefsCommand=CANARY"),
    "traces": ("trace2.eventTarget=af_unix:/nowhere", "trace2.normalTarget=CANARY"),
    "more settings": ("include.path=MORE", "includeIf.gitdir:/.path=MORE"),
    "a place elsewhere": ("core.worktree=/", "core.bare=true"),
}


def settings(where: Path, names: tuple[str, ...], canary: Path) -> None:
    """Writes settings as somebody who can write below `.git` would."""
    more = canary.with_name("more")
    more.write_text(f"[core]\n\tfsmonitor = {canary}\n\tsshCommand = {canary}\n")
    stand_for = {
        "CANARY": str(canary),
        "REPOSITORY": str(where),
        "HOOKS": str(canary.parent),
        "MORE": str(more),
    }
    for setting in names:
        name, _, value = setting.partition("=")
        for word, path in stand_for.items():
            name, value = name.replace(word, path), value.replace(word, path)
        git(where, "config", "--file", str(where / ".git/config"), "--add", name, value)


def canary_in(directory: Path) -> tuple[Path, Path]:
    """A program, under the names of all hooks, too, and the file that it leaves."""
    directory.mkdir()
    program, mark = directory / "canary", directory / "it-ran"
    program.write_text(f"#!/bin/sh\necho ran >> {mark}\nexit 1\n")
    program.chmod(0o755)
    for hook in ("post-index-change", "reference-transaction", "fsmonitor-watchman", "post-checkout"):
        shutil.copy(program, directory / hook)
    return program, mark


# Pipes and devices in the place of files

FILES = (
    *("HEAD", "config", "config.worktree", "packed-refs", "commondir", "shallow", "index", "description"),
    *("info/grafts", "info/exclude", "info/attributes", "refs/heads/main", "refs/heads/change", "logs/HEAD"),
    *(
        "logs/refs/heads/main",
        "objects/info/alternates",
        "objects/info/commit-graph",
        "objects/pack/pack-x.idx",
    ),
    "objects/info/http-alternates",
)
KINDS: dict[str, Callable[[Path], None]] = {
    "a pipe": lambda path: os.mkfifo(path),
    "a link to a device": lambda path: path.symlink_to("/dev/zero"),
    "a link to a pipe": lambda path: (os.mkfifo(f"{path}-pipe"), path.symlink_to(f"{path}-pipe"))[1],
}


# Trees without end


def nested(where: Path, leaf: str, *, wide: int, deep: int, name: str = "d") -> None:
    """The branch `change` with a tree of `wide` ** `deep` files that a few objects make up."""
    inside = bytes.fromhex(git(where, "hash-object", "-w", "--stdin"))
    mode, called = b"100644", leaf
    for _ in range(deep):
        entries = (mode + f" {number:02}{called}\0".encode() + inside for number in range(wide))
        inside = bytes.fromhex(written(where, "tree", b"".join(entries)))
        mode, called = b"40000", name
    top = written(where, "tree", b"40000 manifests\0" + inside)
    commit = git(where, "commit-tree", "-p", "main", "-m", "without end", top)
    git(where, "update-ref", "refs/heads/change", commit)


def written(where: Path, kind: str, data: bytes) -> str:
    """A loose object; its name."""
    whole = f"{kind} {len(data)}\0".encode() + data
    name = sha1(whole).hexdigest()
    file = where / ".git/objects" / name[:2] / name[2:]
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(zlib.compress(whole))
    return name


def heavy(where: Path, kind: str, size: int) -> str:
    """An object of zeros that is small as it lies there; its name."""
    header = f"{kind} {size}\0".encode()
    packer, digest = zlib.compressobj(1), sha1(header)
    pieces = [packer.compress(header)]
    for _ in range(size // 2**20):
        digest.update(bytes(2**20))
        pieces.append(packer.compress(bytes(2**20)))
    name = digest.hexdigest()
    file = where / ".git/objects" / name[:2] / name[2:]
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(b"".join(pieces) + packer.flush())
    return name
