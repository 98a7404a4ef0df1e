"""What is plainly a name, and no secret that stands where a name should: by its form alone."""

import re

# A few words of letters, or a variable's name in capitals, which may hold digits between its bars.
_NAME = re.compile(r"[A-Za-z_]{1,32}|[A-Z][A-Z0-9]{0,15}(_[A-Z0-9]{1,15}){1,6}")


def is_name(text: str) -> bool:
    """Whether a text is plainly a name, and no secret that stands where a name should."""
    return _NAME.fullmatch(text) is not None
