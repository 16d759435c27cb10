"""Everything that one transaction of the plan is to write, gathered so that it takes a handful of statements whatever the batch."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from services.notifier.plan.core.requesting import Request
from services.notifier.plan.core.telling import Decision, DueStep, Plan, PublicTelling, Why
from shared.events import AlertChanged

__all__ = ["Audience", "Known", "NewBroadcast", "StepRow", "Writing"]


@dataclass(frozen=True, slots=True)
class Known:
    """A plan and the alert it belongs to, as last seen."""

    plan: Plan
    alert: AlertChanged
    trace: str | None


@dataclass(frozen=True, slots=True)
class StepRow:
    alert_id: str
    step: DueStep
    state: str
    """`waiting`, `fired` or `stopped`."""
    reason: str


class Audience:
    """Whom a broadcast goes to."""

    AROUND = "around"
    """Subscribers whose area the alert touches."""
    RESIDENTS_TOLD = "residents_told"
    DUTY_TOLD = "duty_told"


@dataclass(frozen=True, slots=True)
class NewBroadcast:
    known: Known
    purpose: PublicTelling
    audience: str


@dataclass(slots=True)
class Writing:
    """`stops` end the steps that wait in the database; `steps` are new ones, in the state they have come to within the batch."""

    decided: list[tuple[AlertChanged, Decision]] = field(default_factory=list)
    plans: dict[str, Known] = field(default_factory=dict)
    stops: dict[str, Why] = field(default_factory=dict)
    steps: list[StepRow] = field(default_factory=list)
    taken: list[StepRow] = field(default_factory=list)
    broadcasts: list[NewBroadcast] = field(default_factory=list)
    requests: dict[str, Request] = field(default_factory=dict)

    def decide(self, alert: AlertChanged, decision: Decision) -> None:
        self.decided.append((alert, decision))

    def keep(self, known: Known, decision: Decision) -> None:
        alert_id = known.alert.alert_id
        self.plans[alert_id] = known
        if decision.stop:
            self._stop(alert_id, decision.stop)
        self.steps += [StepRow(alert_id, step, "waiting", "") for step in decision.waits]
        if decision.public:
            again = decision.public is not PublicTelling.PUBLISH
            audience = Audience.RESIDENTS_TOLD if again else Audience.AROUND
            self.broadcasts.append(NewBroadcast(known, decision.public, audience))
        if decision.all_clear_to_duty:
            self.broadcasts.append(NewBroadcast(known, PublicTelling.ALL_CLEAR, Audience.DUTY_TOLD))

    def ask(self, requests: Iterable[Request]) -> None:
        for request in requests:
            self.requests.setdefault(request.event.notification_id, request)

    def take_step(self, alert_id: str, step: DueStep, decision: Decision) -> None:
        state = "fired" if decision.reason in {Why.STEP_DUE, Why.NOBODY_REACHED} else "stopped"
        self.taken.append(StepRow(alert_id, step, state, decision.reason))

    def _stop(self, alert_id: str, reason: Why) -> None:
        self.stops[alert_id] = reason
        self.steps = [
            StepRow(row.alert_id, row.step, "stopped", reason)
            if row.alert_id == alert_id and row.state == "waiting"
            else row
            for row in self.steps
        ]
