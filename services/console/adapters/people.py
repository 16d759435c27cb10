"""People and programs that may sign in, their tokens and sessions. Secrets are kept as hashes only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update

from services.console.adapters.tables import sessions, tokens, users
from services.console.core.credentials import fingerprint
from services.console.core.roles import Identity, Role
from shared.database import Connection, Database
from shared.ids import new_id

__all__ = ["People", "Person"]


@dataclass(frozen=True, slots=True)
class Person:
    user_id: str
    username: str
    role: Role
    password_hash: str | None
    disabled: bool
    created_at: datetime


class People:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def named(self, username: str) -> Person | None:
        async with self._database.read() as connection:
            return await _named(connection, username)

    async def everybody(self) -> Sequence[Person]:
        async with self._database.read() as connection:
            return [_person(row) for row in await connection.execute(select(users).order_by(users.c.username))]

    async def save(
        self, username: str, role: Role, password_hash: str | None, token: str | None, now: datetime
    ) -> Person:
        """Create the person, or bring the one of that name to this. A token is added to those there are."""
        async with self._database.begin() as connection:
            there = await _named(connection, username)
            person = Person(
                there.user_id if there else new_id(now),
                username.casefold(),
                role,
                password_hash or (there.password_hash if there else None),
                disabled=False,
                created_at=there.created_at if there else now,
            )
            insert = self._database.insert(users)
            changed = {name: insert.excluded[name] for name in ("role", "password_hash", "disabled")}
            await connection.execute(
                insert.values(_row(person)).on_conflict_do_update(index_elements=["username"], set_=changed)
            )
            if token is not None:
                row = {"token_hash": fingerprint(token), "user_id": person.user_id, "created_at": now}
                await connection.execute(self._database.insert(tokens).values(row).on_conflict_do_nothing())
        return person

    async def set_password(self, username: str, password_hash: str) -> bool:
        """End all sessions of the person too. False where there is nobody of that name."""
        return await self._change(username, {"password_hash": password_hash})

    async def disable(self, username: str) -> bool:
        """End all sessions of the person, and refuse their tokens. False where there is nobody of that name."""
        return await self._change(username, {"disabled": True})

    async def open_session(
        self, person: Person, secret: str, now: datetime, expires_at: datetime, *, instead_of: str | None
    ) -> None:
        """A sign-in always makes a new session, and ends the one the browser had: nobody can prepare it for another."""
        row = {
            "session_hash": fingerprint(secret),
            "user_id": person.user_id,
            "created_at": now,
            "expires_at": expires_at,
        }
        async with self._database.begin() as connection:
            await connection.execute(self._database.insert(sessions).values(row))
            if instead_of is not None:
                await connection.execute(delete(sessions).where(sessions.c.session_hash == fingerprint(instead_of)))

    async def close_session(self, session_hash: str) -> None:
        async with self._database.begin() as connection:
            await connection.execute(delete(sessions).where(sessions.c.session_hash == session_hash))

    async def forget_sessions(self, before: datetime) -> None:
        async with self._database.begin() as connection:
            await connection.execute(delete(sessions).where(sessions.c.expires_at < before))

    async def by_session(self, session_hash: str, now: datetime) -> Identity | None:
        query = select(users, sessions.c.session_hash).join(sessions, sessions.c.user_id == users.c.user_id)
        return await self._identity(
            query.where(sessions.c.session_hash == session_hash, sessions.c.expires_at > now), session_hash
        )

    async def by_token(self, token_hash: str) -> Identity | None:
        query = select(users).join(tokens, tokens.c.user_id == users.c.user_id)
        return await self._identity(query.where(tokens.c.token_hash == token_hash), None)

    async def by_id(self, user_id: str) -> Identity | None:
        return await self._identity(select(users).where(users.c.user_id == user_id), None)

    async def _identity(self, query: Any, session_hash: str | None) -> Identity | None:
        async with self._database.read() as connection:
            row = (await connection.execute(query.where(users.c.disabled.is_(False)))).first()
        return Identity(row.user_id, row.username, Role(row.role), session_hash) if row else None

    async def _change(self, username: str, values: dict[str, Any]) -> bool:
        async with self._database.begin() as connection:
            there = await _named(connection, username)
            if there is None:
                return False
            await connection.execute(update(users).where(users.c.user_id == there.user_id).values(values))
            await connection.execute(delete(sessions).where(sessions.c.user_id == there.user_id))
        return True


async def _named(connection: Connection, username: str) -> Person | None:
    row = (await connection.execute(select(users).where(users.c.username == username.casefold()))).first()
    return _person(row) if row else None


def _person(row: Any) -> Person:
    return Person(
        row.user_id, row.username, Role(row.role), row.password_hash, disabled=row.disabled, created_at=row.created_at
    )


def _row(person: Person) -> dict[str, Any]:
    return {
        "user_id": person.user_id,
        "username": person.username,
        "role": person.role,
        "password_hash": person.password_hash,
        "disabled": person.disabled,
        "created_at": person.created_at,
    }
