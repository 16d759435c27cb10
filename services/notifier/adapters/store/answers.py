"""Who was asked for an answer, and what their alerts have become."""

from typing import Any

from sqlalchemy import Row, Select, delete, select

from services.notifier.adapters.store.tables import IS_OPEN, duty_contacts, duty_people, plans, requests, subscriptions
from services.notifier.adapters.store.writing import Store
from services.notifier.answering.flow import Asked
from shared.database import Connection
from shared.events import AlertChanged, Channel

__all__ = ["Answers"]


class Answers:
    def __init__(self, store: Store) -> None:
        self._store = store

    async def asked(self, notification_id: str) -> Asked | None:
        """None when it asked nobody on duty, or when that person is on duty no longer."""
        async with self._store.database.read() as connection:
            row = (await connection.execute(_ASKED.where(requests.c.notification_id == notification_id))).first()
        return _read(row) if row else None

    async def asked_of(self, phone: str) -> Asked | None:
        query = (
            _ASKED.where(
                duty_contacts.c.channel == Channel.SMS,
                duty_contacts.c.address == phone,
                IS_OPEN,
            )
            .order_by(requests.c.created_at.desc())
            .limit(1)
        )
        async with self._store.database.read() as connection:
            row = (await connection.execute(query)).first()
        return _read(row) if row else None

    async def leave(self, phone: str) -> int:
        async def write(connection: Connection) -> int:
            mine = (subscriptions.c.channel == Channel.SMS, subscriptions.c.address == phone)
            gone = await connection.execute(
                delete(subscriptions).where(*mine).returning(subscriptions.c.subscription_id)
            )
            return len(gone.all())

        return await self._store.write(write)


_ASKED: Select[Any] = (
    select(requests.c.notification_id, duty_people.c.name, plans.c.alert)
    .join(duty_contacts, duty_contacts.c.contact_id == requests.c.recipient_id)
    .join(duty_people, duty_people.c.person_id == duty_contacts.c.person_id)
    .join(plans, plans.c.alert_id == requests.c.alert_id)
    .where(requests.c.purpose.in_(("alert", "escalation")))
)


def _read(row: Row[Any]) -> Asked:
    return Asked(row.notification_id, row.name, AlertChanged.model_validate_json(row.alert))
