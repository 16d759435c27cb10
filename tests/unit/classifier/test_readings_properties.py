"""What holds for every log of readings: how it is cut, restarted, ticked and repeated changes nothing."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.classifier.assess.core.readings import SensorRules, Sensors, fold_all, pass_all
from services.classifier.assess.flow import ReadingsFold
from shared.events import ReadingReceived, SensorChanged
from shared.kafka.partition_stage import Folded
from shared.kafka.records import Received, encode
from shared.topics import READINGS, SENSORS, SIGNALS
from tests.classifier_builders import a_reading, at, przemysl

RULES = SensorRules(przemysl())
HOUR_S = 3600
KINDS = (
    ("san-przemysl-1", "water_level", (300.0, 370.0, 390.0, 560.0, 600.0, 9999.0)),
    ("wiar-krowniki-1", "water_level", (300.0, 340.0, 380.0, 700.0)),
    ("smoke-clock-tower-1", "smoke_obscuration", (0.0, 0.15, 0.3)),
    ("gas-boiler-house-1", "methane_lel", (0.0, 15.0, 25.0, 200.0)),
    ("lights-lwowska-7", "door_open", (0.0, 1.0)),
    ("co-mickiewicza-12", "battery", (90.0, 60.0, 15.0, 3.0)),
    ("traffic-bridge-1", "traffic_flow", (10.0, 600.0, 650.0)),
    ("unknown-1", "anything", (1.0, 2.0)),
)
END = at(60 * HOUR_S)


@st.composite
def logs(draw: st.DrawFn) -> list[ReadingReceived]:
    """In the order of arrival; some late, some again, some of them much later."""
    steps = draw(
        st.lists(
            st.tuples(
                st.sampled_from(KINDS),
                st.integers(0, 5),
                st.sampled_from([0, 1, 20, 40, 130, 700, 4000, 8000]),
                st.sampled_from([0, 0, 0, 2, 60, 5000]),
            ),
            max_size=30,
        )
    )
    seconds, log = 0, list[ReadingReceived]()
    for (sensor, quantity, values), which, pause_s, delay_s in steps:
        seconds += pause_s
        more: dict[str, Any] = {"sensor_id": sensor, "quantity": quantity, "unit": None}
        value = values[which % len(values)]
        log.append(a_reading(value, seconds=seconds - delay_s, received_after_s=delay_s, **more))
    return log


@dataclass
class Service:
    """What the stage does to one log: batches, restarts from what was written, ticks, and the groups' partition beside it."""

    fold: ReadingsFold = field(default_factory=lambda: ReadingsFold(RULES))
    written: dict[str, SensorChanged] = field(default_factory=dict)
    signals: list[Any] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        groups = {key: one for key, one in self.written.items() if RULES.group(key)}
        self.groups = self.fold.restore(groups.values())
        self.state = self.fold.restore(one for key, one in self.written.items() if key not in groups)

    def take(self, batch: Sequence[ReadingReceived]) -> None:
        if batch:
            self._keep(self.fold.fold(self.state, [received(one) for one in batch]))

    def tick(self, seconds: float) -> None:
        self._keep(self.fold.tick(self.state, at(seconds)))

    def _keep(self, folded: Folded) -> None:
        again = [out.event for out in folded.outputs if out.topic is READINGS]
        for out in folded.outputs:
            if out.topic is SENSORS:
                self.written[out.key] = SensorChanged.model_validate_json(encode(out.event))
            elif out.topic is SIGNALS:
                self.signals.append(out.event)
        if again:
            self._keep(self.fold.fold(self.groups, [received(one) for one in again]))

    def end(self) -> tuple[list[Any], dict[str, SensorChanged]]:
        self._keep(self.fold.tick(self.state, END))
        return sorted(self.signals, key=lambda one: (one.received_at, one.event_id)), self.written


def received(event: ReadingReceived) -> Received[ReadingReceived]:
    through_kafka = ReadingReceived.model_validate_json(encode(event))
    return Received(through_kafka, READINGS.name, 0, 0, event.sensor_id, 0, None, SimpleNamespace())  # type: ignore[arg-type]


def whole(log: Sequence[ReadingReceived]) -> tuple[list[Any], dict[str, SensorChanged]]:
    service = Service()
    service.take(log)
    return service.end()


@given(logs(), st.lists(st.integers(0, 30), max_size=6), st.booleans())
def test_neither_cuts_nor_restarts_nor_ticks_change_anything(
    log: list[ReadingReceived], cuts: list[int], restarts: bool
) -> None:
    service = Service()
    for begin, end in pairwise(sorted({0, *(min(cut, len(log)) for cut in cuts), len(log)})):
        service.take(log[begin:end])
        if restarts:
            service.restart()
        now_s = (log[end - 1].received_at - at(0)).total_seconds()
        until_s = (log[end].received_at - at(0)).total_seconds() if end < len(log) else now_s
        for part in range(1, 4):
            service.tick(now_s + (until_s - now_s) * part / 3)
    assert service.end() == whole(log)


@given(logs(), st.lists(st.integers(0, 30), min_size=1, max_size=10))
def test_a_repeated_reading_changes_nothing(log: list[ReadingReceived], again: list[int]) -> None:
    """A gateway that sends again later, and Kafka that delivers again: neither speaks, neither is a sign of life."""
    repeated = list[ReadingReceived]()
    for index, one in enumerate(log):
        repeated += [one] * (2 if index in again else 1)
        earlier = [number for number in again if number < index]
        repeated += [
            log[number].model_copy(update={"received_at": one.received_at})
            for number in earlier
            if log[number].occurred_at <= one.received_at + timedelta(minutes=5)
        ]
    assert whole(repeated) == whole(log)


@given(logs())
def test_without_kafka_it_is_the_same(log: list[ReadingReceived]) -> None:
    """What `hejnal classifier replay` and `backtest` fold."""
    sensors, signals = Sensors(), list[Any]()
    for one in log:
        signals += fold_all(sensors, one, RULES)
    signals += pass_all(sensors, END, RULES)
    assert sorted(signals, key=lambda one: (one.received_at, one.event_id)) == whole(log)[0]


@given(logs())
def test_the_clock_holds_no_more_than_a_moment_or_two_for_each_quantity(log: list[ReadingReceived]) -> None:
    service = Service()
    service.take(log)
    known = {(one.sensor_id, one.quantity) for one in log}
    valid = {
        (sensor_id, quantity)
        for moment_s, sensor_id, quantity in service.state.clock
        if service.state.memory[sensor_id].quantities[quantity].timer_s == moment_s
    }
    assert valid <= known
    assert len(service.state.clock) <= len(log)
