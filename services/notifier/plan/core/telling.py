"""Who on duty is told of a change of an alert, what waits for an answer, and what residents hear: decided without asking anything outside.

One person hears once of one alert per step. A step is named by the round (which opening of the alert), the urgency and its number, so
that the same decision always makes the same notification ids, whoever takes it and however often.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from services.notifier.plan.core.duty import DutyPerson, Recipient, recipients
from shared.events import AlertChanged, AlertState, Category, Purpose, Urgency
from shared.ids import derived_id
from shared.pack import EscalationStep, Routing

__all__ = ["Decision", "DueStep", "Plan", "PublicTelling", "Telling", "Why", "decide", "decide_step", "notification_id"]


class Why(StrEnum):
    """Why somebody is told, or nobody."""

    FIRST_SIGHT = "first_sight"
    URGENCY_ROSE = "urgency_rose"
    CATEGORY_CHANGED = "category_changed"
    REOPENED = "reopened"
    STEP_DUE = "step_due"
    FOLDED = "folded"
    """Nothing in it that those told would have to hear again."""
    TELLS_NOBODY = "urgency_tells_nobody"
    NOBODY_REACHED = "nobody_on_duty_is_reached"
    CLOSED = "closed"
    CLOSED_AT_FIRST_SIGHT = "closed_at_first_sight"
    SEEN = "version_seen"
    ACKNOWLEDGED = "acknowledged"
    NO_SUCH_STEP = "step_no_longer_in_pack"


class PublicTelling(StrEnum):
    """What residents who subscribed hear of an alert."""

    PUBLISH = "publish"
    UPDATE = "update"
    ALL_CLEAR = "all_clear"


@dataclass(frozen=True, slots=True)
class Plan:
    """What is remembered of an alert between two versions."""

    version: int
    live: bool
    acknowledged: bool
    round: int = 0
    """How often it was opened again."""
    told_urgency: Urgency | None = None
    """The highest urgency told in this round."""
    told_category: Category | None = None
    public: bool = False
    public_text: str | None = None


@dataclass(frozen=True, slots=True)
class Telling:
    """One message to one recipient."""

    recipient: Recipient
    purpose: Purpose
    step: int
    step_name: str
    waited: timedelta = timedelta(0)
    """How long nobody has answered, for escalations."""


@dataclass(frozen=True, slots=True)
class DueStep:
    """A step that is taken at `due_at` while nobody has acknowledged the alert; `since` is when the wait began."""

    round: int
    urgency: Urgency
    step: int
    since: datetime
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Decision:
    """`stop` ends every step that still waits."""

    reason: Why
    plan: Plan
    tellings: tuple[Telling, ...] = ()
    waits: tuple[DueStep, ...] = ()
    stop: Why | None = None
    public: PublicTelling | None = None
    all_clear_to_duty: bool = False


def decide(
    plan: Plan | None, alert: AlertChanged, routing: Routing, duty: Sequence[DutyPerson], *, time_scale: float = 1.0
) -> Decision:
    """What a new version of an alert asks for. `time_scale` shortens the waits between steps."""
    if plan is not None and alert.version <= plan.version:
        return Decision(Why.SEEN, plan)
    now = _seen(plan, alert)
    if not alert.state.is_live:
        return _closed(plan, now, alert, routing)
    public = _public_telling(plan, alert)
    reason = _occasion(plan, now, alert)
    if reason is None:
        return Decision(Why.FOLDED, now, stop=_stop(alert), public=public)
    steps = routing.steps(alert.urgency)
    if not steps:
        return Decision(Why.TELLS_NOBODY, now, public=public)
    now = replace(now, told_urgency=alert.urgency, told_category=alert.category)
    tellings = _tell(alert, now, routing, duty, steps[0], "alert")
    return Decision(
        reason if tellings else Why.NOBODY_REACHED,
        now,
        tellings,
        () if now.acknowledged else _waits(alert, now, steps, time_scale),
        stop=_stop(alert) or _superseded(plan, alert),
        public=public,
    )


def decide_step(  # noqa: PLR0917 — a decision takes what it needs
    plan: Plan, alert: AlertChanged, due: DueStep, routing: Routing, duty: Sequence[DutyPerson], now: datetime
) -> Decision:
    """What a step that has become due asks for. The alert is the newest version known."""
    if not plan.live:
        return Decision(Why.CLOSED, plan)
    if plan.acknowledged:
        return Decision(Why.ACKNOWLEDGED, plan)
    step = next((each for each in routing.steps(due.urgency) if each.step == due.step), None)
    if step is None:
        return Decision(Why.NO_SUCH_STEP, plan)
    told = _tell(alert, plan, routing, duty, step, "escalation", urgency=due.urgency)
    tellings = tuple(replace(telling, waited=now - due.since) for telling in told)
    return Decision(Why.STEP_DUE if tellings else Why.NOBODY_REACHED, plan, tellings)


def notification_id(alert_id: str, opened_at: datetime, step_name: str, recipient_id: str, channel: str) -> str:
    """The same for the same alert, step, recipient and channel, in every process and after every restart."""
    return derived_id(f"{alert_id}|{step_name}|{recipient_id}|{channel}", "notification", opened_at)


def _seen(plan: Plan | None, alert: AlertChanged) -> Plan:
    reopened = plan is not None and not plan.live and alert.state.is_live
    before = plan or Plan(version=0, live=False, acknowledged=False)
    after = replace(
        before,
        version=alert.version,
        live=alert.state.is_live,
        acknowledged=alert.state is AlertState.ACKNOWLEDGED,
        public=alert.public,
        public_text=alert.public_text,
    )
    return replace(after, round=before.round + 1, told_urgency=None, told_category=None) if reopened else after


def _occasion(plan: Plan | None, now: Plan, alert: AlertChanged) -> Why | None:
    if now.told_urgency is None:
        return Why.FIRST_SIGHT if plan is None or now.round == 0 else Why.REOPENED
    if alert.urgency.level > now.told_urgency.level:
        return Why.URGENCY_ROSE
    return Why.CATEGORY_CHANGED if alert.category is not now.told_category else None


def _closed(plan: Plan | None, now: Plan, alert: AlertChanged, routing: Routing) -> Decision:
    if plan is None:
        return Decision(Why.CLOSED_AT_FIRST_SIGHT, now)
    clears = plan.live and alert.merged_into is None
    return Decision(
        Why.CLOSED,
        now,
        stop=Why.CLOSED,
        public=PublicTelling.ALL_CLEAR if clears and plan.public and "residents" in routing.all_clear_to else None,
        all_clear_to_duty=clears and "duty" in routing.all_clear_to,
    )


def _public_telling(plan: Plan | None, alert: AlertChanged) -> PublicTelling | None:
    if not alert.public:
        return None
    if plan is None or not plan.public:
        return PublicTelling.PUBLISH
    return PublicTelling.UPDATE if alert.public_text != plan.public_text else None


def _stop(alert: AlertChanged) -> Why | None:
    return Why.ACKNOWLEDGED if alert.state is AlertState.ACKNOWLEDGED else None


def _superseded(plan: Plan | None, alert: AlertChanged) -> Why | None:
    """A higher urgency begins its own steps; those of the lower one would only repeat them."""
    rose = plan is not None and plan.told_urgency is not None and alert.urgency.level > plan.told_urgency.level
    return Why.URGENCY_ROSE if rose else None


def _tell(  # noqa: PLR0917 — as above
    alert: AlertChanged,
    plan: Plan,
    routing: Routing,
    duty: Sequence[DutyPerson],
    step: EscalationStep,
    purpose: Purpose,
    *,
    urgency: Urgency | None = None,
) -> tuple[Telling, ...]:
    urgency = urgency or alert.urgency
    told = routing.told(alert.category, urgency, step)
    name = f"{plan.round}.{urgency}.{step.step}"
    return tuple(
        Telling(recipient, purpose, step.step, name) for recipient in recipients(told, duty, alert.category, urgency)
    )


def _waits(alert: AlertChanged, plan: Plan, steps: Sequence[EscalationStep], time_scale: float) -> tuple[DueStep, ...]:
    return tuple(
        DueStep(
            plan.round,
            alert.urgency,
            step.step,
            alert.changed_at,
            alert.changed_at + timedelta(seconds=step.after_s * time_scale),
        )
        for step in steps[1:]
    )
