"""What a secret's value has that was copied along with it: blanks, line breaks, marks that nobody sees."""

_MARK = "\ufeff"


def dirt_of(value: str) -> str | None:
    """What is wrong with a secret's value, in words that hold nothing of it; None if it is clean.

    A key with a line break behind it makes a signature that nobody accepts, and an address with one is none.
    """
    if value and not value.strip(f"{_MARK} \t\r\n"):
        return "holds nothing but blanks"
    if value.startswith(_MARK):
        return "begins with a byte order mark"
    if value.endswith(("\n", "\r")):
        return "ends with a line break"
    if value != value.strip():
        return "begins or ends with a blank"
    if "\n" in value or "\r" in value:
        return "has a line break inside"
    return None if value.isprintable() else "holds a character that cannot be seen"
