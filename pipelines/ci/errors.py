"""What ends a step with one line instead of a traceback."""


class StepError(Exception):
    """A step that cannot go on; the message says where, what was found and what to do."""
