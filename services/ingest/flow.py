"""THE STORY of the front door: a report or a reading is accepted once the broker has it, and a report's status follows its alert."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol
from weakref import WeakValueDictionary

from services.ingest.core.alert_view import AlertView, Folded, fold_alerts
from services.ingest.core.idempotency import Claim, Repeat
from services.ingest.core.keyed_hash import Secret
from services.ingest.core.readings import Key, Measured, Sorted, sort_readings
from services.ingest.core.report import Contact, IsInside, Report, received_report
from services.ingest.core.report_state import Assessed, Standing, report_standing
from shared.errors import Invalid, Transient
from shared.events import AlertChanged, ReadingReceived, ReportAssessed, ReportReceived
from shared.ids import new_id

__all__ = ["AcceptReadings", "AcceptReports", "Accepted", "FollowReports", "KeptReport", "Log", "Reports", "Statuses"]

Clock = Callable[[], datetime]


class Log(Protocol):
    """Kafka. Returns once every in-sync replica has the records; raises Transient when that can't be known."""

    async def report(self, event: ReportReceived) -> None: ...
    async def readings(self, events: Sequence[ReadingReceived]) -> None: ...


@dataclass(frozen=True, slots=True)
class KeptReport:
    """What stays here of a report."""

    report_id: str
    received_at: datetime
    client: str
    contact: Contact | None


class Reports(Protocol):
    """Our own memory of reports. Writing returns once it is committed. Raises Transient when the database is away."""

    def keep(self, report: KeptReport) -> Awaitable[None]:
        """Begins at once."""
        ...

    async def forget(self, report_id: str) -> None: ...
    async def claim(self, scope: str, fresh: Claim, report: KeptReport, keep: timedelta) -> tuple[Repeat, Claim]:
        """Judges an Idempotency-Key and, where it is new, keeps it and the report: both or none."""
        ...

    async def set_published(self, scope: str) -> None: ...


class Statuses(Protocol):
    """What the log has said of reports and of their alerts. Raises Transient when the database is away."""

    async def apply(
        self,
        assessed: Mapping[str, Assessed],
        alerts: Sequence[AlertChanged],
        fold: Callable[[Mapping[str, AlertView], Sequence[AlertChanged]], Folded],
    ) -> None:
        """In one transaction: reads what is known of the alerts, folds, keeps what is newer."""
        ...

    async def of_report(
        self, report_id: str
    ) -> tuple[datetime, Assessed | None, str | None, Mapping[str, AlertView]] | None:
        """The arguments of `report_standing`, or None when there is no such report."""
        ...


@dataclass(frozen=True, slots=True)
class Accepted:
    report_id: str
    tracking_code: str
    repeat: Repeat


@dataclass(slots=True)
class AcceptReports:
    """A report is accepted once the broker and our database both have it."""

    log: Log
    reports: Reports
    secret: Secret
    city: str
    is_inside: IsInside
    keep_keys: timedelta
    clock: Clock
    _at_work: WeakValueDictionary[str, asyncio.Lock] = field(default_factory=WeakValueDictionary)

    async def accept(self, report: Report, client: str, idempotency_key: str | None) -> Accepted:
        """Raises Transient when it can't be kept now, Invalid(`idempotency_key_reused`) for a key with another body."""
        now = self.clock()
        kept = KeptReport(new_id(now), now, client, report.contact)
        if idempotency_key is None:
            return await self._accept_new(report, kept)
        scope = self.secret.idempotency(client, idempotency_key)
        async with self._one_at_a_time(scope):
            return await self._accept_once(report, kept, scope)

    async def _accept_new(self, report: Report, kept: KeptReport) -> Accepted:
        """Keeps and publishes side by side: without a key nobody can ask for this report again, so nothing has to come first."""
        keeping = asyncio.ensure_future(self.reports.keep(kept))
        try:
            await self._publish(report, kept)
        except Transient:
            with suppress(Transient):
                await keeping
                await self.reports.forget(kept.report_id)
            raise
        await keeping
        return self._accepted(kept.report_id, Repeat.NEW)

    async def _accept_once(self, report: Report, kept: KeptReport, scope: str) -> Accepted:
        """Keeps the ids first: after a crash the repeated request publishes the same record again, which is one in effect."""
        fresh = Claim(kept.report_id, report.fingerprint, kept.received_at, published=False)
        repeat, claim = await self.reports.claim(scope, fresh, kept, self.keep_keys)
        if repeat is Repeat.OTHER_BODY:
            raise Invalid("idempotency_key_reused", "this Idempotency-Key was used for another report")
        if repeat is not Repeat.DONE:
            await self._publish(report, KeptReport(claim.report_id, claim.claimed_at, kept.client, None))
            await self.reports.set_published(scope)
        return self._accepted(claim.report_id, repeat)

    async def _publish(self, report: Report, kept: KeptReport) -> None:
        event = received_report(
            report,
            report_id=kept.report_id,
            client=kept.client,
            city=self.city,
            at=kept.received_at,
            is_inside=self.is_inside,
        )
        await self.log.report(event)

    def _accepted(self, report_id: str, repeat: Repeat) -> Accepted:
        return Accepted(report_id, self.secret.tracking_code(report_id), repeat)

    @asynccontextmanager
    async def _one_at_a_time(self, scope: str) -> AsyncIterator[None]:
        lock = self._at_work.setdefault(scope, asyncio.Lock())
        async with lock:
            yield


@dataclass(frozen=True, slots=True)
class AcceptReadings:
    """Readings are accepted once the broker has them; those that can't be are refused one by one."""

    log: Log
    city: str
    ahead: timedelta
    clock: Clock

    async def accept(self, measured: Sequence[tuple[int, Measured]], key: Key) -> Sorted:
        """Raises Transient when the broker did not acknowledge all; sending them again is harmless."""
        sorted_readings = sort_readings(measured, key, self.city, self.clock(), self.ahead)
        await self.log.readings(sorted_readings.accepted)
        return sorted_readings


@dataclass(frozen=True, slots=True)
class FollowReports:
    """Reports answer for themselves: each moves on with its alert."""

    statuses: Statuses
    secret: Secret

    async def follow(self, events: Sequence[ReportAssessed | AlertChanged]) -> None:
        """`events` in the order of the log. Raises Transient; the same events again change nothing."""
        assessed = {
            event.report_id: Assessed(event.assessment.raises_alert, event.assessment.category, event.occurred_at)
            for event in events
            if isinstance(event, ReportAssessed)
        }
        alerts = [event for event in events if isinstance(event, AlertChanged)]
        await self.statuses.apply(assessed, alerts, fold_alerts)

    async def standing(self, report_id: str, tracking_code: str) -> Standing | None:
        """None for a wrong code and an unknown report alike."""
        if not self.secret.is_tracking_code(tracking_code, report_id):
            return None
        known = await self.statuses.of_report(report_id)
        return report_standing(*known) if known else None
