from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.core.alert_view import AlertView, Folded, MessageKind, fold_alerts
from services.ingest.core.report_state import Assessed, ReportState, StandingReason, report_standing
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

START = datetime(2026, 11, 24, 18, tzinfo=UTC)
ASKS = Assessed(raises_alert=True, category=Category.FIRE, at=START + timedelta(seconds=1))
PRAISES = Assessed(raises_alert=False, category=Category.OTHER, at=START + timedelta(seconds=1))


def alert(alert_id: str, version: int, state: AlertState = AlertState.OPEN, **changes: Any) -> AlertChanged:
    at = START + timedelta(minutes=version)
    fields: dict[str, Any] = {
        "event_id": f"{alert_id}-{version}",
        "city": "przemysl",
        "occurred_at": at,
        "received_at": at,
        "alert_id": alert_id,
        "version": version,
        "state": state,
        "category": Category.FIRE,
        "urgency": Urgency.HIGH,
        "score": 80,
        "title": "Fire",
        "radius_m": 100,
        "opened_at": START,
        "changed_at": at,
        "report_count": 1,
        "reading_count": 0,
        "evidence_total": 1,
    }
    return AlertChanged.model_validate(fields | changes)


def evidence(*report_ids: str) -> tuple[Evidence, ...]:
    return tuple(Evidence(kind="report", report_id=one, at=START, urgency=Urgency.HIGH) for one in report_ids)


def decision(
    kind: DecisionKind, text: str, decision_id: str = "d", state: DecisionState = DecisionState.APPLIED
) -> DecisionOutcome:
    return DecisionOutcome(decision_id=decision_id, kind=kind, state=state, reason="", at=START, actor="ola", text=text)


def after(*events: AlertChanged, known: Folded | None = None) -> Folded:
    before = known or Folded({}, {})
    folded = fold_alerts(before.changed, events)
    return Folded({**before.changed, **folded.changed}, {**before.joined, **folded.joined})


def state_of(report_id: str, log: Folded, assessed: Assessed | None = ASKS) -> ReportState:
    return report_standing(START, assessed, log.joined.get(report_id), log.changed).state


@pytest.mark.parametrize(
    ("assessed", "state", "reason", "category"),
    [
        (None, ReportState.RECEIVED, StandingReason.NOT_ASSESSED_YET, None),
        (ASKS, ReportState.ASSESSED, StandingReason.RAISES_ALERT, Category.FIRE),
        (PRAISES, ReportState.NO_ACTION, StandingReason.RAISES_NO_ALERT, Category.OTHER),
    ],
)
def test_report_without_an_alert_is_as_it_was_assessed(
    assessed: Assessed | None, state: ReportState, reason: StandingReason, category: Category | None
) -> None:
    standing = report_standing(START, assessed, None, {})
    assert (standing.state, standing.reason, standing.category) == (state, reason, category)


@pytest.mark.parametrize(
    ("alert_state", "state"),
    [
        (AlertState.OPEN, ReportState.JOINED),
        (AlertState.ACKNOWLEDGED, ReportState.IN_PROGRESS),
        (AlertState.RESOLVED, ReportState.RESOLVED),
        (AlertState.DISMISSED, ReportState.DISMISSED),
    ],
)
@pytest.mark.parametrize("assessed", [None, ASKS, PRAISES])
def test_report_moves_on_with_its_alert_whether_its_assessment_came_or_not(
    alert_state: AlertState, state: ReportState, assessed: Assessed | None
) -> None:
    log = after(alert("a", 1, joined_report_ids=("r",)), alert("a", 2, alert_state))
    assert state_of("r", log, assessed) is state


def test_late_and_repeated_versions_turn_nothing_back() -> None:
    first, second, third = (
        alert("a", 1, joined_report_ids=("r",)),
        alert("a", 2, AlertState.ACKNOWLEDGED),
        alert("a", 3, AlertState.RESOLVED),
    )
    log = after(first, second, third)
    assert after(first, second, known=log) == log
    assert after(third, known=log) == log
    assert state_of("r", log) is ReportState.RESOLVED


def test_merged_report_follows_the_other_alert() -> None:
    log = after(
        alert("a", 1, joined_report_ids=("r",)),
        alert("b", 1, joined_report_ids=("s",)),
        alert("b", 2, AlertState.ACKNOWLEDGED, evidence=evidence("r", "s")),
        alert("a", 2, AlertState.RESOLVED, merged_into="b", evidence=evidence("r")),
    )
    assert state_of("r", log) is ReportState.IN_PROGRESS
    assert state_of("r", after(alert("b", 3, AlertState.RESOLVED), known=log)) is ReportState.RESOLVED


def test_merge_into_an_alert_not_heard_of_yet_resolves_nothing() -> None:
    log = after(alert("a", 1, joined_report_ids=("r",)), alert("a", 2, AlertState.RESOLVED, merged_into="b"))
    assert state_of("r", log) is ReportState.JOINED


def test_a_ring_of_merges_ends() -> None:
    views = {
        one: AlertView(one, 1, AlertState.RESOLVED, Category.FIRE, START, merged_into=other)
        for one, other in (("a", "b"), ("b", "a"))
    }
    assert report_standing(START, ASKS, "a", views).state is ReportState.JOINED


def test_split_report_follows_its_new_alert() -> None:
    log = after(
        alert("a", 1, joined_report_ids=("r", "s")),
        alert("a", 2, evidence=evidence("s")),
        alert("b", 1, joined_report_ids=("r",), evidence=evidence("r")),
        alert("a", 3, AlertState.DISMISSED, evidence=evidence("s")),
    )
    assert (state_of("r", log), state_of("s", log)) == (ReportState.JOINED, ReportState.DISMISSED)


def test_versions_lost_to_compaction_are_made_up_for_by_the_evidence() -> None:
    assert after(alert("a", 7, evidence=evidence("r"))).joined == {"r": "a"}
    log = after(alert("a", 1, joined_report_ids=("r",)), alert("a", 9, evidence=evidence("r", "s")))
    assert log.joined == {"r": "a", "s": "a"}


def test_resident_hears_questions_and_public_words_in_order_and_once_and_nothing_else() -> None:
    ask = decision(DecisionKind.ASK, "Czy ktoś jest w środku?")
    log = after(
        alert("a", 1, joined_report_ids=("r",), decisions=(ask, decision(DecisionKind.NOTE, "inner matter", "n"))),
        alert("a", 2, public=True, public_text="Zamknij okna.", decisions=(ask,)),
        alert("a", 3, public=True, public_text="Zamknij okna."),
        alert("a", 4, decisions=(decision(DecisionKind.ASK, "refused", "x", DecisionState.REFUSED),)),
    )
    messages = report_standing(START, ASKS, "a", log.changed).messages
    assert [(one.kind, one.text) for one in messages] == [
        (MessageKind.QUESTION, "Czy ktoś jest w środku?"),
        (MessageKind.PUBLIC, "Zamknij okna."),
    ]


_STATES = st.lists(st.sampled_from(AlertState), min_size=1, max_size=6)


@given(states=_STATES, cut=st.integers(0, 6), again=st.integers(0, 6))
def test_batches_and_redeliveries_never_change_the_outcome(states: list[AlertState], cut: int, again: int) -> None:
    events = [alert("a", version, state, joined_report_ids=("r",)) for version, state in enumerate(states, 1)]
    whole = after(*events)
    assert after(*events[min(again, cut) :], known=after(*events[:cut])) == whole
