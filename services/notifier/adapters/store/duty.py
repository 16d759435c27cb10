"""The duty list: people with their contacts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy import delete, select

from services.notifier.adapters.store.rosters import turns_at
from services.notifier.adapters.store.tables import duty_contacts, duty_people
from services.notifier.adapters.store.writing import Store
from services.notifier.plan.core.duty import Contact, DutyPerson
from shared.database import Connection
from shared.events import Category, Channel, Language, Urgency
from shared.ids import derived_id, new_id

__all__ = ["DutyEntry", "DutyList", "NewContact", "on_duty"]


_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class NewContact:
    """`push_keys` are a push subscription's `p256dh` and `auth`; `address` is then its endpoint."""

    channel: Channel
    address: str
    push_keys: dict[str, str] | None = None


@dataclass(frozen=True, slots=True)
class DutyEntry:
    """A person as imported. Empty teams, urgencies or categories mean all of them."""

    name: str
    language: Language
    contacts: tuple[NewContact, ...]
    teams: tuple[str, ...] = ()
    urgencies: tuple[Urgency, ...] = ()
    categories: tuple[Category, ...] = ()


async def on_duty(connection: Connection, at: datetime) -> list[DutyPerson]:
    """Everyone with the contacts that still work, and the teams in which they do not have the turn, in the order of their ids."""
    people = (await connection.execute(select(duty_people).order_by(duty_people.c.person_id))).all()
    if not people:
        return []
    rows = await connection.execute(
        select(duty_contacts).where(duty_contacts.c.gone_reason.is_(None)).order_by(duty_contacts.c.contact_id)
    )
    turns = await turns_at(connection, at)
    for team in turns.gaps:
        _log.warning("nobody_has_the_turn", team=team, action="all of the team are told")
    contacts: dict[str, list[Contact]] = {}
    for row in rows:
        contacts.setdefault(row.person_id, []).append(Contact(row.contact_id, Channel(row.channel), row.address))
    return [
        DutyPerson(
            person.person_id,
            Language(person.language),
            tuple(contacts.get(person.person_id, ())),
            frozenset(person.teams),
            frozenset(map(Urgency, person.urgencies)),
            frozenset(map(Category, person.categories)),
            turns.off(person.name),
        )
        for person in people
    ]


class DutyList:
    """For the command line; who is told reads by `on_duty`."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def put(self, entries: Sequence[DutyEntry], now: datetime) -> None:
        """Adds people; one whose name is known already takes the new contacts in place of the old."""

        async def write(connection: Connection) -> None:
            for entry in entries:
                await self._put(connection, entry, now)

        await self._store.write(write)

    async def remove(self, name: str) -> bool:
        async def write(connection: Connection) -> bool:
            gone = await connection.execute(
                delete(duty_people).where(duty_people.c.name == name).returning(duty_people.c.person_id)
            )
            return gone.first() is not None

        return await self._store.write(write)

    async def entries(self) -> list[DutyEntry]:
        async with self._store.database.read() as connection:
            people = (await connection.execute(select(duty_people).order_by(duty_people.c.name))).all()
            rows = (await connection.execute(select(duty_contacts).order_by(duty_contacts.c.contact_id))).all()
        contacts: dict[str, list[NewContact]] = {}
        for row in rows:
            contacts.setdefault(row.person_id, []).append(NewContact(Channel(row.channel), row.address, row.push_keys))
        return [
            DutyEntry(
                person.name,
                Language(person.language),
                tuple(contacts.get(person.person_id, ())),
                tuple(person.teams),
                tuple(map(Urgency, person.urgencies)),
                tuple(map(Category, person.categories)),
            )
            for person in people
        ]

    async def _put(self, connection: Connection, entry: DutyEntry, now: datetime) -> None:
        values = {
            "language": entry.language,
            "teams": list(entry.teams),
            "urgencies": list(entry.urgencies),
            "categories": list(entry.categories),
        }
        insert = self._store.database.insert(duty_people).values(
            person_id=new_id(now), name=entry.name, created_at=now, **values
        )
        upsert = insert.on_conflict_do_update(index_elements=["name"], set_=values).returning(duty_people.c.person_id)
        person_id: str = (await connection.execute(upsert)).scalar_one()
        await connection.execute(delete(duty_contacts).where(duty_contacts.c.person_id == person_id))
        rows = [
            {
                # The same contact keeps its id over an import, and with it what it has been told.
                "contact_id": derived_id(person_id, f"{contact.channel}|{contact.address}", _EPOCH_OF_CONTACTS),
                "person_id": person_id,
                "channel": contact.channel,
                "address": contact.address,
                "push_keys": contact.push_keys,
            }
            for contact in {(each.channel, each.address): each for each in entry.contacts}.values()
        ]
        if rows:
            await connection.execute(duty_contacts.insert(), rows)


_EPOCH_OF_CONTACTS = datetime.fromisoformat("2026-01-01T00:00:00+00:00")
