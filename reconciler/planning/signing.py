"""What becomes of the signatures of pushes in an update."""

from enum import Enum, auto


class Signing(Enum):
    """Whether an update leaves signatures alone, sends the recorded ones once more, or makes new ones."""

    KEPT = auto()
    AGAIN = auto()
    ANEW = auto()
