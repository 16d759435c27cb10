"""From the plan's outbox to Kafka: at once after the commit, and again for what a crash or the broker's absence has left."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final

import structlog

from services.notifier.adapters.store import plans
from services.notifier.adapters.store.writing import Store
from services.notifier.plan.core.requesting import Request
from shared.errors import Transient
from shared.kafka.producing import Producer
from shared.kafka.records import Outgoing
from shared.topics import REQUESTED

__all__ = ["KafkaOutbox"]

_log = structlog.get_logger()
_LEFT_AFTER: Final = timedelta(seconds=10)
_MOST: Final = 500


class KafkaOutbox:
    def __init__(self, store: Store, producer: Producer, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._producer = producer
        self._clock = clock
        self._marking: set[asyncio.Task[None]] = set()

    async def produce(self, requests: Sequence[Request]) -> None:
        """Raises nothing: what the broker did not take stays in the outbox."""
        try:
            for start in range(0, len(requests), _MOST):
                await self._produce(requests[start : start + _MOST])
        except Transient as error:
            _log.warning("requests_wait_in_outbox", reason=error.reason, requests=len(requests))

    async def produce_left(self) -> int:
        """Produces what was asked for a while ago and still is not in Kafka; returns how many. Raises Transient."""
        async with self._store.database.read() as connection:
            left = await plans.unproduced(connection, self._clock() - _LEFT_AFTER, _MOST)
        await self._produce(left)
        return len(left)

    async def stop(self) -> None:
        await asyncio.gather(*self._marking, return_exceptions=True)

    async def _produce(self, requests: Sequence[Request]) -> None:
        if not requests:
            return
        await self._producer.send_all(
            [
                Outgoing(REQUESTED[request.event.channel], request.event.recipient_id, request.event, request.trace)
                for request in requests
            ]
        )
        # Not waited for: a mark that is lost only makes a request come twice.
        task = asyncio.create_task(self._mark([request.event.notification_id for request in requests]))
        self._marking.add(task)
        task.add_done_callback(self._marking.discard)

    async def _mark(self, notification_ids: Sequence[str]) -> None:
        try:
            await self._store.write(lambda connection: plans.mark_produced(connection, notification_ids))
        except Transient as error:
            _log.warning("requests_not_marked", reason=error.reason, requests=len(notification_ids))
