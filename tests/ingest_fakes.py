"""Ingest's Protocols in memory. The memories pass the contract suite of the database (tests/integration/test_ingest_store.py)."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from fastapi import FastAPI

from services.ingest.adapters.limits import ClientLimit
from services.ingest.api import Door, make_router
from services.ingest.core.alert_view import AlertView, Folded
from services.ingest.core.gateway_keys import KEY_BYTES, GatewayKey, IssuedKey, issue, key_id_of
from services.ingest.core.idempotency import Claim, Repeat, judge_repeat
from services.ingest.core.keyed_hash import Secret
from services.ingest.core.report_state import Assessed
from services.ingest.flow import AcceptReadings, AcceptReports, FollowReports, KeptReport
from services.ingest.open_api import document_bodies
from shared.errors import Transient
from shared.events import AlertChanged, ReadingReceived, ReportReceived
from shared.web import make_app

__all__ = ["NOW", "FakeKeys", "FakeLog", "FakeReports", "FakeStatuses", "House"]

NOW = datetime(2026, 11, 24, 18, 5, tzinfo=UTC)


@dataclass
class FakeLog:
    """Keeps what was published. `away` refuses all; `open` holds every record back until it is set."""

    reports: list[ReportReceived] = field(default_factory=list)
    sensor_readings: list[ReadingReceived] = field(default_factory=list)
    away: bool = False
    open: asyncio.Event | None = None

    async def report(self, event: ReportReceived) -> None:
        await self._gate()
        self.reports.append(event)

    async def readings(self, events: Sequence[ReadingReceived]) -> None:
        await self._gate()
        self.sensor_readings.extend(events)

    async def _gate(self) -> None:
        if self.open is not None:
            await self.open.wait()
        if self.away:
            raise Transient("broker_away", "the fake broker is away")


@dataclass
class FakeReports:
    kept: dict[str, KeptReport] = field(default_factory=dict)
    claims: dict[str, Claim] = field(default_factory=dict)
    away: bool = False

    async def keep(self, report: KeptReport) -> None:
        self._reach()
        self.kept[report.report_id] = report

    async def forget(self, report_id: str) -> None:
        self._reach()
        self.kept.pop(report_id, None)

    async def claim(self, scope: str, fresh: Claim, report: KeptReport, keep: timedelta) -> tuple[Repeat, Claim]:
        self._reach()
        kept = self.claims.get(scope)
        repeat = judge_repeat(kept, fresh.body, fresh.claimed_at, keep)
        if repeat is Repeat.NEW or kept is None:
            self.claims[scope] = fresh
            self.kept[report.report_id] = report
            return Repeat.NEW, fresh
        return repeat, kept

    async def set_published(self, scope: str) -> None:
        self._reach()
        old = self.claims[scope]
        self.claims[scope] = Claim(old.report_id, old.body, old.claimed_at, published=True)

    async def purge(self, claimed_before: datetime) -> int:
        gone = [scope for scope, claim in self.claims.items() if claim.claimed_at < claimed_before]
        for scope in gone:
            del self.claims[scope]
        return len(gone)

    def _reach(self) -> None:
        if self.away:
            raise Transient("database_away", "the fake database is away")


@dataclass
class FakeStatuses:
    reports: FakeReports
    assessed: dict[str, Assessed] = field(default_factory=dict)
    joined: dict[str, str] = field(default_factory=dict)
    alerts: dict[str, AlertView] = field(default_factory=dict)

    async def apply(
        self,
        assessed: Mapping[str, Assessed],
        alerts: Sequence[AlertChanged],
        fold: Callable[[Mapping[str, AlertView], Sequence[AlertChanged]], Folded],
    ) -> None:
        for report_id, newer in assessed.items():
            older = self.assessed.get(report_id)
            if older is None or newer.at > older.at:
                self.assessed[report_id] = newer
        folded = fold(self.alerts, alerts)
        self.alerts |= folded.changed
        self.joined |= folded.joined

    async def of_report(
        self, report_id: str
    ) -> tuple[datetime, Assessed | None, str | None, Mapping[str, AlertView]] | None:
        kept = self.reports.kept.get(report_id)
        if kept is None:
            return None
        return kept.received_at, self.assessed.get(report_id), self.joined.get(report_id), self.alerts


@dataclass
class FakeKeys:
    issued: list[IssuedKey] = field(default_factory=list)

    def make(self, *sensors: str) -> str:
        issued = issue("gateway", sensors, len(self.issued).to_bytes(1, "big") * KEY_BYTES, NOW)
        self.issued.append(issued)
        return issued.key

    async def opened_by(self, key: str) -> GatewayKey | None:
        found = (one.kept for one in self.issued if one.kept.key_id == key_id_of(key))
        return next((kept for kept in found if kept.opens_with(key)), None)


class House:
    """The whole of ingest over fakes. East of 23° is outside the city."""

    def __init__(self, *, reports_per_client: int = 1000, readings_per_key: int = 100_000) -> None:
        self.now = NOW
        self.log = FakeLog()
        self.reports = FakeReports()
        self.statuses = FakeStatuses(self.reports)
        self.keys = FakeKeys()
        self.secret = Secret(b"a secret that is long enough for a test")
        self.accept_reports = AcceptReports(
            self.log, self.reports, self.secret, "przemysl", _is_inside, timedelta(hours=24), lambda: self.now
        )
        self.follow = FollowReports(self.statuses, self.secret)
        self.door = Door(
            reports=self.accept_reports,
            readings=AcceptReadings(self.log, "przemysl", timedelta(minutes=5), lambda: self.now),
            statuses=self.follow,
            keys=self.keys,
            report_limit=ClientLimit(reports_per_client, 600),
            reading_limit=ClientLimit(readings_per_key, 60),
            secret=self.secret,
            trusted_proxies=(),
            country="PL",
            status_base="https://hejnal.example",
        )

    def app(self) -> FastAPI:
        app = make_app(
            "ingest", version="1", description="", lifespan=_nothing, readiness=_ready, max_body_bytes=1_048_576
        )
        app.include_router(make_router(self.door))
        document_bodies(app)
        return app


def _is_inside(lat: float, lon: float) -> bool:
    return lon < 23


@asynccontextmanager
async def _nothing(_: FastAPI) -> AsyncIterator[None]:
    yield


async def _ready() -> list[str]:
    return []
