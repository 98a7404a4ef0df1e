"""The mixes of the simulated cloud: which session runs, and when one is left by all its inputs (mixes §1)."""

from typing import Any

from .deadlines import Deadlines
from .inputs import Inputs
from .store import Store
from .streams import StreamName
from .tasks import Task, Tasks

KIND = "mix"
INPUTS_GONE, GONE_SECONDS = "inputs-gone", 15 * 60
CANCELLED = "cancelled"
STREAM_TYPES = (0, 4, 5)
NEW_STREAM = 1
UNKNOWN_PLACE = ("mixed.livepush.example", "live")


class Mixes:
    """Finds sessions, and watches what they are made from."""

    def __init__(self, store: Store, tasks: Tasks, inputs: Inputs, deadlines: Deadlines) -> None:
        """Work on the store, with the world's other parts."""
        self._store = store
        self._tasks = tasks
        self._inputs = inputs
        self._deadlines = deadlines

    def living(self) -> list[Task]:
        """Every session that runs."""
        return self._tasks.living(KIND)

    def of(self, session: str) -> Task | None:
        """The session of that name, if it runs."""
        return next((one for one in self.living() if one.request["MixStreamSessionId"] == session), None)

    def cancelled_at(self, session: str) -> float | None:
        """When a session of that name was cancelled last, by whomever."""
        found = self._store.row(
            "SELECT max(ended_at) AS at FROM tasks WHERE kind = ? AND end_reason = ? "
            "AND json_extract(request, '$.MixStreamSessionId') = ?",
            (KIND, CANCELLED, session),
        )
        return None if found is None else found["at"]

    def mind_inputs(self, now: float, by_name: bool) -> None:
        """Begin to count for each session that all its inputs have left; stop where one has come back."""
        for task in self.living():
            names = streams_of(task.request)
            gone = names and all(self._inputs.since(name, now, by_name) is None for name in names)
            counted = self._deadlines.has(task.task_id, INPUTS_GONE)
            if gone and not counted:
                self._deadlines.expect(task.task_id, INPUTS_GONE, now + GONE_SECONDS)
            elif counted and not gone:
                self._deadlines.expect(task.task_id, INPUTS_GONE, None)

    def output_of(self, request: dict[str, Any]) -> dict[str, StreamName]:
        """The stream that a session makes, beside the first of its inputs whose place is known."""
        output = request["OutputParams"]
        if output.get("OutputStreamType", 0) != NEW_STREAM:
            return {}
        domain, app = next(filter(None, map(self._place, streams_of(request))), UNKNOWN_PLACE)
        name = output["OutputStreamName"]
        return {f"mix:{name}": StreamName(domain, app, name)}

    def _place(self, stream: str) -> tuple[str, str] | None:
        found = self._store.row("SELECT domain, app FROM streams WHERE stream = ?", (stream,))
        return None if found is None else (found["domain"], found["app"])

    def makes(self, stream: str) -> bool:
        """Whether a session makes a new stream of that name."""
        return any(
            output.get("OutputStreamType", 0) == NEW_STREAM and output["OutputStreamName"] == stream
            for output in (task.request["OutputParams"] for task in self.living())
        )


def streams_of(request: dict[str, Any]) -> list[str]:
    """The names of the inputs that are streams, and neither images nor a canvas."""
    return [
        one["InputStreamName"]
        for one in request["InputStreamList"]
        if one["LayoutParams"].get("InputType", 0) in STREAM_TYPES
    ]
