"""Answers from phones: one tap or one word acknowledges an alert, STOP leaves, anything else is a report.

phone ──SMS or link──► Answering ──► signals.raised.v1 (the same decision as a click in the console) or reports.received.v1
"""

import hmac
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

import structlog

from services.notifier import metrics
from services.notifier.answering.meaning import Meaning, meaning_of
from services.notifier.core.tokens import notification_of_acknowledge_token
from shared.events import AlertChanged, AlertState, DecisionKind, DecisionTaken, ReportReceived
from shared.ids import derived_event_id, derived_id

__all__ = ["Answering", "Asked", "Log", "Outcome", "Told"]

_log = structlog.get_logger()
_MOST_CHARACTERS = 4_000
"""Of a report, as at the front door."""
_SAME_WITHIN_S = 600


@dataclass(frozen=True, slots=True)
class Asked:
    """A notification that asked somebody on duty for an answer, and what its alert has become since."""

    notification_id: str
    person: str
    alert: AlertChanged


class Outcome(StrEnum):
    """What an answer led to."""

    ACKNOWLEDGED = "acknowledged"
    """By this answer or by the same person before."""
    BY_ANOTHER = "acknowledged_by_another"
    CLOSED = "alert_closed"
    ON_ITS_WAY = "on_its_way"
    """Sent into the log, which has not answered yet."""
    NOTHING_ASKED = "nothing_asked"
    LEFT = "left"
    REPORTED = "reported"
    EMPTY = "empty"


class Told(Protocol):
    """What the ledger and the plan know. All raise Transient."""

    async def asked(self, notification_id: str) -> Asked | None: ...
    async def asked_of(self, phone: str) -> Asked | None:
        """The newest notification to this phone, of somebody on duty, whose alert waits for an answer."""
        ...

    async def leave(self, phone: str) -> int:
        """Ends every subscription of this phone; returns how many."""
        ...


class Log(Protocol):
    """Kafka. Returns once it is kept; raises Transient."""

    async def decide(self, event: DecisionTaken) -> None: ...
    async def report(self, event: ReportReceived) -> None: ...


class Answering:
    """Args:
    city: its id.
    secret: signs the links and hides who wrote.
    pause: waits a moment between two looks at what the log has made of an answer.
    """

    def __init__(
        self,
        told: Told,
        log: Log,
        city: str,
        secret: bytes,
        clock: Callable[[], datetime],
        *,
        pause: Callable[[], Awaitable[None]],
        looks: int = 30,
    ) -> None:
        self._told = told
        self._log = log
        self._city = city
        self._secret = secret
        self._clock = clock
        self._pause = pause
        self._looks = looks

    async def asked_by_link(self, token: str) -> Asked | None:
        """What the link is about; None for one that this city did not sign. Raises Transient."""
        notification_id = notification_of_acknowledge_token(self._secret, token)
        return await self._told.asked(notification_id) if notification_id else None

    async def acknowledge_by_link(self, asked: Asked) -> Outcome:
        """Returns when the log has answered, or after `looks`. Raises Transient."""
        outcome = await self._acknowledge(asked, "link")
        for _ in range(self._looks):
            if outcome is not Outcome.ON_ITS_WAY:
                break
            await self._pause()
            now = await self._told.asked(asked.notification_id)
            outcome = _standing(now or asked)
        metrics.ANSWERS.labels("link", outcome).inc()
        return outcome

    async def take_text(self, phone: str, text: str) -> Outcome:
        """An SMS from `phone` (E.164). The same again within minutes changes nothing. Raises Transient."""
        match meaning_of(text):
            case Meaning.ACKNOWLEDGE:
                asked = await self._told.asked_of(phone)
                outcome = await self._acknowledge(asked, "sms") if asked else Outcome.NOTHING_ASKED
            case Meaning.STOP:
                await self._told.leave(phone)
                outcome = Outcome.LEFT
            case Meaning.REPORT:
                await self._log.report(self._report(phone, text.strip()[:_MOST_CHARACTERS]))
                outcome = Outcome.REPORTED
            case Meaning.NOTHING:
                outcome = Outcome.EMPTY
        metrics.ANSWERS.labels("sms", outcome).inc()
        _log.info("sms_answered", outcome=outcome)
        return outcome

    async def _acknowledge(self, asked: Asked, how: str) -> Outcome:
        standing = _standing(asked)
        if standing is Outcome.ON_ITS_WAY:
            await self._log.decide(self._decision(asked, how))
        return standing

    def _decision(self, asked: Asked, how: str) -> DecisionTaken:
        """The same for the same notification: two taps are one decision."""
        decision_id = derived_id(asked.notification_id, f"acknowledge.{asked.alert.version}", asked.alert.changed_at)
        now = self._clock()
        return DecisionTaken(
            event_id=derived_event_id(decision_id, "taken"),
            city=self._city,
            occurred_at=now,
            received_at=now,
            exercise=asked.alert.exercise,
            decision_id=decision_id,
            alert_id=asked.alert.alert_id,
            kind=DecisionKind.ACKNOWLEDGE,
            if_version=None,
            actor=asked.person,
            reason=how,
        )

    def _report(self, phone: str, text: str) -> ReportReceived:
        """An SMSC that got no answer sends a text again, and gives it no name: the same words of the same phone are the same report."""
        at = self._clock()
        about = at - timedelta(seconds=at.timestamp() % _SAME_WITHIN_S)
        said = hmac.digest(self._secret, f"report|{phone}|{text}".encode(), "sha256").hex()
        report_id = derived_id(said, "report", about)
        return ReportReceived(
            event_id=derived_event_id(report_id, "received"),
            city=self._city,
            occurred_at=at,
            received_at=at,
            report_id=report_id,
            text=text,
            client=hmac.digest(self._secret, f"sms|{phone}".encode(), "sha256").hex()[:16],
        )


def _standing(asked: Asked) -> Outcome:
    alert = asked.alert
    if not alert.state.is_live:
        return Outcome.CLOSED
    if alert.state is AlertState.ACKNOWLEDGED:
        return Outcome.ACKNOWLEDGED if alert.acknowledged_by == asked.person else Outcome.BY_ANOTHER
    return Outcome.ON_ITS_WAY
