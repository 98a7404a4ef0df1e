"""A plan or drift as one HTML file that needs nothing else, to be read, searched, filtered and printed.

Everything is in the markup, so that it can be read where scripts are forbidden; the script only
filters. The policy in its head allows that script and that style by their hashes, and nothing else.
The markup is in `templates`, in which every value is made safe and then escaped.
"""

import base64
import hashlib
import json
from collections.abc import Sequence
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from jinja2.ext import Extension
from markupsafe import Markup

from reconciler.reports.escape import safe
from reconciler.reports.html_values import filters_of, hint, label_texts, verb_words
from reconciler.reports.markup import svg_of_ours
from reconciler.reports.pictures import Pictures
from reconciler.reports.view import View

_UNFOLDED = 25
"""Up to how many changes are shown unfolded; of more, none."""
STYLE, SCRIPT = "report.css", "report.js"


class _Compact(Extension):
    """Leaves out the indentation and line ends of templates; an empty line ends a line of the page."""

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        """The template's source as it is compiled; the style and the script stay as they are."""
        if name is not None and name.endswith((".css", ".js")):
            return source
        return "".join(line.strip() or "\n" for line in source.splitlines())


def render_html(view: View, pictures: Pictures | None = None) -> str:
    """The view as one HTML document, with pictures of its changes.

    Raises ValueError for a picture that holds anything but shapes and words.
    """
    verdict = f"{'an apply ' if view.of_drift else ''}{view.interruptions}"
    shown = pictures or Pictures()
    return filled(
        "report.html.j2",
        [STYLE],
        [SCRIPT],
        view=view,
        title=f"{view.heading} {'of' if view.of_drift else 'for'} workspace {view.workspace}",
        verdict=verdict[0].upper() + verdict[1:],
        tone="" if view.interrupted else " calm" if view.is_calm else " wary",
        filters=filters_of(view),
        pictures={address: svg_of_ours(text) for address, text in shown.drawn.items()},
        narrow={address: svg_of_ours(text) for address, text in shown.narrow.items()},
        like=shown.like,
        unfolded=len(view.groups) <= _UNFOLDED,
    )


def filled(
    template: str, styles: Sequence[str], scripts: Sequence[str], *, asks: bool = False, **values: Any
) -> str:
    """A page whose template has these values, and `policy`; it includes these styles and scripts, in order.

    Each list stands in one element, whose text the policy allows by its hash. A page that `asks` may ask the
    server that it came from, and nobody else.
    """
    policy = _policy((*styles,), (*scripts,), asks=asks)
    page = _environment().get_template(template).render(policy=policy, **values)
    return f"{page}\n"


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("reconciler.reports"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_made_safe,
        extensions=[_Compact],
        keep_trailing_newline=True,
        auto_reload=False,
    )
    environment.filters.update(hint=hint, label_texts=label_texts, verb_words=verb_words, json=json.dumps)
    return environment


def _made_safe(value: object) -> str:
    return value if isinstance(value, Markup) else safe(str(value))


@cache
def _policy(styles: tuple[str, ...], scripts: tuple[str, ...], *, asks: bool) -> str:
    asked = "connect-src 'self'; " if asks else ""
    return (
        f"default-src 'none'; style-src '{_hash(styles)}'; script-src '{_hash(scripts)}'; "
        f"{asked}base-uri 'none'; form-action 'none'"
    )


def _hash(names: tuple[str, ...]) -> str:
    """What the policy knows styles or scripts by: of the text that stands in their element."""
    source = "".join(_environment().get_template(name).render() for name in names)
    return f"sha256-{base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()}"
