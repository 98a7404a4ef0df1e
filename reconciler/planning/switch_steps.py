"""The steps of a switch: a live stream that is allowed or forbidden is no task."""

from collections.abc import Callable, Mapping

from reconciler.model import Status, Verb
from reconciler.planning.steps import StepBuilder


class SwitchSteps(StepBuilder):
    """Sets a switch, or changes what it was set with."""

    def builders(self) -> Mapping[Verb, Callable[[], None]]:
        """See StepBuilder.builders."""
        return {Verb.RESUME: self._allow, Verb.STOP: self._forbid, Verb.UPDATE: self._update}

    def _allow(self) -> None:
        if self.kind.resumes is None:
            raise ValueError(f"{self.kind.name} cannot be allowed")
        self.add(self.kind.resumes.resume(self.about(self.desired.spec)), self.record(Status.ALLOWED))

    def _forbid(self) -> None:
        if self.kind.stops is None:
            raise ValueError(f"{self.kind.name} cannot be forbidden")
        for call in self.kind.stops.stop(self.about(self.desired.spec)):
            self.add(call, self.record(Status.FORBIDDEN))

    def _update(self) -> None:
        updates = self.kind.updates if self.desired.resource.wanted is not Status.ALLOWED else None
        call = updates.update(self.about_recorded()) if updates else None
        if call is None and self.renewing and self.kind.renews is not None:
            call = self.kind.renews.renew(self.about_recorded())
        if call is not None:
            self.add_in_place(call, None)
