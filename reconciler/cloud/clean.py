"""What a secret's value has that was copied along with it: blanks, line breaks, marks that nobody sees."""

_MARK = "\ufeff"


def dirt_of(value: str) -> str | None:
    """What is wrong with a secret's value, in words that hold nothing of it; None if it is clean.

    A key with a line break behind it makes a signature that nobody accepts, and an address with one is none.
    """
    if value and not value.strip(f"{_MARK} \t\r\n"):
        return "has only white space"
    if value.startswith(_MARK):
        return "begins with a byte order mark"
    if value.endswith(("\n", "\r")):
        return "ends with a line break"
    if value != value.strip():
        return "begins or ends with white space"
    if "\n" in value or "\r" in value:
        return "contains a line break"
    return None if value.isprintable() else "contains an invisible character"
