"""Asks for a notification that no alert stands behind, such as a code, on the same way as all others."""

from datetime import datetime

from services.notifier.adapters.outbox import KafkaOutbox
from services.notifier.adapters.store import plans
from services.notifier.adapters.store.writing import Store
from services.notifier.plan.core.requesting import Request

__all__ = ["Asking"]


class Asking:
    def __init__(self, store: Store, outbox: KafkaOutbox) -> None:
        self._store = store
        self._outbox = outbox

    async def ask(self, request: Request, now: datetime) -> None:
        """Raises Transient when it could not be kept."""
        database = self._store.database
        kept = await self._store.write(lambda connection: plans.add_requests(database, connection, [request], now))
        await self._outbox.produce(kept)
