"""What time alone does to alerts: they escalate, and close when nothing is heard of them; always as of the deadline."""

import pytest

from services.classifier.correlate.core.fold import Correlator
from shared.events import AlertState, Category, DecisionKind, Urgency
from tests.classifier_builders import FoldedCity, a_decision, a_reading_signal, a_signal, at


def codes(city: FoldedCity) -> list[str]:
    return [reason.code for reason in city.only.reasons]


def let_pass(city: FoldedCity, seconds: float) -> int:
    correlator: Correlator = city.correlator
    return len(correlator.let_time_pass(city.state, at(seconds)))


def test_an_alert_that_nobody_acknowledges_escalates_once_as_of_its_deadline() -> None:
    city = FoldedCity()
    city.take(a_signal("a", urgency=Urgency.CRITICAL))
    assert let_pass(city, 119.9) == 0
    assert let_pass(city, 500) == 1
    assert (city.only.escalated_at, city.only.version, city.only.urgency) == (at(120), 2, Urgency.CRITICAL)
    assert codes(city)[-1] == "escalated"
    assert let_pass(city, 5000) == 0


def test_an_acknowledged_alert_does_not_escalate() -> None:
    city = FoldedCity()
    city.take(a_signal("a", urgency=Urgency.CRITICAL))
    city.take(a_decision(DecisionKind.ACKNOWLEDGE, city.only))
    assert let_pass(city, 10_000) == 0


def test_rising_begins_a_new_wait_by_the_higher_urgency() -> None:
    city = FoldedCity()
    city.take(a_signal("a", urgency=Urgency.MEDIUM), a_signal("b", seconds=1000, urgency=Urgency.CRITICAL))
    let_pass(city, 2000)
    assert city.only.escalated_at == at(1120)


def test_whoever_acknowledges_while_it_escalates_is_not_turned_away() -> None:
    city = FoldedCity()
    city.take(a_signal("a", urgency=Urgency.CRITICAL))
    decision = a_decision(DecisionKind.ACKNOWLEDGE, city.only, seconds=121)
    assert city.take(decision) == ["decision_applied"]
    assert (city.only.state, city.only.escalated_at) == (AlertState.ACKNOWLEDGED, None)


def test_an_alert_that_nothing_is_heard_of_closes_and_says_so() -> None:
    """Fire: twelve hours after its last change, which is its escalation ten minutes after it opened."""
    city = FoldedCity()
    city.take(a_signal("a"))
    let_pass(city, 600 + 43_200)
    assert (city.only.state, city.only.closed_at) == (AlertState.RESOLVED, at(600 + 43_200))
    assert codes(city)[-1] == "closed_as_stale"


@pytest.mark.parametrize("reason", ["a sensor holds it up", "residents were told"])
def test_what_a_person_or_a_sensor_has_to_end_does_not_go_stale(reason: str) -> None:
    city = FoldedCity()
    if reason == "residents were told":
        city.take(a_signal("a"))
        city.take(a_decision(DecisionKind.PUBLISH, city.only, text="uwaga"))
    else:
        city.take(a_reading_signal("s"))
    let_pass(city, 10_000_000)
    assert city.only.state is AlertState.OPEN


def test_an_event_meets_the_deadlines_before_it() -> None:
    """As a tick would have: the log gives the same alerts whether time was let pass or not."""
    ticked, only_log = FoldedCity(), FoldedCity()
    far = {"seconds": 50_000, "north_m": 9000, "category": Category.ANIMAL}
    for city in (ticked, only_log):
        city.take(a_signal("a"))
    let_pass(ticked, 700)
    let_pass(ticked, 49_999)
    for city in (ticked, only_log):
        city.take(a_signal("far", **far))
    assert ticked.snapshots == only_log.snapshots
