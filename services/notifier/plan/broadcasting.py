"""Telling many: residents around a published alert, and everyone told of one when it changes or is over.

Many are told in steps of a few hundred, each a transaction of its own that moves the cursor: memory stays flat, other alerts get their
turn in between, and after a crash it goes on where it was.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import cos, radians
from typing import Any, Protocol, cast

import shapely
import structlog
from shapely.geometry.base import BaseGeometry

from services.notifier import metrics
from services.notifier.plan.core.audience import Fit, PublishVerdict, Subscriber, fit, judge_size
from services.notifier.plan.core.requesting import Request, refusal, requests_for_residents
from services.notifier.plan.core.writing import Audience
from services.notifier.plan.flow import Outbox, Transactions
from shared.events import AlertChanged, Channel, NotificationSettled, Purpose
from shared.pack import CityPack

__all__ = ["Broadcast", "BroadcastTransaction", "Broadcaster", "circle"]

_log = structlog.get_logger()
_STEP = 500
_METRES_PER_DEGREE = 111_320.0


class Broadcast(Protocol):
    """`cursor` is the last recipient looked at."""

    @property
    def broadcast_id(self) -> str: ...
    @property
    def purpose(self) -> str: ...
    @property
    def audience(self) -> str: ...
    @property
    def alert(self) -> AlertChanged: ...
    @property
    def trace(self) -> str | None: ...
    @property
    def cursor(self) -> str: ...
    @property
    def counted(self) -> int: ...


class BroadcastTransaction(Protocol):
    async def next(self) -> Broadcast | None: ...
    async def around(self, area: BaseGeometry, cursor: str, limit: int) -> tuple[Sequence[Subscriber], str | None]:
        """Subscribers whose areas it touches, and where to go on (None at the end)."""
        ...

    async def told(
        self, alert_id: str, audience: str, cursor: str, limit: int
    ) -> tuple[Sequence[Subscriber], str | None]:
        """Those who were told of the alert, and where to go on (None at the end)."""
        ...

    async def ask(self, requests: Sequence[Request], now: datetime) -> Sequence[Request]: ...
    async def move(self, broadcast_id: str, values: Mapping[str, Any]) -> None: ...


@dataclass(frozen=True, slots=True)
class _Step:
    broadcast: Broadcast | None
    requests: Sequence[Request]
    verdict: PublishVerdict | None
    fits: Mapping[Fit, int]


class Broadcaster:
    """`announce` tells the rest of Hejnał that residents were not told, and why."""

    def __init__(
        self,
        pack: CityPack,
        transactions: Transactions,
        outbox: Outbox,
        announce: Callable[[NotificationSettled], Awaitable[None]],
        clock: Callable[[], datetime],
    ) -> None:
        self._pack = pack
        self._transactions = transactions
        self._outbox = outbox
        self._announce = announce
        self._clock = clock

    async def take_step(self) -> bool:
        """One step of the broadcast that has waited longest; False when none waits. Raises Transient."""
        now = self._clock()
        waiting: Broadcast | None = await self._transactions.look(lambda transaction: transaction.next())
        if waiting is None:
            return False
        verdict, count = await self._judged(waiting, now)
        if verdict is not PublishVerdict.TOLD:
            # Told before it is ended: a crash in between tells it twice, with the same id.
            await self._announce(refusal(waiting.alert, verdict, "residents around", Channel.APP, now))

        async def take(transaction: BroadcastTransaction) -> _Step:
            broadcast = await transaction.next()
            if broadcast is None or broadcast.broadcast_id != waiting.broadcast_id:
                return _Step(None, (), None, {})  # another process has it in hand
            if verdict is not PublishVerdict.TOLD:
                await transaction.move(broadcast.broadcast_id, {"state": "ended", "reason": verdict, "counted": count})
                return _Step(broadcast, (), verdict, {})
            return await self._told(transaction, broadcast, count, now)

        step: _Step = await self._transactions.run(take)
        await self._outbox.produce(step.requests)
        self._report(step)
        return True

    async def _judged(self, broadcast: Broadcast, now: datetime) -> tuple[PublishVerdict, int]:
        """Counts before the first is told, in a transaction that blocks nobody; a broadcast that has begun goes on."""
        if broadcast.audience != Audience.AROUND or broadcast.counted:
            return PublishVerdict.TOLD, broadcast.counted
        if broadcast.alert.lat is None or broadcast.alert.lon is None:
            return PublishVerdict.NO_PLACE, 0
        most, alert = self._pack.city.limits.publish_recipients, broadcast.alert
        area = self._area(alert)

        async def count(transaction: BroadcastTransaction) -> int:
            found, cursor = 0, cast("str | None", "")
            while cursor is not None and found <= most:
                subscribers, cursor = await transaction.around(area, cursor, _STEP * 10)
                found += sum(1 for each in subscribers if self._fit(each, alert, now) is Fit.FITS)
            return found

        counted: int = await self._transactions.look(count)
        return judge_size(counted, most), counted

    async def _told(self, transaction: BroadcastTransaction, broadcast: Broadcast, count: int, now: datetime) -> _Step:
        alert, fits = broadcast.alert, dict.fromkeys(Fit, 0)
        if broadcast.audience == Audience.AROUND:
            found, cursor = await transaction.around(self._area(alert), broadcast.cursor, _STEP)
        else:
            found, cursor = await transaction.told(alert.alert_id, broadcast.audience, broadcast.cursor, _STEP)
        chosen = []
        for each in found:
            verdict = self._fit(each, alert, now) if broadcast.audience == Audience.AROUND else Fit.FITS
            fits[verdict] += 1
            if verdict is Fit.FITS:
                chosen.append(each)
        purpose = cast("Purpose", broadcast.purpose)
        requests = await transaction.ask(
            requests_for_residents(self._pack, alert, purpose, chosen, now, broadcast.trace), now
        )
        done = {"state": "ended", "reason": PublishVerdict.TOLD} if cursor is None else {"cursor": cursor}
        await transaction.move(broadcast.broadcast_id, {"counted": count, **done})
        return _Step(broadcast, requests, PublishVerdict.TOLD if cursor is None else None, fits)

    def _fit(self, subscriber: Subscriber, alert: AlertChanged, now: datetime) -> Fit:
        return fit(subscriber, alert.category, alert.urgency, now.astimezone(self._pack.city.zone))

    def _area(self, alert: AlertChanged) -> BaseGeometry:
        assert alert.lat is not None
        assert alert.lon is not None
        return circle(alert.lat, alert.lon, max(alert.radius_m, self._pack.city.limits.publish_radius_m))

    def _report(self, step: _Step) -> None:
        if step.broadcast is None:
            return
        for outcome, number in step.fits.items():
            metrics.RESIDENTS.labels(outcome).inc(number)
        for request in step.requests:
            metrics.REQUESTED.labels(request.event.channel, request.event.purpose).inc()
        if step.verdict is not None:
            metrics.BROADCASTS.labels(step.broadcast.purpose, step.verdict).inc()
            _log.info("broadcast_ended", alert_id=step.broadcast.alert.alert_id, purpose=step.broadcast.purpose,
                      reason=step.verdict)  # fmt: skip


def circle(lat: float, lon: float, radius_m: float) -> BaseGeometry:
    """A circle on the ground as a shape in degrees; good to a per mille within a city."""
    unit = shapely.Point(0, 0).buffer(1.0)
    across = radius_m / (_METRES_PER_DEGREE * max(0.01, cos(radians(lat))))
    return shapely.transform(unit, lambda points: points * [across, radius_m / _METRES_PER_DEGREE] + [lon, lat])
