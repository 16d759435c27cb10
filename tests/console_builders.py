"""Alerts, records and a console without a broker, for the console's tests."""

import dataclasses
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import httpx
from argon2 import PasswordHasher
from fastapi import FastAPI

from services.console.adapters.passwords import Passwords
from services.console.adapters.read_model import ReadModel
from services.console.api.dependencies import Parts
from services.console.app import FOLLOWED, MIGRATIONS, create_app
from services.console.core.roles import Role
from services.console.flow import Deciding, Following
from services.console.settings import Settings
from shared.database import Database, upgrade
from shared.errors import Transient
from shared.events import (
    AlertChanged,
    AlertState,
    Category,
    DecisionKind,
    DecisionOutcome,
    DecisionState,
    DecisionTaken,
    Event,
    Evidence,
    Urgency,
)
from shared.kafka.following import Positions
from shared.kafka.records import Received
from shared.pack import CityPack
from shared.topics import ALERTS, Topic

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
CITY = "przemysl"
PASSWORD = "correct horse battery"
TOKENS = {role: f"{role}-token-0123456789-0123456789-0123456789" for role in Role}


def an_alert(alert_id: str = "alert-1", version: int = 1, **changes: Any) -> AlertChanged:
    """An open fire on the market square, unless said otherwise; each version a second after the one before."""
    at = NOON + timedelta(seconds=version - 1)
    return AlertChanged.model_validate(
        {
            "event_id": f"{alert_id}-{version}",
            "city": CITY,
            "occurred_at": at,
            "received_at": at,
            "alert_id": alert_id,
            "version": version,
            "state": AlertState.OPEN,
            "category": Category.FIRE,
            "urgency": Urgency.CRITICAL,
            "score": 90,
            "title": "Pożar, Rynek",
            "place": "Rynek 1",
            "lat": 49.7818,
            "lon": 22.7676,
            "radius_m": 100,
            "opened_at": NOON,
            "changed_at": at,
            "report_count": 1,
            "reading_count": 0,
            "evidence": [a_report(f"report-of-{alert_id}")],
            "evidence_total": 1,
            "joined_report_ids": [f"report-of-{alert_id}"],
        }
        | changes
    )


def a_report(report_id: str, text: str = "Pali się kamienica", at: datetime = NOON) -> Evidence:
    return Evidence(
        kind="report",
        report_id=report_id,
        at=at,
        text=text[:280],
        lat=49.7818,
        lon=22.7676,
        urgency=Urgency.CRITICAL,
        client="a-witness",
    )


def an_outcome(decision_id: str, state: DecisionState = DecisionState.APPLIED, **changes: Any) -> DecisionOutcome:
    given = {"kind": DecisionKind.ACKNOWLEDGE, "reason": "applied", "at": NOON, "actor": "operator"} | changes
    return DecisionOutcome(decision_id=decision_id, state=state, **given)


def record(event: Event, offset: int, topic: Topic = ALERTS, partition: int = 3) -> Received[Any]:
    raw = SimpleNamespace(
        topic=topic.name, partition=partition, offset=offset, timestamp=0, key=b"k", value=b"", headers=()
    )
    return Received(event, topic.name, partition, offset, "k", 0, None, raw)


def positions_after(records: Sequence[Received[Any]]) -> Positions:
    return {(one.topic, one.partition): one.offset + 1 for one in records}


class KeptDecisions:
    """A log that keeps what it is sent, and can be away."""

    def __init__(self) -> None:
        self.sent: list[DecisionTaken] = []
        self.away = False

    async def send(self, event: DecisionTaken) -> None:
        if self.away:
            raise Transient("broker_away")
        self.sent.append(event)


class KeptDeadLetters:
    def __init__(self) -> None:
        self.reasons: list[str] = []

    async def put(self, stage: str, record: Any, why: Any) -> None:
        self.reasons.append(why.reason)


class Console:
    """The whole console over a database of its own, but no broker: records are handed to it, decisions are kept."""

    def __init__(self, url: str, pack: CityPack, **settings: Any) -> None:
        self.settings = Settings.model_validate({"database_url": url, "web_dir": "none"} | settings)
        hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
        self.app: FastAPI = create_app(self.settings, pack=pack, passwords=Passwords(hasher=hasher))
        self.database = Database(url)
        self.log = KeptDecisions()
        self.dead_letters = KeptDeadLetters()
        made: Parts = self.app.state.parts
        self.parts = dataclasses.replace(made, deciding=Deciding(made.alerts, made.book, self.log))
        self.app.state.parts = self.parts
        self.models = {stage: ReadModel(self.database, topics) for stage, topics in FOLLOWED.items()}
        self._passwords = Passwords(hasher=hasher)

    async def start(self) -> None:
        await upgrade(self.settings.database_url, MIGRATIONS)
        for model in self.models.values():
            await model.positions()
        for role in Role:
            hashed = await self._passwords.hash(PASSWORD)
            await self.parts.people.save(role, role, hashed, TOKENS[role], NOON)

    async def take(self, *records: Received[Any], stage: str = "console.board") -> None:
        following = Following(
            stage, CITY, self.models[stage], self.parts.live, dead_letters=self.dead_letters, now_ms=lambda: 0.0
        )
        await following.take(records, positions_after(records))

    def client(self, role: Role | None = None) -> httpx.AsyncClient:
        headers = {"Authorization": f"Bearer {TOKENS[role]}"} if role else {}
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        return httpx.AsyncClient(transport=transport, base_url="http://console", headers=headers)

    async def stop(self) -> None:
        await self.database.stop()
        await self.parts.alerts._database.stop()


def stream_events(data: bytes) -> list[tuple[str, str | None, Any]]:
    """Events as (event, id, data)."""
    found = []
    for block in data.decode().split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.split("\n") if line)
        if "event" in fields:
            found.append((fields["event"], fields.get("id"), json.loads(fields["data"])))
    return found
