"""The console's two stories.

Following: what the log says is written down once, and then every client hears of it.
Deciding: what an operator wants is checked against what is known, written down, and sent into the city's log; its effect
comes back by the first story.
"""

import hashlib
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from services.console import metrics
from services.console.core.decisions import DecisionOutcome, Known, check
from services.console.core.published import Alert, published
from services.console.core.sse import StreamEvent, alert_event
from shared.errors import HejnalError, Invalid, Transient
from shared.events import AlertChanged, DecisionTaken, Event
from shared.kafka.dead_letters import DeadLetters
from shared.kafka.following import Positions
from shared.kafka.records import Received

__all__ = ["Conflict", "Deciding", "Following", "OtherBody", "Unknown"]


class Model(Protocol):
    async def apply(self, records: Sequence[Received[Any]], after: Positions) -> None: ...


class Live(Protocol):
    def publish(self, events: Sequence[StreamEvent]) -> None: ...


class Alerts(Protocol):
    async def document(self, alert_id: str) -> str | None: ...
    async def reports_of(self, alert_id: str, report_ids: Sequence[str]) -> frozenset[str]: ...


class Book(Protocol):
    async def repeated(self, actor: str, key: str) -> Known | None: ...
    async def write_down(self, event: DecisionTaken, *, key: str | None, body_hash: str) -> bool: ...
    async def mark(self, decision_id: str, *, sent: bool) -> None: ...


class Log(Protocol):
    async def send(self, event: DecisionTaken) -> None: ...


class Following:
    """Args: stage: its name in metrics and dead letters; now_ms: the clock, for the delay that clients see."""

    def __init__(
        self, stage: str, city: str, model: Model, live: Live, *, dead_letters: DeadLetters, now_ms: Callable[[], float]
    ) -> None:
        self._stage = stage
        self._city = city
        self._model = model
        self._live = live
        self._dead_letters = dead_letters
        self._now_ms = now_ms

    async def take(self, records: Sequence[Received[Event]], after: Positions) -> None:
        """Raises Transient when the database is away: the same records come again."""
        ours = [record for record in records if record.event.city == self._city]
        kept = await self._write(ours, after)
        changes = [(record, record.event) for record in kept if isinstance(record.event, AlertChanged)]
        self._live.publish([alert_event(record.offset, published(alert)) for record, alert in changes])
        for record, _ in changes:
            metrics.CHANGE_TO_CLIENTS_SECONDS.observe(max(0.0, self._now_ms() - record.timestamp_ms) / 1000)

    async def _write(self, records: Sequence[Received[Event]], after: Positions) -> Sequence[Received[Event]]:
        try:
            await self._model.apply(records, after)
        except Transient:
            raise
        except Exception as error:  # noqa: BLE001 — whatever the database cannot take, the others must not suffer
            if len(records) == 1:
                await self._put_aside(records[0], error)
                await self._model.apply([], after)
                return []
            return await self._write_singly(records, after)
        return records

    async def _write_singly(self, records: Sequence[Received[Event]], after: Positions) -> Sequence[Received[Event]]:
        kept: list[Received[Event]] = []
        for record in records:
            kept += await self._write([record], {(record.topic, record.partition): record.offset + 1})
        await self._model.apply([], after)
        return kept

    async def _put_aside(self, record: Received[Event], error: Exception) -> None:
        await self._dead_letters.put(self._stage, record.raw, Invalid("not_storable", type(error).__name__))


class Unknown(HejnalError):
    """There is no such alert."""


class OtherBody(HejnalError):
    """The Idempotency-Key was used for another request."""


class Conflict(HejnalError):
    """Somebody was faster. `document` is the alert as it is now."""

    def __init__(self, document: str) -> None:
        super().__init__("conflict", "the alert has changed since you saw it")
        self.document = document


class Deciding:
    def __init__(self, alerts: Alerts, book: Book, log: Log) -> None:
        self._alerts = alerts
        self._book = book
        self._log = log

    async def decide(self, decision: DecisionTaken, *, body: str, key: str | None = None) -> str:
        """Returns the decision's id once the log has it. Its outcome is said by the log later.

        Args:
            decision: what the operator wants; a repeated request gets the id of the first.
            body: the request as it came, which a repeated one has to equal.
            key: the Idempotency-Key.

        Raises:
            Unknown: there is no such alert.
            Conflict: `if_version` is not the present one.
            Invalid: it can never be applied; its reason names the field.
            OtherBody: the key was used for something else.
            Transient: the log has not acknowledged it: try again with the same key.
        """
        outcome = DecisionOutcome.SENT
        try:
            body_hash = hashlib.sha256(f"{decision.alert_id}\n{body}".encode()).hexdigest()
            known = await self._write_down_once(decision, body_hash, key)
            if known is None:
                await self._send(decision)
                return decision.decision_id
            outcome = DecisionOutcome.REPEATED
            await self._repeat(known, body_hash)
        except HejnalError as error:
            outcome = _outcome_of(error)
            raise
        else:
            return known.event.decision_id
        finally:
            metrics.DECISIONS.labels(decision.kind, outcome).inc()

    async def _write_down_once(self, decision: DecisionTaken, body_hash: str, key: str | None) -> Known | None:
        """Return what the key was used for before; None when this is the first time."""
        if key is not None and (known := await self._book.repeated(decision.actor, key)) is not None:
            return known
        fitting = await self._fitting(decision)
        if await self._book.write_down(fitting, key=key, body_hash=body_hash) or key is None:
            return None
        return await self._book.repeated(decision.actor, key)  # the same request came twice at once

    async def _fitting(self, decision: DecisionTaken) -> DecisionTaken:
        document = await self._alerts.document(decision.alert_id)
        if document is None:
            raise Unknown("unknown_alert", "there is no alert with this id")
        alert = Alert.model_validate_json(document)
        if decision.if_version != alert.version:
            raise Conflict(document)
        target = await self._alerts.document(decision.into) if decision.into else None
        wanted = decision.report_ids
        known_reports = await self._alerts.reports_of(alert.alert_id, wanted) if wanted else frozenset[str]()
        check(decision, target_exists=target is not None, known_reports=known_reports)
        return decision

    async def _repeat(self, known: Known, body_hash: str) -> None:
        """Send it again unless the log has answered it: whether it arrived the first time is not known, and the fold drops a double."""
        if known.body_hash != body_hash:
            raise OtherBody("other_body", "this Idempotency-Key was used for another decision")
        if not known.is_settled:
            await self._send(known.event)
            await self._book.mark(known.event.decision_id, sent=True)

    async def _send(self, decision: DecisionTaken) -> None:
        try:
            await self._log.send(decision)
        except Transient:
            await self._book.mark(decision.decision_id, sent=False)
            raise


def _outcome_of(error: HejnalError) -> DecisionOutcome:
    outcomes: dict[type[HejnalError], DecisionOutcome] = {
        Unknown: DecisionOutcome.UNKNOWN_ALERT,
        Conflict: DecisionOutcome.CONFLICT,
        OtherBody: DecisionOutcome.OTHER_BODY,
        Transient: DecisionOutcome.BROKER_AWAY,
    }
    return outcomes.get(type(error), DecisionOutcome.INVALID)
