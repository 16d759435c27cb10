"""Texts from phones that come in parts: taken once, whole, and each part acknowledged only then."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from services.notifier.adapters.smpp.pdus import TextPdu

__all__ = ["Joining", "OnText"]

OnText = Callable[[str, str], Awaitable[None]]
"""Phone (E.164) and text."""
_Key = tuple[str, int, int]


@dataclass(slots=True)
class _Waiting:
    done: "asyncio.Future[None]"
    texts: dict[int, str] = field(default_factory=dict)


class Joining:
    """`take` gets what has arrived when the last part is there or `patience_s` have passed since the first."""

    def __init__(self, take: OnText, patience_s: float) -> None:
        self._take = take
        self._patience_s = patience_s
        self._waiting: dict[_Key, _Waiting] = {}

    async def add(self, pdu: TextPdu) -> None:
        """Returns once the whole text is kept; raises what `take` raised, for every part alike."""
        if pdu.part is None:
            await self._take(pdu.phone, pdu.text)
            return
        reference, total, number = pdu.part
        key = (pdu.phone, reference, total)
        waiting = self._waiting.get(key)
        if waiting is None:
            waiting = self._waiting[key] = _Waiting(asyncio.get_running_loop().create_future())
        waiting.texts[number] = pdu.text
        if len(waiting.texts) < total:
            await asyncio.wait([waiting.done], timeout=self._patience_s)
        if self._waiting.get(key) is waiting:
            del self._waiting[key]
            await self._finish(pdu.phone, waiting)
        await asyncio.shield(waiting.done)

    async def _finish(self, phone: str, waiting: _Waiting) -> None:
        try:
            await self._take(phone, "".join(text for _, text in sorted(waiting.texts.items())))
        except Exception as error:  # noqa: BLE001 — for every part that waits; the SMSC sends them all again
            waiting.done.set_exception(error)
        else:
            waiting.done.set_result(None)
