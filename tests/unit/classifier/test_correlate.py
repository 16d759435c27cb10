"""Signals of the same event become one alert; others do not."""

from datetime import timedelta

from services.classifier.correlate.core.fold import OutcomeReason
from shared.events import AlertState, Category, DecisionKind, Urgency
from tests.classifier_builders import FoldedCity, a_decision, a_reading_signal, a_recovery, a_signal, at, przemysl


def test_two_reports_near_in_place_and_time_are_one_alert() -> None:
    city = FoldedCity()
    assert city.take(a_signal("a"), a_signal("b", seconds=60, north_m=300)) == ["opened", "joined"]
    assert city.only.report_count == 2
    assert city.only.version == 2


def test_too_far_too_late_or_something_else_opens_another() -> None:
    city = FoldedCity()
    far, late = a_signal("far", north_m=450), a_signal("late", seconds=5401, north_m=0)
    dog = a_signal("dog", category=Category.ANIMAL, text="agresywny pies")
    assert city.take(a_signal("a"), far, dog, late) == ["opened"] * 4
    assert len(city.alerts) == 4


def test_related_categories_join_within_the_stricter_limits() -> None:
    """Fire joins within 400 m, gas within 300 m."""
    city = FoldedCity()
    city.take(a_signal("fire", text="wybuch w kamienicy"))
    gas = {"category": Category.GAS, "text": "wybuch gazu, czuć gaz"}
    assert city.take(a_signal("gas", north_m=240, **gas)) == ["joined"]
    assert city.take(a_signal("gas-far", north_m=-450, **gas)) == ["opened"]
    assert city.alerts[0].also == {Category.GAS: None}


def test_the_window_moves_with_every_signal() -> None:
    city = FoldedCity()
    assert city.take(*(a_signal(str(n), seconds=n * 5000) for n in range(4)))[1:] == ["joined"] * 3


def test_the_nearest_of_several_is_joined_and_the_other_suggested() -> None:
    city = FoldedCity()
    city.take(a_signal("south", north_m=0), a_signal("north", north_m=600), a_signal("between", north_m=320))
    south, north = city.alerts
    assert (south.report_count, north.report_count) == (1, 2)
    assert list(north.suggested_merges) == [south.alert_id]
    assert 0 < north.suggested_merges[south.alert_id].score < 1


def test_the_same_signal_again_changes_nothing() -> None:
    city = FoldedCity()
    signals = [a_signal("a"), a_signal("b", seconds=1)]
    city.take(*signals)
    before = city.snapshots
    assert city.take(*signals) == ["repeated", "repeated"]
    assert city.snapshots == before


def test_independent_witnesses_raise_the_score_one_client_does_not() -> None:
    city = FoldedCity()
    city.take(a_signal("a", urgency=Urgency.MEDIUM))
    alone = city.only.score
    city.take(a_signal("b", urgency=Urgency.MEDIUM, client="client-a"))
    assert city.only.score == alone
    city.take(a_signal("c", urgency=Urgency.MEDIUM))
    assert city.only.score == alone + 4
    assert "corroborated" in [reason.code for reason in city.only.reasons]


def test_witnesses_alone_never_make_it_critical() -> None:
    city = FoldedCity()
    city.take(*(a_signal(str(n), urgency=Urgency.HIGH, score=81.0) for n in range(10)), a_reading_signal("s"))
    assert city.only.urgency is Urgency.HIGH
    assert city.only.score < przemysl().scoring.thresholds[Urgency.CRITICAL]


def test_a_sensor_and_a_resident_corroborate() -> None:
    city = FoldedCity()
    city.take(a_reading_signal("s", urgency=Urgency.MEDIUM), a_signal("a", urgency=Urgency.MEDIUM))
    assert city.only.score == 45 + 4 + 8


def test_a_critical_report_raises_the_alert_it_joins_and_opens_it_again() -> None:
    city = FoldedCity()
    city.take(a_signal("a", urgency=Urgency.MEDIUM))
    city.take(a_decision(DecisionKind.ACKNOWLEDGE, city.only))
    assert city.only.state is AlertState.ACKNOWLEDGED
    city.take(a_signal("b", seconds=200, urgency=Urgency.CRITICAL))
    assert city.only.urgency is Urgency.CRITICAL
    assert city.only.state is AlertState.OPEN
    assert {"urgency_raised", "opened_again"} <= {reason.code for reason in city.only.reasons}


def test_an_acknowledged_alert_that_gets_another_report_stays_acknowledged() -> None:
    city = FoldedCity()
    city.take(a_signal("a"))
    city.take(a_decision(DecisionKind.ACKNOWLEDGE, city.only), a_signal("b", seconds=200))
    assert city.only.state is AlertState.ACKNOWLEDGED


