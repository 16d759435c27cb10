"""The correlate stage as PartitionStage hosts it, without Kafka: batches in, snapshots out, state restored from them."""

import random
from collections.abc import Iterator, Sequence
from functools import cache
from types import SimpleNamespace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from services.classifier.correlate.core.fold import Correlator
from services.classifier.correlate.core.limits import SnapshotLimits
from services.classifier.correlate.core.snapshot import snapshot_of
from services.classifier.correlate.flow import Cities, CorrelateFold
from shared.events import AlertChanged, Category, DecisionKind, DecisionTaken, SignalOrDecision, Urgency
from shared.kafka.partition_stage import Folded
from shared.kafka.records import Received, encode
from tests.classifier_builders import a_reading_signal, a_recovery, a_signal, an_id, at, przemysl

LIMITS = SnapshotLimits()
MOST_BYTES = 256_000


@cache
def stage(limits: SnapshotLimits = LIMITS) -> CorrelateFold:
    return CorrelateFold(Correlator(przemysl(), limits), limits)


def received(event: SignalOrDecision) -> Received[Any]:
    return Received(event, "signals.raised.v1", 0, 0, event.city, 0, None, SimpleNamespace())  # type: ignore[arg-type]


def fold(fold: CorrelateFold, state: Cities, events: Sequence[SignalOrDecision]) -> Folded:
    return fold.fold(state, [received(event) for event in events])


def snapshots(folded: Folded) -> list[AlertChanged]:
    return [AlertChanged.model_validate_json(encode(output.event)) for output in folded.outputs]


def state_of(state: Cities) -> dict[str, dict[str, Any]]:
    """All that has to be the same; what joined since the last published snapshot depends on when that was."""
    return {
        alert.alert_id: snapshot_of(alert).model_dump(mode="json", exclude={"joined_report_ids", "event_id"})
        for city in state.values()
        for alert in city.alerts.values()
    }


def restored(fold: CorrelateFold, log: Sequence[AlertChanged]) -> Cities:
    newest: dict[str, AlertChanged] = {}
    for snapshot in log:
        newest.pop(snapshot.alert_id, None)
        newest[snapshot.alert_id] = snapshot
    return fold.restore(newest.values())


def a_random_log(seed: int, length: int) -> list[SignalOrDecision]:
    """Reports, sensors and decisions in the order of a log; decisions name alerts by guessing versions, so many are refused."""
    chance = random.Random(seed)
    events: list[SignalOrDecision] = []
    pilot = stage()
    state: Cities = {}
    for number in range(length):
        event = _next(chance, number, state)
        events.append(event)
        fold(pilot, state, [event])
    return events


def _next(chance: random.Random, number: int, state: Cities) -> SignalOrDecision:
    seconds = number * 40.0
    alerts = [alert for city in state.values() for alert in city.alerts.values()]
    kind = chance.random()
    if kind < 0.7 or not alerts:
        north = chance.choice([None, chance.uniform(-2000, 2000)])
        category, urgency = (
            chance.choice([Category.FIRE, Category.GAS, Category.FLOOD]),
            chance.choice(list(Urgency)[1:]),
        )
        return a_signal(
            str(number),
            seconds=seconds,
            north_m=north,
            category=category,
            urgency=urgency,
            client=f"c{chance.randrange(20)}",
        )
    if kind < 0.8:
        return a_reading_signal(str(number), seconds=seconds, sensor_id=f"s{chance.randrange(3)}")
    if kind < 0.88:
        return a_recovery(str(number), seconds=seconds, sensor_id=f"s{chance.randrange(3)}")
    alert, other = chance.choice(alerts), chance.choice(alerts)
    reports = [piece.report_id for piece in alert.evidence.pieces if piece.report_id]
    return DecisionTaken(
        event_id=an_id(f"d{number}"),
        city="przemysl",
        occurred_at=at(seconds),
        received_at=at(seconds),
        decision_id=an_id(f"did{number}"),
        alert_id=alert.alert_id,
        kind=chance.choice(list(DecisionKind)),
        if_version=alert.version - (chance.random() < 0.1),
        actor="ola",
        assignee="jan",
        urgency=chance.choice(list(Urgency)[1:]),
        category=Category.GAS,
        into=other.alert_id,
        report_ids=tuple(reports[: chance.randrange(3)]),
        text="x",
    )


