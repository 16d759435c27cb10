"""How far a start has come: written by the supervisor in the background, shown by the `hejnal up` in the foreground."""

import time
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path

from pydantic import BaseModel

from hejnal.stack.files import write_json

__all__ = ["Progress", "Start", "Step", "StepState"]


class StepState(StrEnum):
    WAITING = "waiting"
    READY = "ready"
    FAILED = "failed"


class Step(BaseModel):
    name: str
    state: StepState
    detail: str = ""
    seconds: float = 0
    """Since the start as a whole began."""


class Start(BaseModel):
    """The whole start. `ready` None while it goes on."""

    steps: list[Step] = []
    ready: bool | None = None
    why: str = ""


class Progress:
    def __init__(self, path: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self._path = path
        self._clock = clock
        self._began = clock()
        self._steps: dict[str, Step] = {}
        self._save(None, "")

    def note(self, name: str, state: StepState, detail: str = "") -> None:
        seconds = round(self._clock() - self._began, 2)
        step = Step(name=name, state=state, detail=detail, seconds=seconds)
        known = self._steps.get(name)
        if known is None or (known.state, known.detail) != (step.state, step.detail):
            self._steps[name] = step
            self._save(None, "")

    def waiting(self) -> dict[str, str]:
        """What is not ready, and why."""
        return {name: step.detail for name, step in self._steps.items() if step.state is not StepState.READY}

    def finish(self, *, ready: bool, why: str = "") -> None:
        self._save(ready, why)

    def _save(self, ready: bool | None, why: str) -> None:
        write_json(self._path, Start(steps=list(self._steps.values()), ready=ready, why=why).model_dump(mode="json"))
