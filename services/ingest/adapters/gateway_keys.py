"""Gateway keys in the database, remembered for a few seconds: thousands of readings a second must not mean thousands of look-ups."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select, update

from services.ingest.adapters.tables import GATEWAY_KEYS
from services.ingest.core.gateway_keys import GatewayKey, key_id_of
from shared.database import Database

__all__ = ["CachedKeys", "KeyStore"]


class KeyStore:
    """What the commands use."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, key: GatewayKey) -> None:
        row = {
            "key_id": key.key_id,
            "name": key.name,
            "hash": key.hash,
            "sensors": list(key.sensors),
            "created_at": key.created_at,
        }
        async with self._database.begin() as connection:
            await connection.execute(GATEWAY_KEYS.insert(), row)

    async def all(self) -> list[GatewayKey]:
        """Oldest first, revoked ones included."""
        async with self._database.read() as connection:
            rows = await connection.execute(select(GATEWAY_KEYS).order_by(GATEWAY_KEYS.c.created_at))
            return [_key(row) for row in rows]

    async def find(self, key_id: str) -> GatewayKey | None:
        async with self._database.read() as connection:
            row = (await connection.execute(select(GATEWAY_KEYS).where(GATEWAY_KEYS.c.key_id == key_id))).first()
            return _key(row) if row else None

    async def revoke(self, key_id: str, now: datetime) -> bool:
        """False when no such key is in force."""
        in_force = (GATEWAY_KEYS.c.key_id == key_id) & GATEWAY_KEYS.c.revoked_at.is_(None)
        revoking = update(GATEWAY_KEYS).where(in_force).values(revoked_at=now).returning(GATEWAY_KEYS.c.key_id)
        async with self._database.begin() as connection:
            return (await connection.execute(revoking)).first() is not None


class CachedKeys:
    """What the edge uses.

    Args:
        store: where the keys are.
        keep_s: a key that was revoked opens nothing after so many seconds at the latest.
        monotonic: seconds that only go forward.
    """

    def __init__(self, store: KeyStore, keep_s: float, monotonic: Callable[[], float]) -> None:
        self._store = store
        self._keep_s = keep_s
        self._monotonic = monotonic
        self._known: dict[str, tuple[float, GatewayKey]] = {}

    async def opened_by(self, key: str) -> GatewayKey | None:
        """The key in force that this text is, or None. Raises Transient when the database is away."""
        key_id = key_id_of(key)
        found = await self._find(key_id) if key_id else None
        return found if found is not None and found.opens_with(key) else None

    async def _find(self, key_id: str) -> GatewayKey | None:
        looked_up_at, found = self._known.get(key_id, (0.0, None))
        now = self._monotonic()
        if found is not None and now < looked_up_at + self._keep_s:
            return found
        found = await self._store.find(key_id)
        if found is None:
            self._known.pop(key_id, None)  # unknown ids are not remembered: there is no end of them
        else:
            self._known[key_id] = (now, found)
        return found


def _key(row: Row[Any]) -> GatewayKey:
    return GatewayKey(row.key_id, row.name, row.hash, tuple(row.sensors), row.created_at, row.revoked_at)
