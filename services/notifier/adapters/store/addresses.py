"""Where recipients can be reached, at the moment of sending."""

from collections.abc import Sequence

from sqlalchemy import select, update

from services.notifier.adapters.store.tables import duty_contacts, subscriptions
from services.notifier.adapters.store.writing import Store
from services.notifier.send.core.message import Address
from shared.database import Connection
from shared.events import Channel

__all__ = ["Addresses"]


class Addresses:
    def __init__(self, store: Store) -> None:
        self._store = store

    async def of(self, channel: Channel, recipient_ids: Sequence[str]) -> dict[str, Address]:
        """By recipient id; one that has left, or whose address is gone, is missing."""
        if not recipient_ids:
            return {}
        async with self._store.database.read() as connection:
            contacts = await connection.execute(
                select(duty_contacts).where(
                    duty_contacts.c.contact_id.in_(recipient_ids), duty_contacts.c.gone_reason.is_(None)
                )
            )
            found = {row.contact_id: Address(channel, row.address, row.push_keys or {}) for row in contacts}
            others = [each for each in recipient_ids if each not in found]
            return found | (await _subscribers(connection, channel, others) if others else {})

    async def forget_endpoint(self, endpoint: str, reason: str) -> None:
        """A push subscription that its service no longer knows is not tried again."""

        async def write(connection: Connection) -> None:
            for table in (duty_contacts, subscriptions):
                await connection.execute(
                    update(table)
                    .where(table.c.channel == Channel.APP, table.c.address == endpoint)
                    .values(gone_reason=reason)
                )

        await self._store.write(write)


async def _subscribers(connection: Connection, channel: Channel, recipient_ids: Sequence[str]) -> dict[str, Address]:
    rows = await connection.execute(
        select(subscriptions).where(
            subscriptions.c.subscription_id.in_(recipient_ids), subscriptions.c.gone_reason.is_(None)
        )
    )
    return {
        row.subscription_id: Address(channel, row.address, row.push_keys or {}, row.subscription_id, row.code_nonce)
        for row in rows
    }
