"""Plan: an alert changed → who is told → requests for the senders.

Everything decided about a batch is committed with the requests it asks for; only then are they produced. A crash between the two leaves
them in the outbox, from where they are produced later: a request may come twice (the ledger drops it) and is never lost.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

import structlog

from services.notifier import metrics
from services.notifier.plan.core.duty import DutyPerson
from services.notifier.plan.core.requesting import Request, requests_for_duty
from services.notifier.plan.core.telling import Decision, DueStep, Why, decide, decide_step
from services.notifier.plan.core.writing import Known, Writing
from shared.events import AlertChanged
from shared.kafka.records import Received
from shared.pack import CityPack
from shared.telemetry.metrics import RECORDS

__all__ = ["STAGE", "Outbox", "PlanTransaction", "Planner", "Transactions"]

_log = structlog.get_logger()
STAGE = "notifier.plan"
_MOST_STEPS = 100


class PlanTransaction(Protocol):
    """What one transaction reads and writes."""

    async def known(self, alert_ids: Sequence[str]) -> Mapping[str, Known]: ...
    async def duty(self, now: datetime) -> Sequence[DutyPerson]: ...
    async def due(self, now: datetime, limit: int) -> Sequence[tuple[str, DueStep]]: ...
    async def write(self, writing: Writing, now: datetime) -> Sequence[Request]:
        """Returns the requests that were not made before."""
        ...


class Transactions(Protocol):
    """Runs work in one transaction, durable when it returns. The work may be run again: it only touches the transaction."""

    async def run(self, work: Callable[[Any], Awaitable[Any]]) -> Any: ...
    async def look(self, work: Callable[[Any], Awaitable[Any]]) -> Any:
        """Only reads, and blocks nobody."""
        ...


class Outbox(Protocol):
    async def produce(self, requests: Sequence[Request]) -> None:
        """What can't be produced now is produced later."""
        ...


class Planner:
    """Args:
    pack: routing, texts and limits.
    transactions, outbox: see above.
    clock: aware UTC now.
    time_scale: shortens the waits between steps, for demos and tests.
    steps_wait, broadcasts_wait: called when there are new ones, so that nobody has to look for them.
    """

    def __init__(
        self,
        pack: CityPack,
        transactions: Transactions,
        outbox: Outbox,
        clock: Callable[[], datetime],
        *,
        time_scale: float = 1.0,
        steps_wait: Callable[[], None] = lambda: None,
        broadcasts_wait: Callable[[], None] = lambda: None,
    ) -> None:
        self._pack = pack
        self._transactions = transactions
        self._outbox = outbox
        self._clock = clock
        self._time_scale = time_scale
        self._steps_wait = steps_wait
        self._broadcasts_wait = broadcasts_wait

    async def handle(self, batch: list[Received[AlertChanged]]) -> None:
        """Raises Transient when the database fails: the batch comes again, and what was decided is decided alike."""
        now = self._clock()
        mine = [received for received in batch if received.event.city == self._pack.city.id]
        RECORDS.labels(STAGE, "skipped", "other_city").inc(len(batch) - len(mine))

        async def plan(transaction: PlanTransaction) -> tuple[Writing, Sequence[Request]]:
            known = dict(await transaction.known([received.event.alert_id for received in mine]))
            writing = self._decided(mine, known, await transaction.duty(now), now)
            return writing, await transaction.write(writing, now)

        writing, requests = await self._transactions.run(plan)
        self._tell_metrics(writing, requests)
        await self._outbox.produce(requests)
        if writing.steps:
            self._steps_wait()
        if writing.broadcasts:
            self._broadcasts_wait()

    async def take_due_steps(self) -> int:
        """Tells whom the steps that are due tell; returns how many were due. Raises Transient."""
        now = self._clock()

        async def take(transaction: PlanTransaction) -> tuple[Writing, Sequence[Request]]:
            due = await transaction.due(now, _MOST_STEPS)
            known = await transaction.known([alert_id for alert_id, _ in due])
            duty = await transaction.duty(now) if due else ()
            writing = Writing()
            for alert_id, step in due:
                alert = known[alert_id]
                decision = decide_step(alert.plan, alert.alert, step, self._pack.routing, duty, now)
                writing.take_step(alert_id, step, decision)
                writing.ask(requests_for_duty(self._pack, alert.alert, decision.tellings, now, alert.trace))
            return writing, await transaction.write(writing, now)

        writing, requests = await self._transactions.run(take)
        for taken in writing.taken:
            metrics.ESCALATIONS.labels(taken.state, taken.reason).inc()
            _log.info(
                "escalation", alert_id=taken.alert_id, step=taken.step.step, outcome=taken.state, reason=taken.reason
            )
        _count_requests(requests)
        await self._outbox.produce(requests)
        return len(writing.taken)

    def _decided(
        self,
        batch: Sequence[Received[AlertChanged]],
        known: dict[str, Known],
        duty: Sequence[DutyPerson],
        now: datetime,
    ) -> Writing:
        writing = Writing()
        for received in batch:
            alert = received.event
            before = known.get(alert.alert_id)
            decision = decide(
                before.plan if before else None, alert, self._pack.routing, duty, time_scale=self._time_scale
            )
            writing.decide(alert, decision)
            if decision.reason is not Why.SEEN:
                known[alert.alert_id] = Known(decision.plan, alert, received.trace)
                writing.keep(known[alert.alert_id], decision)
                writing.ask(requests_for_duty(self._pack, alert, decision.tellings, now, received.trace))
        return writing

    def _tell_metrics(self, writing: Writing, requests: Sequence[Request]) -> None:
        for alert, decision in writing.decided:
            outcome = _outcome(decision)
            RECORDS.labels(STAGE, outcome, decision.reason).inc()
            metrics.DECISIONS.labels(outcome, decision.reason).inc()
            if decision.tellings or decision.reason is Why.NOBODY_REACHED:
                level = _log.info if decision.tellings else _log.error
                level("planned", alert_id=alert.alert_id, version=alert.version, urgency=alert.urgency,
                      reason=decision.reason, told=len(decision.tellings))  # fmt: skip
        metrics.ESCALATIONS.labels("due", "scheduled").inc(len(writing.steps))
        _count_requests(requests)


def _outcome(decision: Decision) -> str:
    return "told" if decision.tellings else "told_nobody"


def _count_requests(requests: Sequence[Request]) -> None:
    for request in requests:
        metrics.REQUESTED.labels(request.event.channel, request.event.purpose).inc()
