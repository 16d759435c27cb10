"""What operators decide, and when a decision does not hold."""

import pytest

from services.classifier.correlate.core.alert import Alert
from shared.events import AlertState, Category, DecisionKind, DecisionState, Urgency
from tests.classifier_builders import FoldedCity, a_decision, a_reading_signal, a_recovery, a_signal, an_id, at


@pytest.fixture
def city() -> FoldedCity:
    city = FoldedCity()
    city.take(a_signal("a"))
    return city


def last_outcome(alert: Alert) -> tuple[DecisionState, str]:
    return alert.decisions[-1].state, alert.decisions[-1].reason


@pytest.mark.parametrize(
    ("kind", "more", "field", "value"),
    [
        (DecisionKind.ACKNOWLEDGE, {}, "state", AlertState.ACKNOWLEDGED),
        (DecisionKind.ACKNOWLEDGE, {}, "acknowledged_by", "ola"),
        (DecisionKind.ASSIGN, {"assignee": "jan"}, "assigned_to", "jan"),
        (DecisionKind.SET_URGENCY, {"urgency": Urgency.LOW}, "urgency", Urgency.LOW),
        (DecisionKind.SET_CATEGORY, {"category": Category.GAS}, "category", Category.GAS),
        (DecisionKind.RESOLVE, {}, "state", AlertState.RESOLVED),
        (DecisionKind.DISMISS, {}, "state", AlertState.DISMISSED),
        (DecisionKind.PUBLISH, {"text": "Omijajcie rynek"}, "public_text", "Omijajcie rynek"),
        (DecisionKind.NOTE, {"text": "dzwoniłam"}, "report_count", 1),
        (DecisionKind.ASK, {"text": "co widać?"}, "report_count", 1),
    ],
)
def test_a_decision_that_holds_changes_the_alert(
    city: FoldedCity, kind: DecisionKind, more: dict[str, object], field: str, value: object
) -> None:
    """Every applied decision raises the version by one."""
    before = city.only.version
    assert city.take(a_decision(kind, city.only, **more)) == ["decision_applied"]
    assert getattr(city.only, field) == value
    assert city.only.version == before + 1
    assert last_outcome(city.only) == (DecisionState.APPLIED, "applied")


@pytest.mark.parametrize(
    ("kind", "more", "reason"),
    [
        (DecisionKind.ACKNOWLEDGE, {"if_version": 0}, "version_conflict"),
        (DecisionKind.ACKNOWLEDGE, {"if_version": 9}, "version_conflict"),
        (DecisionKind.ASSIGN, {}, "assignee_missing"),
        (DecisionKind.SET_URGENCY, {}, "urgency_missing"),
        (DecisionKind.SET_URGENCY, {"urgency": Urgency.NONE}, "urgency_none_is_dismiss"),
        (DecisionKind.SET_CATEGORY, {}, "category_missing"),
        (DecisionKind.NOTE, {}, "text_missing"),
        (DecisionKind.ASK, {"text": ""}, "text_missing"),
        (DecisionKind.REOPEN, {}, "alert_not_closed"),
        (DecisionKind.MERGE, {}, "target_unknown"),
        (DecisionKind.MERGE, {"into": an_id("nobody")}, "target_unknown"),
        (DecisionKind.SPLIT, {}, "reports_missing"),
        (DecisionKind.SPLIT, {"report_ids": (an_id("b"),)}, "report_not_in_alert"),
        (DecisionKind.SPLIT, {"report_ids": (an_id("a"),)}, "nothing_would_remain"),
    ],
)
def test_a_decision_that_does_not_hold_is_refused_with_its_reason(
    city: FoldedCity, kind: DecisionKind, more: dict[str, object], reason: str
) -> None:
    """The snapshot is written again with the same version."""
    before = city.only.version
    assert city.take(a_decision(kind, city.only, **more)) == ["decision_refused"]
    assert last_outcome(city.only) == (DecisionState.REFUSED, reason)
    assert city.only.version == before


def test_of_two_at_once_the_first_in_the_log_wins(city: FoldedCity) -> None:
    first = a_decision(DecisionKind.RESOLVE, city.only, name="1")
    second = a_decision(DecisionKind.DISMISS, city.only, name="2")
    assert city.take(first, second) == ["decision_applied", "decision_refused"]
    assert city.only.state is AlertState.RESOLVED
    assert last_outcome(city.only)[1] == "version_conflict"


def test_a_decision_that_comes_again_changes_nothing(city: FoldedCity) -> None:
    held = a_decision(DecisionKind.ACKNOWLEDGE, city.only)
    refused = a_decision(DecisionKind.ASSIGN, city.only, if_version=77)
    city.take(held, refused)
    before = city.snapshots
    assert city.take(held, refused) == ["repeated", "repeated"]
    assert city.snapshots == before


