"""One contract for ingest's memory: SQLite, PostgreSQL and the fakes keep it alike."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol

import pytest
from sqlalchemy import select

from services.ingest.adapters.gateway_keys import CachedKeys, KeyStore
from services.ingest.adapters.reports import DatabaseReports
from services.ingest.adapters.sealed_contact import ContactSeal
from services.ingest.adapters.statuses import DatabaseStatuses
from services.ingest.adapters.tables import REPORTS
from services.ingest.core.alert_view import fold_alerts
from services.ingest.core.gateway_keys import KEY_BYTES, issue
from services.ingest.core.idempotency import Claim, Repeat
from services.ingest.core.keyed_hash import Secret
from services.ingest.core.report import Contact
from services.ingest.core.report_state import Assessed, ReportState, report_standing
from services.ingest.flow import KeptReport, Reports, Statuses
from services.ingest.migrations import MIGRATIONS
from shared.database import Database, GroupCommit, upgrade
from shared.events import (
    AlertChanged,
    AlertState,
    Category,
    DecisionKind,
    DecisionOutcome,
    DecisionState,
    Evidence,
    Urgency,
)
from tests.ingest_fakes import NOW, FakeReports, FakeStatuses
from tests.postgres import _postgres_server, postgres_url  # noqa: F401 — fixtures

DAY = timedelta(hours=24)
SEAL = ContactSeal(Secret(b"a secret that is long enough for a test"))


class Purging(Reports, Protocol):
    async def purge(self, claimed_before: Any) -> int: ...


@dataclass
class Memory:
    reports: Purging
    statuses: Statuses


@asynccontextmanager
async def database_at(url: str) -> AsyncIterator[Database]:
    await upgrade(url, MIGRATIONS)
    await upgrade(url, MIGRATIONS)  # a second process starts
    database = Database(url)
    try:
        yield database
    finally:
        await database.stop()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    url = (
        f"sqlite+aiosqlite:///{tmp_path}/ingest.db"
        if request.param == "sqlite"
        else request.getfixturevalue("postgres_url")
    )
    async with database_at(url) as found:
        yield found


@pytest.fixture(params=["fake", "sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
async def memory(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Memory]:
    if request.param == "fake":
        fake = FakeReports()
        yield Memory(fake, FakeStatuses(fake))
        return
    url = (
        f"sqlite+aiosqlite:///{tmp_path}/ingest.db"
        if request.param == "sqlite"
        else request.getfixturevalue("postgres_url")
    )
    async with database_at(url) as found:
        writer = GroupCommit(found)
        yield Memory(DatabaseReports(found, writer, SEAL), DatabaseStatuses(found, writer))
        await writer.stop()


def kept(report_id: str) -> KeptReport:
    return KeptReport(report_id, NOW, "client", Contact(phone="+48600700800"))


def claim(report_id: str, **changes: Any) -> Claim:
    return replace(Claim(report_id, "body", NOW, published=False), **changes)


def alert(version: int, state: AlertState = AlertState.OPEN, **changes: Any) -> AlertChanged:
    fields: dict[str, Any] = {
        "event_id": str(version),
        "city": "przemysl",
        "occurred_at": NOW,
        "received_at": NOW,
        "alert_id": "a",
        "version": version,
        "state": state,
        "category": Category.FIRE,
        "urgency": Urgency.HIGH,
        "score": 80,
        "title": "Fire",
        "radius_m": 100,
        "opened_at": NOW,
        "changed_at": NOW + timedelta(minutes=version),
        "report_count": 1,
        "reading_count": 0,
        "evidence_total": 1,
    }
    return AlertChanged.model_validate(fields | changes)


async def state_of(memory: Memory, report_id: str) -> ReportState | None:
    known = await memory.statuses.of_report(report_id)
    return report_standing(*known).state if known else None


async def test_kept_report_is_found_and_forgotten_one_is_not(memory: Memory) -> None:
    await asyncio.gather(*(memory.reports.keep(kept(f"r{number}")) for number in range(50)))
    assert {await state_of(memory, f"r{number}") for number in range(50)} == {ReportState.RECEIVED}
    await memory.reports.forget("r7")
    await memory.reports.forget("unknown")
    assert await state_of(memory, "r7") is None
    assert await state_of(memory, "r8") is ReportState.RECEIVED


async def test_key_is_claimed_once_even_by_many_at_once(memory: Memory) -> None:
    outcomes = await asyncio.gather(
        *(memory.reports.claim("scope", claim(f"r{number}"), kept(f"r{number}"), DAY) for number in range(20))
    )
    assert [repeat for repeat, _ in outcomes].count(Repeat.NEW) == 1
    assert [repeat for repeat, _ in outcomes].count(Repeat.PENDING) == 19
    (report_id,) = {found.report_id for _, found in outcomes}
    assert [number for number in range(20) if await state_of(memory, f"r{number}")] == [int(report_id[1:])]


async def test_key_remembers_that_it_was_published_and_its_body(memory: Memory) -> None:
    await memory.reports.claim("scope", claim("r1"), kept("r1"), DAY)
    await memory.reports.set_published("scope")
    assert await memory.reports.claim("scope", claim("r2"), kept("r2"), DAY) == (
        Repeat.DONE,
        claim("r1", published=True),
    )
    repeat, _ = await memory.reports.claim("scope", claim("r3", body="other"), kept("r3"), DAY)
    assert repeat is Repeat.OTHER_BODY


async def test_old_key_is_free_again_and_can_be_purged(memory: Memory) -> None:
    await memory.reports.claim("scope", claim("r1"), kept("r1"), DAY)
    await memory.reports.set_published("scope")
    later = claim("r2", claimed_at=NOW + DAY, body="other")
    assert await memory.reports.claim("scope", later, kept("r2"), DAY) == (Repeat.NEW, later)
    assert await memory.reports.purge(NOW + DAY) == 0
    assert await memory.reports.purge(NOW + DAY + timedelta(seconds=1)) == 1


async def test_status_follows_the_log_whatever_comes_first(memory: Memory) -> None:
    asks = {"r": Assessed(raises_alert=True, category=Category.FIRE, at=NOW)}
    await memory.statuses.apply({}, [alert(1, joined_report_ids=("r",))], fold_alerts)
    assert await state_of(memory, "r") is None
    await memory.reports.keep(kept("r"))
    assert await state_of(memory, "r") is ReportState.JOINED
    await memory.statuses.apply(asks, [alert(2, AlertState.ACKNOWLEDGED), alert(3, AlertState.RESOLVED)], fold_alerts)
    assert await state_of(memory, "r") is ReportState.RESOLVED
    await memory.statuses.apply(asks, [alert(1, joined_report_ids=("r",)), alert(2)], fold_alerts)
    assert await state_of(memory, "r") is ReportState.RESOLVED


async def test_older_assessment_changes_nothing(memory: Memory) -> None:
    await memory.reports.keep(kept("r"))
    for raises, at in ((False, NOW), (True, NOW - timedelta(seconds=1)), (True, NOW)):
        await memory.statuses.apply({"r": Assessed(raises, Category.OTHER, at)}, [], fold_alerts)
        assert await state_of(memory, "r") is ReportState.NO_ACTION


async def test_merged_alert_leads_to_the_other_and_messages_are_kept(memory: Memory) -> None:
    await memory.reports.keep(kept("r"))
    ask = DecisionOutcome(
        decision_id="d",
        kind=DecisionKind.ASK,
        state=DecisionState.APPLIED,
        reason="",
        at=NOW,
        actor="ola",
        text="Gdzie?",
    )
    await memory.statuses.apply({}, [alert(1, joined_report_ids=("r",), decisions=(ask,))], fold_alerts)
    await memory.statuses.apply(
        {},
        [alert(1, AlertState.ACKNOWLEDGED, alert_id="b"), alert(2, AlertState.RESOLVED, merged_into="b")],
        fold_alerts,
    )
    known = await memory.statuses.of_report("r")
    assert known is not None
    standing = report_standing(*known)
    assert standing.state is ReportState.IN_PROGRESS
    assert [message.text for message in standing.messages] == ["Gdzie?"]


async def test_many_reports_join_in_one_batch(memory: Memory) -> None:
    names = [f"r{number}" for number in range(200)]
    evidence = tuple(Evidence(kind="report", report_id=name, at=NOW, urgency=Urgency.HIGH) for name in names)
    await asyncio.gather(*(memory.reports.keep(kept(name)) for name in names))
    await memory.statuses.apply({}, [alert(300, evidence=evidence)], fold_alerts)
    assert {await state_of(memory, name) for name in names[::20]} == {ReportState.JOINED}


async def test_contact_lies_encrypted_in_the_database(database: Database) -> None:
    writer = GroupCommit(database)
    await DatabaseReports(database, writer, SEAL).keep(kept("r"))
    async with database.read() as connection:
        sealed = (await connection.execute(select(REPORTS.c.contact))).scalar_one()
    assert b"600700800" not in sealed
    assert SEAL.open(sealed) == Contact(phone="+48600700800")


async def test_gateway_key_opens_until_shortly_after_it_is_revoked(database: Database) -> None:
    store = KeyStore(database)
    issued = issue("gauges", ("san-*",), bytes(KEY_BYTES), NOW)
    await store.add(issued.kept)
    clock = _Clock()
    keys = CachedKeys(store, 5, clock)
    assert await keys.opened_by(issued.key) == issued.kept
    assert await keys.opened_by(issued.key[:-1] + "B") is None
    assert await store.revoke(issued.kept.key_id, NOW)
    assert not await store.revoke(issued.kept.key_id, NOW)
    clock.now_s += 5
    assert await keys.opened_by(issued.key) is None
    assert [key.revoked_at for key in await store.all()] == [NOW]


class _Clock:
    now_s = 100.0

    def __call__(self) -> float:
        return self.now_s
