"""Whether the commit at hand is still the tip of its branch: an old run must not apply an old commit."""

import base64
import os
import subprocess
from collections.abc import Mapping

from ci.errors import StepError

_SECONDS = 120


def is_tip(branch: str, environ: Mapping[str, str]) -> bool:
    """Whether HEAD is what the branch of `origin` points to now; raises StepError if git cannot tell."""
    here = _git(["rev-parse", "--verify", "HEAD"], {})
    told = _git(["ls-remote", "--exit-code", "origin", f"refs/heads/{branch}"], _sign_in(environ))
    return told.split()[0] == here.strip()


def _sign_in(environ: Mapping[str, str]) -> dict[str, str]:
    """Lets git read a private repository of GitHub's with the step's token: the checkout kept none."""
    token, server = environ.get("GITHUB_TOKEN"), environ.get("GITHUB_SERVER_URL")
    if not token or not server:
        return {}
    basic = base64.b64encode(f"x-access-token:{token}".encode()).decode()
    return {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"http.{server}/.extraheader",
        "GIT_CONFIG_VALUE_0": f"AUTHORIZATION: basic {basic}",
    }


def _git(arguments: list[str], more: Mapping[str, str]) -> str:
    environment = {**os.environ, **more, "GIT_TERMINAL_PROMPT": "0"}
    try:
        found = subprocess.run(
            ["git", *arguments], env=environment, capture_output=True, text=True, timeout=_SECONDS
        )
    except (FileNotFoundError, subprocess.TimeoutExpired) as error:
        raise StepError(f"git {arguments[0]} did not answer: {error}") from error
    if found.returncode:
        raise StepError(f"git {' '.join(arguments)} failed: {found.stderr.strip()}")
    return found.stdout
