"""Tells the rest of Hejnał of every new state, in the order of the ledger, at least once."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

import structlog

from services.notifier import metrics
from services.notifier.adapters.store.book import LedgerBook
from services.notifier.send.core.announcing import settled_event
from services.notifier.send.core.ledger import FINAL
from services.notifier.send.core.writing import Changed
from shared.errors import Transient
from shared.events import NotificationSettled, NotificationState
from shared.kafka.producing import Producer
from shared.kafka.records import Outgoing
from shared.topics import SETTLED

__all__ = ["Announcer"]

_log = structlog.get_logger()
_MOST: Final = 500


class Announcer:
    """`book` is set once it exists: the ledger's changes come here."""

    def __init__(self, producer: Producer, clock: Callable[[], datetime]) -> None:
        self.book: LedgerBook | None = None
        self._producer = producer
        self._clock = clock
        self._waiting: list[Changed] = []
        self._task: asyncio.Task[None] | None = None

    def changed(self, changes: Sequence[Changed]) -> None:
        """Never fails and never waits: what can't be told now is told by `tell_left`."""
        for change in changes:
            _count(change, self._clock())
        self._waiting += changes
        if changes and (self._task is None or self._task.done()):
            self._task = asyncio.create_task(self._drain())

    async def announce(self, event: NotificationSettled) -> None:
        """One that is not in the ledger. Raises Transient."""
        await self._producer.send(SETTLED, event.notification_id, event)

    async def tell_left(self) -> int:
        """Tells what a crash or the broker's absence has left; returns how many. Raises Transient."""
        assert self.book is not None
        lines = await self.book.unpublished()
        if lines:
            await self._producer.send_all([
                Outgoing(
                    SETTLED,
                    line.event.notification_id,
                    settled_event(line.event, line.state, line.reason, line.provider, line.provider_message_id,
                                  line.attempts, line.at),
                    line.trace,
                )
                for line in lines
            ])  # fmt: skip
            await self.book.mark_published([(line.event.notification_id, line.state, line.attempts) for line in lines])
        return len(lines)

    async def stop(self) -> None:
        if self._task is not None:
            await self._task

    async def _drain(self) -> None:
        assert self.book is not None
        while self._waiting:
            lot, self._waiting = self._waiting[:_MOST], self._waiting[_MOST:]
            try:
                await self._producer.send_all([_outgoing(change) for change in lot])
                await self.book.mark_published([_name(change) for change in lot])
            except Transient as error:
                _log.warning("states_not_told_yet", reason=error.reason, states=len(lot))


def _outgoing(change: Changed) -> Outgoing:
    entry = change.entry
    event = settled_event(
        entry.event,
        entry.state,
        change.reason,
        entry.provider,
        entry.provider_message_id,
        entry.attempts,
        entry.changed_at,
    )
    return Outgoing(SETTLED, entry.notification_id, event, entry.trace)


def _name(change: Changed) -> tuple[str, str, int]:
    return change.entry.notification_id, change.entry.state, change.entry.attempts


def _count(change: Changed, now: datetime) -> None:
    entry = change.entry
    metrics.STATES.labels(entry.event.channel, entry.state, change.reason).inc()
    seconds = max(0.0, (now - entry.event.received_at).total_seconds())
    labels = (entry.event.channel, entry.event.urgency)
    if entry.state is NotificationState.HANDED_OVER:
        metrics.END_TO_END_SECONDS.labels(*labels, "handed_over").observe(seconds)
    elif entry.state in FINAL:
        metrics.END_TO_END_SECONDS.labels(*labels, "settled").observe(seconds)