def test_an_exercise_stays_among_exercises() -> None:
    city = FoldedCity()
    assert city.take(a_signal("real"), a_signal("drill", exercise=True), a_signal("drill-2", exercise=True)) == [
        "opened",
        "opened",
        "joined",
    ]


def test_without_a_place_time_and_category_decide_in_a_tighter_window() -> None:
    """A quarter of fire's 90 minutes."""
    city = FoldedCity()
    city.take(a_signal("a"))
    assert city.take(a_signal("b", seconds=1300, north_m=None)) == ["joined"]
    assert city.take(a_signal("c", seconds=2700, north_m=None)) == ["opened"]
    assert "near_in_time_place_unknown" in [reason.code for reason in city.alerts[0].reasons]


def test_without_a_place_several_that_fit_are_suggested_not_joined() -> None:
    city = FoldedCity()
    city.take(a_signal("a"), a_signal("b", north_m=3000))
    assert city.take(a_signal("c", north_m=None, seconds=10)) == ["opened"]
    assert len(city.alerts[-1].suggested_merges) == 2


def test_a_street_named_in_the_text_is_a_place() -> None:
    """Two callers without coordinates name the same bridge, a third another place."""
    city = FoldedCity()
    places = przemysl().gazetteer.places
    bridge = next(place for place in places if place.kind == "bridge")
    square = next(place for place in places if place.kind == "square")
    for name, place in (("a", bridge), ("b", bridge), ("c", square)):
        city.take(
            a_signal(name, north_m=None, text=f"pali się, {place.names.within('pl', 'pl')}", category=Category.MEDICAL)
        )
    assert [alert.report_count for alert in city.alerts] == [2, 1]
    assert all(alert.lat is not None for alert in city.alerts)


def test_the_title_names_category_and_place() -> None:
    city = FoldedCity()
    city.take(a_signal("a", place="Rynek 5"))
    assert city.only.title == "Pożar – Rynek 5"
    city.take(a_decision(DecisionKind.SET_CATEGORY, city.only, category=Category.GAS))
    assert city.only.title == "Gaz lub czad – Rynek 5"


def test_recovery_resolves_what_only_sensors_raised() -> None:
    city = FoldedCity()
    city.take(a_reading_signal("1"), a_reading_signal("2", sensor_id="smoke-2"))
    assert city.take(a_recovery("1", seconds=10)) == [OutcomeReason.RECOVERED]
    assert city.only.state is AlertState.OPEN
    assert city.take(a_recovery("2", seconds=20, sensor_id="smoke-2")) == [OutcomeReason.RESOLVED_BY_RECOVERY]
    assert city.only.state is AlertState.RESOLVED
    assert city.only.closed_at == at(20)


def test_recovery_leaves_what_a_resident_reported() -> None:
    city = FoldedCity()
    city.take(a_reading_signal("1"), a_signal("a"), a_recovery("1", seconds=10))
    assert city.only.state is AlertState.OPEN
    assert not city.only.raised_sensors


def test_a_sensor_that_rises_further_stays_with_its_alert_however_long_it_takes() -> None:
    city = FoldedCity()
    city.take(a_reading_signal("1", urgency=Urgency.MEDIUM))
    assert city.take(a_reading_signal("2", seconds=7 * 3600, urgency=Urgency.HIGH)) == ["joined"]
    assert city.only.urgency is Urgency.HIGH


def test_a_closed_alert_gets_no_more_signals() -> None:
    city = FoldedCity()
    city.take(a_signal("a"))
    city.take(a_decision(DecisionKind.RESOLVE, city.only))
    assert city.take(a_signal("b", seconds=200)) == ["opened"]


def test_a_closed_alert_is_forgotten_after_its_time_by_the_logs_own_clock() -> None:
    city = FoldedCity()
    city.take(a_signal("a"))
    closed = city.only
    city.take(a_decision(DecisionKind.RESOLVE, closed))
    day = timedelta(hours=24).total_seconds()
    assert city.take(a_decision(DecisionKind.REOPEN, closed, seconds=100 + day + 1)) == ["unknown_alert"]
    city.take(a_signal("late", seconds=100 + 2 * day, north_m=9000))
    assert closed.alert_id not in city.state.alerts


def test_many_open_alerts_of_long_ago_do_not_slow_a_place_down() -> None:
    """What a new signal can no longer join is not even looked at."""
    city = FoldedCity()
    city.take(*(a_signal(str(n), seconds=n * 110_000, category=Category.INFRASTRUCTURE) for n in range(10)))
    assert [alert.state.is_live for alert in city.alerts] == [True] * 10
    assert len(list(city.state.near(Category.INFRASTRUCTURE, 49.7838, 22.7678, 400))) <= 2
