"""The fold of a city's log into its alerts: the same log always gives the same alerts, however it is cut into batches."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from math import exp
from typing import Final

from services.classifier.building import build
from services.classifier.correlate.core.absorbed import short_hash
from services.classifier.correlate.core.account import Account, AccountReader, PlacedBy
from services.classifier.correlate.core.alert import Alert, Cause
from services.classifier.correlate.core.applying import apply_decision
from services.classifier.correlate.core.city import CityState, sensor_key
from services.classifier.correlate.core.deadlines import meet
from services.classifier.correlate.core.decisions import Verdict, judge
from services.classifier.correlate.core.evidence import EvidenceList, evidence_of
from services.classifier.correlate.core.joining import Joined, JoinReason, find_alert
from services.classifier.correlate.core.limits import SnapshotLimits
from services.classifier.correlate.core.naming import name_near, title_of
from services.classifier.correlate.core.reasons import AlertReason
from services.classifier.correlate.core.rules import JoiningRules
from services.classifier.correlate.core.weighing import take_signal
from shared.events import (
    AlertState,
    DecisionKind,
    DecisionOutcome,
    DecisionState,
    DecisionTaken,
    ReadingSignal,
    ReportSignal,
    SensorRecovered,
    SignalOrDecision,
    SuggestedMerge,
)
from shared.ids import derived_id
from shared.pack import CityPack, distance_m

__all__ = ["Correlator", "Outcome", "OutcomeReason"]

_SMALLEST_RADIUS_M: Final = 50.0


class OutcomeReason(StrEnum):
    """What became of a signal or decision."""

    OPENED = "opened"
    JOINED = "joined"
    REPEATED = "repeated"
    RECOVERED = "recovered"
    RESOLVED_BY_RECOVERY = "resolved_by_recovery"
    NOTHING_TO_RECOVER = "nothing_to_recover"
    DECISION_APPLIED = "decision_applied"
    DECISION_REFUSED = "decision_refused"
    UNKNOWN_ALERT = "unknown_alert"


@dataclass(frozen=True, slots=True)
class Outcome:
    """`changed` are the alerts whose snapshot is to be published."""

    reason: OutcomeReason
    changed: tuple[Alert, ...] = ()
    detail: str = ""
    """The word of the decision inside: why it joined, why it was refused."""

    @property
    def took_signal(self) -> bool:
        """Whether the last of `changed` is the alert that a signal opened or joined."""
        return self.reason in {OutcomeReason.OPENED, OutcomeReason.JOINED}


class Correlator:
    """Folds events into cities' states by one pack's rules. It keeps nothing itself: all state is in the CityState."""

    def __init__(self, pack: CityPack, limits: SnapshotLimits) -> None:
        self._pack = pack
        self._limits = limits
        self._reader = AccountReader(pack)
        self._rules = JoiningRules(pack.correlation)

    def new_city(self) -> CityState:
        return CityState(self._pack.correlation, self._limits.closed_kept)

    def fold(self, city: CityState, event: SignalOrDecision) -> Outcome:
        """Takes the event into `city` and says what came of it; what has been absorbed before changes nothing."""
        passed = self.let_time_pass(city, event.received_at)
        outcome = self._fold(city, event)
        return replace(outcome, changed=(*passed, *outcome.changed)) if passed else outcome

    def let_time_pass(self, city: CityState, until: datetime) -> tuple[Alert, ...]:
        """Meets every deadline up to `until`, each as of its own time, and returns the alerts that this changed."""
        changed: list[Alert] = []
        for alert, due_at, deadline in city.due(until):
            city.unindex(alert)
            meet(alert, due_at, deadline)
            city.index(alert)
            changed.append(alert)
        return tuple(changed)

    def _fold(self, city: CityState, event: SignalOrDecision) -> Outcome:
        city.advance(event.received_at)
        mark = short_hash(event.event_id)
        if city.has_absorbed(mark):
            return Outcome(OutcomeReason.REPEATED)
        if isinstance(event, DecisionTaken):
            return self._decide(city, event, mark)
        if isinstance(event, SensorRecovered):
            return _recover(city, event, mark)
        return self._take(city, event, mark)

    def _take(self, city: CityState, signal: ReportSignal | ReadingSignal, mark: str) -> Outcome:
        piece = evidence_of(signal, self._limits)
        account = self._reader.read(piece)
        joined = find_alert(city, signal, account, self._rules, self._reader)
        alert = joined.alert or self._open(city, signal, account)
        _explain(alert, signal, joined, account)
        _suggest(alert, joined)
        self._settle_place(city, alert, signal, account)
        rekeyed = take_signal(alert, signal, piece, self._pack.scoring)
        alert.learn(account)
        _advance(alert, signal)
        if rekeyed or joined.alert is None:
            alert.title = title_of(alert, self._pack)
            city.index(alert)
        city.touched(alert)
        if isinstance(signal, ReadingSignal):
            city.hold_up(alert, signal)
        city.absorb(alert, mark)
        reason = OutcomeReason.JOINED if joined.alert else OutcomeReason.OPENED
        return Outcome(reason, (alert,), joined.reason)

    def _open(self, city: CityState, signal: ReportSignal | ReadingSignal, account: Account) -> Alert:
        alert = Alert(
            alert_id=derived_id(signal.event_id, "alert", signal.received_at),
            city=signal.city,
            exercise=signal.exercise,
            category=signal.category,
            urgency=signal.urgency,
            title="",
            opened_at=signal.received_at,
            changed_at=signal.received_at,
            last_signal_at=signal.received_at,
            radius_m=_SMALLEST_RADIUS_M,
            cause=_cause(signal),
            waiting_since=signal.received_at,
            limits=self._limits,
            evidence=EvidenceList(self._limits),
            needs_review=signal.needs_review,
        )
        if not account.spots:
            alert.radius_m = self._pack.correlation.joining(signal.category).distance_m
            alert.place = account.name
        city.alerts[alert.alert_id] = alert
        return alert

    def _settle_place(
        self, city: CityState, alert: Alert, signal: ReportSignal | ReadingSignal, account: Account
    ) -> None:
        """The first signal that says where gives the alert its place; later ones only widen it."""
        if not account.spots:
            return
        where = account.spots[0]
        reach_m = max(_SMALLEST_RADIUS_M, where.coarse_m, self._sensor_radius_m(signal))
        if alert.lat is not None and alert.lon is not None:
            apart_m = distance_m(alert.lat, alert.lon, where.lat, where.lon)
            alert.radius_m = round(max(alert.radius_m, apart_m + reach_m if reach_m < apart_m else reach_m), 1)
            return
        city.unindex(alert)
        alert.lat, alert.lon, alert.radius_m = where.lat, where.lon, reach_m
        alert.place = account.name or name_near(where.lat, where.lon, self._pack)
        alert.title = title_of(alert, self._pack)
        city.index(alert)

    def _sensor_radius_m(self, signal: ReportSignal | ReadingSignal) -> float:
        if isinstance(signal, ReportSignal):
            return 0.0
        sensor = self._pack.sensor(signal.sensor_id, signal.quantity)
        return sensor.radius_m if sensor else 0.0

    def _decide(self, city: CityState, decision: DecisionTaken, mark: str) -> Outcome:
        alert = city.get(decision.alert_id, decision.received_at)
        target = city.get(decision.into, decision.received_at)
        verdict = judge(alert, decision, target)
        if alert is None:
            return Outcome(OutcomeReason.UNKNOWN_ALERT, (), verdict)
        city.absorb(alert, mark)
        applied = verdict is Verdict.APPLIED
        alert.decided(_outcome(decision, verdict))
        if not applied:
            alert.cause = _cause(decision)
            return Outcome(OutcomeReason.DECISION_REFUSED, (alert,), verdict)
        urgencies = {alert.alert_id: alert.urgency} | ({target.alert_id: target.urgency} if target else {})
        changed = apply_decision(city, alert, decision, target, self._pack)
        for one in changed:
            _advance(one, decision)
            if one.urgency.level > urgencies.get(one.alert_id, one.urgency).level:
                one.wait_anew(decision.received_at)
            one.title = title_of(one, self._pack)
            city.index(one)
        return Outcome(OutcomeReason.DECISION_APPLIED, changed, decision.kind)


def _recover(city: CityState, recovered: SensorRecovered, mark: str) -> Outcome:
    """Takes the sensor off the alert it holds up; what only sensors raised is resolved when the last one is back."""
    alert = city.raised_by(recovered)
    if alert is None or _raised_since(alert, recovered):
        return Outcome(OutcomeReason.NOTHING_TO_RECOVER)
    city.unindex(alert)
    del alert.raised_sensors[sensor_key(recovered)]
    value = f"{recovered.value:g} {recovered.unit or ''}".rstrip()
    alert.say(
        AlertReason.SENSOR_RECOVERED, f"{recovered.sensor_id}: {recovered.quantity} {value}", recovered.received_at
    )
    reason = OutcomeReason.RECOVERED
    if not alert.report_count and not alert.raised_sensors:
        alert.state, alert.closed_at = AlertState.RESOLVED, recovered.received_at
        alert.say(
            AlertReason.RESOLVED_BY_RECOVERY,
            "every sensor that raised it is back below its level",
            recovered.received_at,
        )
        reason = OutcomeReason.RESOLVED_BY_RECOVERY
    _advance(alert, recovered)
    city.index(alert)
    city.absorb(alert, mark)
    return Outcome(reason, (alert,))


def _raised_since(alert: Alert, recovered: SensorRecovered) -> bool:
    """An old recovery that comes again must not take a newer alarm back."""
    newest = next(
        (
            piece.at
            for piece in reversed(alert.evidence.pieces)
            if piece.sensor_id == recovered.sensor_id and piece.quantity == recovered.quantity
        ),
        recovered.occurred_at,
    )
    return newest > recovered.occurred_at


def _advance(alert: Alert, event: SignalOrDecision) -> None:
    alert.version += 1
    alert.changed_at = max(alert.changed_at, event.received_at)
    alert.cause = _cause(event)


def _cause(event: SignalOrDecision) -> Cause:
    return Cause(event.event_id, event.occurred_at, event.received_at)


def _explain(alert: Alert, signal: ReportSignal | ReadingSignal, joined: Joined, account: Account) -> None:
    who = "a report" if isinstance(signal, ReportSignal) else f"sensor {signal.sensor_id}"
    verb = "joined" if joined.alert else "opened it"
    if not alert.has_said(joined.reason):  # the first of each kind: a storm of reports must not push the rest out
        alert.say(joined.reason, f"{who} {verb}: {signal.category}, {signal.urgency}", signal.received_at)
    if account.by in {PlacedBy.ADDRESS, PlacedBy.TEXT} and not alert.has_said(AlertReason.PLACED_BY_NAME):
        alert.say(
            AlertReason.PLACED_BY_NAME,
            f"no coordinates: placed by its {account.by}, {account.name}",
            signal.received_at,
        )


def _suggest(alert: Alert, joined: Joined) -> None:
    """Close calls go to a person, with how well they fit: 0.5 is where a signal would have joined."""
    for call in joined.close_calls:
        score = 1 / (1 + exp(-2 * call.score))
        alert.suggest(
            SuggestedMerge(alert_id=call.alert.alert_id, reason=_why_suggested(joined), score=round(score, 3))
        )


def _why_suggested(joined: Joined) -> JoinReason:
    return joined.reason if joined.alert is None else JoinReason.NEAR_IN_PLACE_AND_TIME


def _outcome(decision: DecisionTaken, verdict: Verdict) -> DecisionOutcome:
    text = (
        decision.text
        if decision.kind in {DecisionKind.NOTE, DecisionKind.ASK, DecisionKind.PUBLISH}
        else decision.reason
    )
    return build(
        DecisionOutcome,
        {
            "decision_id": decision.decision_id,
            "kind": decision.kind,
            "state": DecisionState.APPLIED if verdict is Verdict.APPLIED else DecisionState.REFUSED,
            "reason": verdict,
            "at": decision.received_at,
            "actor": decision.actor,
            "text": text[:500] if text else None,
        },
    )