@pytest.mark.parametrize(
    "kind", [DecisionKind.ACKNOWLEDGE, DecisionKind.RESOLVE, DecisionKind.PUBLISH, DecisionKind.MERGE]
)
def test_a_closed_alert_takes_only_notes_and_reopening(city: FoldedCity, kind: DecisionKind) -> None:
    city.take(a_decision(DecisionKind.RESOLVE, city.only))
    city.take(a_decision(kind, city.only))
    assert last_outcome(city.only)[1] == "alert_closed"
    assert city.take(a_decision(DecisionKind.NOTE, city.only, text="x")) == ["decision_applied"]
    assert city.take(a_decision(DecisionKind.REOPEN, city.only)) == ["decision_applied"]
    assert (city.only.state, city.only.closed_at) == (AlertState.OPEN, None)
    assert city.take(a_signal("b", seconds=200)) == ["joined"]


def test_acknowledging_twice_is_refused(city: FoldedCity) -> None:
    city.take(a_decision(DecisionKind.ACKNOWLEDGE, city.only))
    city.take(a_decision(DecisionKind.ACKNOWLEDGE, city.only))
    assert last_outcome(city.only)[1] == "already_acknowledged"


def test_an_operators_urgency_holds_until_something_worse_comes(city: FoldedCity) -> None:
    city.take(a_decision(DecisionKind.SET_URGENCY, city.only, urgency=Urgency.MEDIUM))
    city.take(a_signal("same", seconds=110, urgency=Urgency.MEDIUM))
    assert city.only.urgency is Urgency.MEDIUM
    city.take(a_signal("worse", seconds=120, urgency=Urgency.CRITICAL))
    assert city.only.urgency is Urgency.CRITICAL


def test_a_merge_closes_the_source_and_gives_its_reports_to_the_target(city: FoldedCity) -> None:
    city.take(a_signal("b", north_m=5000, seconds=10))
    source, target = city.alerts
    target.joined.clear()
    assert city.take(a_decision(DecisionKind.MERGE, source, into=target.alert_id)) == ["decision_applied"]
    assert (source.state, source.merged_into, source.closed_at) == (AlertState.RESOLVED, target.alert_id, at(100))
    assert (target.report_count, target.evidence.total, target.version) == (2, 2, 2)
    assert target.joined == [an_id("a")]


def test_a_merge_is_undone_by_reopening_the_source(city: FoldedCity) -> None:
    city.take(a_signal("b", north_m=5000, seconds=10))
    source, target = city.alerts
    city.take(a_decision(DecisionKind.MERGE, source, into=target.alert_id))
    city.take(a_decision(DecisionKind.REOPEN, source))
    assert (source.state, source.merged_into, source.report_count) == (AlertState.OPEN, None, 1)
    assert (target.report_count, [piece.report_id for piece in target.evidence.pieces]) == (1, [an_id("b")])


def test_merging_into_itself_or_a_closed_alert_is_refused(city: FoldedCity) -> None:
    city.take(a_signal("b", north_m=5000, seconds=10))
    source, target = city.alerts
    city.take(a_decision(DecisionKind.MERGE, source, into=source.alert_id))
    assert last_outcome(source)[1] == "target_is_itself"
    city.take(a_decision(DecisionKind.RESOLVE, target))
    city.take(a_decision(DecisionKind.MERGE, source, into=target.alert_id, name="late"))
    assert last_outcome(source)[1] == "target_closed"


def test_a_recovery_after_a_merge_acts_on_the_target() -> None:
    city = FoldedCity()
    city.take(a_reading_signal("s"), a_signal("b", north_m=5000))
    source, target = (city.state.raised_by(a_recovery("s")), next(alert for alert in city.alerts if alert.report_count))
    city.take(a_decision(DecisionKind.MERGE, source, into=target.alert_id))
    city.take(a_recovery("s", seconds=200))
    assert not target.raised_sensors
    city.take(a_decision(DecisionKind.REOPEN, source, seconds=300))
    assert not source.raised_sensors


def test_a_split_makes_a_new_alert_of_the_named_reports(city: FoldedCity) -> None:
    city.take(a_signal("b", seconds=10, urgency=Urgency.CRITICAL), a_signal("c", seconds=20))
    old = city.only
    city.take(a_decision(DecisionKind.SPLIT, old, report_ids=(an_id("b"),)))
    old, new = city.alerts
    assert (old.report_count, new.report_count) == (2, 1)
    assert new.joined == [an_id("b")]
    assert (old.urgency, new.urgency) == (Urgency.HIGH, Urgency.CRITICAL)
    assert new.title
    city.take(a_decision(DecisionKind.MERGE, new, into=old.alert_id, name="undo"))
    assert old.report_count == 3
