"""How a refused request is told: one exception that carries the documented code (errors.md)."""


class ApiError(Exception):
    """A request the cloud refuses; the gateway turns it into the answer's `Error` object."""

    def __init__(self, code: str, message: str) -> None:
        """Keep the dotted code apart from the text for people."""
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