def _cut(events: Sequence[SignalOrDecision], chance: random.Random) -> Iterator[Sequence[SignalOrDecision]]:
    begin = 0
    while begin < len(events):
        end = begin + chance.randint(1, 30)
        yield events[begin:end]
        begin = end


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000))
def test_batches_crashes_and_redeliveries_change_nothing(seed: int) -> None:
    """However the log is cut, wherever a process dies and starts again from its snapshots, whatever comes twice, whenever it ticks."""
    log = a_random_log(seed, 120)
    one_by_one: Cities = {}
    for event in log:
        fold(stage(), one_by_one, [event])
    chance = random.Random(seed)
    state: Cities = {}
    written: list[AlertChanged] = []
    for batch in _cut(log, chance):
        written += snapshots(fold(stage(), state, [*batch, *chance.sample(batch, min(2, len(batch)))]))
        if chance.random() < 0.3:
            written += snapshots(stage().tick(state, batch[-1].received_at))
        if chance.random() < 0.3:
            state = restored(stage(), written)
    assert state_of(state) == state_of(one_by_one)


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10_000))
def test_whoever_follows_the_snapshots_learns_of_every_report(seed: int) -> None:
    log = [event for event in a_random_log(seed, 150) if event.type != "decision"]
    state: Cities = {}
    told: dict[str, list[str]] = {}
    for batch in _cut(log, random.Random(seed)):
        for snapshot in snapshots(fold(stage(), state, batch)):
            told.setdefault(snapshot.alert_id, []).extend(snapshot.joined_report_ids)
    reports = {event.report_id for event in log if event.type == "report"}
    assert sorted(report for joined in told.values() for report in joined) == sorted(reports)


def test_a_batch_publishes_each_changed_alert_once() -> None:
    state: Cities = {}
    written = snapshots(fold(stage(), state, [a_signal(str(n), seconds=n) for n in range(100)]))
    assert [(snapshot.version, len(snapshot.joined_report_ids)) for snapshot in written] == [(100, 100)]
    assert [output.key for output in fold(stage(), state, [a_signal("x", seconds=101)]).outputs] == [
        written[0].alert_id
    ]


def test_no_snapshot_tells_of_more_than_150_reports() -> None:
    state: Cities = {}
    written = snapshots(fold(stage(), state, [a_signal(str(n), seconds=n) for n in range(500)]))
    assert [len(snapshot.joined_report_ids) for snapshot in written] == [150, 150, 150, 50]


def test_a_thousand_long_ukrainian_reports_stay_under_256_kb() -> None:
    """With long explanations, notes and witnesses beside them; the newest 200 pieces and the total stay true."""
    state: Cities = {}
    text = "Горить будинок на вулиці Словацького, допоможіть! " * 40
    marks = [
        {"start": n * 10, "end": n * 10 + 20, "text": "Горить будинок на вул", "kind": "fire", "points": 12.25}
        for n in range(24)
    ]
    largest = 0
    for begin in range(0, 1000, 50):
        batch: list[SignalOrDecision] = [
            a_signal(
                f"{number}",
                seconds=number,
                text=text,
                client=f"{number:064x}",
                place="вулиця Словацького 14",
                explanation={"base": 40, "phrases": marks, "points_sum": 70},
            )
            for number in range(begin, begin + 50)
        ]
        written = fold(stage(), state, batch)
        largest = max([largest, *(len(encode(output.event)) for output in written.outputs)])
        (alert,) = next(iter(state.values())).alerts.values()
        note = {"kind": DecisionKind.NOTE, "text": "ї" * 2000, "if_version": alert.version, "alert_id": alert.alert_id}
        decision = DecisionTaken(
            event_id=an_id(f"note{begin}"),
            city="przemysl",
            occurred_at=at(begin),
            received_at=at(begin),
            decision_id="d",
            actor="ola",
            **note,
        )
        largest = max([largest, *(len(encode(output.event)) for output in fold(stage(), state, [decision]).outputs)])
    (alert,) = next(iter(state.values())).alerts.values()
    assert largest < MOST_BYTES
    assert (alert.evidence.total, len(alert.evidence.pieces)) == (1000, 200)
    assert alert.evidence.pieces[-1].explanation is not None


def test_a_decision_about_an_alert_that_nobody_knows_is_put_aside_with_its_reason() -> None:
    decision = DecisionTaken(
        event_id=an_id("d"),
        city="przemysl",
        occurred_at=at(0),
        received_at=at(0),
        decision_id="d",
        alert_id=an_id("no"),
        kind="note",
        if_version=1,
        actor="x",
    )
    ((_, why),) = fold(stage(), {}, [decision]).refused
    assert why.reason == "unknown_alert"


def test_cities_do_not_mix() -> None:
    state: Cities = {}
    fold(stage(), state, [a_signal("a"), a_signal("b", city="rzeszow")])
    assert {name: len(city.alerts) for name, city in state.items()} == {"przemysl": 1, "rzeszow": 1}
