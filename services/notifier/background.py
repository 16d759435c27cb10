"""What goes on beside the stages: waiting steps, broadcasts, retries, what crashes have left, and the sign of life."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime

import structlog

from shared.errors import Transient

__all__ = ["Alarm", "again_and_again"]

_log = structlog.get_logger()


class Alarm:
    """Wakes a loop before its time."""

    def __init__(self) -> None:
        self._rings = asyncio.Event()

    def ring(self) -> None:
        self._rings.set()

    async def wait(self, timeout_s: float) -> None:
        try:
            async with asyncio.timeout(timeout_s):
                await self._rings.wait()
        except TimeoutError:
            pass
        self._rings.clear()


async def again_and_again(
    what: str,
    work: Callable[[], Awaitable[datetime | None]],
    wait: Callable[[float], Awaitable[None]],
    clock: Callable[[], datetime],
    at_the_latest_s: float,
) -> None:
    """Works until it is cancelled: again when `wait` is woken, when what `work` named is due, and at the latest after so many seconds.

    A failing database or broker is waited for; anything else is logged and does not end the loop, which nobody would restart.
    """
    while True:
        due: datetime | None = None
        try:
            due = await work()
        except Transient as error:
            _log.warning("background_work_waits", what=what, reason=error.reason)
        except Exception:  # noqa: BLE001 — logged; nobody would start the loop again
            _log.exception("background_work_failed", what=what)
        if _is_cancelled():  # and the work has turned that into an error of its own
            return
        timeout_s = at_the_latest_s
        if due is not None:
            timeout_s = min(at_the_latest_s, max(0.001, (due - clock()).total_seconds()))
        await wait(timeout_s)


def _is_cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
