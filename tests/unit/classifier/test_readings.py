"""How a sensor's readings are folded."""

from collections.abc import Sequence
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.classifier.assess.core.readings import Read, ReadingReason, SensorRules, Sensors, fold_reading
from services.classifier.assess.core.sensor_memory import memory_of, sensor_snapshot
from shared.events import ReadingReceived, ReadingSignal, SensorChanged, SensorRecovered, SensorState, Urgency
from tests.classifier_builders import a_reading, at, przemysl

RULES = SensorRules(przemysl())
GAUGE = "san-przemysl-1"


def fold(readings: Sequence[ReadingReceived], sensors: Sensors | None = None) -> list[Read]:
    sensors = Sensors() if sensors is None else sensors
    return [fold_reading(sensors, reading, RULES) for reading in readings]


def reasons(readings: Sequence[ReadingReceived]) -> list[str]:
    return [read.reason for read in fold(readings)]


def test_a_level_is_raised_once_and_higher_again() -> None:
    """Warning at 380 cm, alarm at 570 cm."""
    reads = fold([a_reading(value, seconds=second) for second, value in enumerate((300, 385, 390, 575, 580))])
    assert [read.reason for read in reads] == ["taken", "raised", "taken", "raised", "taken"]
    raised = [signal for read in reads for signal in read.signals]
    assert all(isinstance(signal, ReadingSignal) for signal in raised)
    assert [(signal.level, signal.urgency) for signal in raised] == [
        ("warning", Urgency.MEDIUM),
        ("alarm", Urgency.HIGH),
    ]


def test_it_clears_only_below_the_clearing_level() -> None:
    reads = fold([a_reading(value, seconds=second) for second, value in enumerate((385, 370, 365, 385))])
    assert [read.reason for read in reads] == ["raised", "taken", "recovered", "raised"]
    assert isinstance(reads[2].signals[0], SensorRecovered)


def test_a_falling_alarm_is_a_warning_until_that_clears_too() -> None:
    sensors = Sensors()
    states = []
    for second, value in enumerate((600, 555, 549, 366, 365)):
        fold([a_reading(value, seconds=second)], sensors)
        states.append(sensors.memory[GAUGE].quantities["water_level"].state)
    assert states == [SensorState.ALARM, SensorState.ALARM, SensorState.WARNING, SensorState.WARNING, SensorState.OK]


def test_a_level_with_a_duration_waits_by_the_sensors_own_time() -> None:
    """Panic needs none; the smoke detector's warning needs 30 s at 0.1 dB/m."""
    smoke: dict[str, Any] = {"sensor_id": "smoke-clock-tower-1", "quantity": "smoke_obscuration", "unit": "dB/m"}
    reads = fold([a_reading(0.15, seconds=second, **smoke) for second in (0, 29, 30)])
    assert [read.reason for read in reads] == ["taken", "taken", "raised"]
    interrupted = fold(
        [a_reading(value, seconds=second, **smoke) for second, value in ((0, 0.15), (20, 0.01), (31, 0.15))]
    )
    assert [read.reason for read in interrupted] == ["taken", "taken", "taken"]


def test_a_level_below_raises_when_the_value_falls() -> None:
    pressure: dict[str, Any] = {"sensor_id": "water-main-kazanow-1", "quantity": "pressure", "unit": "bar"}
    reads = fold(
        [
            a_reading(value, seconds=second, **pressure)
            for second, value in ((0, 4.0), (200, 1.0), (261, 1.0), (270, 1.9), (280, 3.0))
        ]
    )
    assert [read.reason for read in reads] == ["taken", "taken", "raised", "taken", "recovered"]


def test_out_of_range_is_a_fault_and_no_alarm() -> None:
    sensors = Sensors()
    reads = fold([a_reading(300), a_reading(9999, seconds=1), a_reading(300, seconds=2)], sensors)
    assert [read.reason for read in reads] == ["taken", "fault", "taken"]
    assert not any(read.signals for read in reads)
    assert sensors.memory[GAUGE].quantities["water_level"].state is SensorState.OK


def test_late_repeated_and_future_readings_change_nothing() -> None:
    first = a_reading(300, seconds=100)
    others = [first, a_reading(600, seconds=50), a_reading(600, seconds=1000, received_after_s=-301)]
    assert reasons([first, *others]) == ["taken", "repeated", "late", "from_the_future"]


def test_the_same_time_with_a_higher_number_is_the_next_reading() -> None:
    assert reasons([a_reading(300, seq=1), a_reading(301, seq=2), a_reading(301, seq=2)]) == [
        "taken",
        "taken",
        "repeated",
    ]


def test_a_sensor_that_no_pack_names_is_shown_and_raises_nothing() -> None:
    sensors = Sensors()
    (read,) = fold([a_reading(9999, sensor_id="unknown-1")], sensors)
    assert read.reason is ReadingReason.UNREGISTERED
    assert not sensors.memory["unknown-1"].registered
    assert sensors.memory["unknown-1"].quantities["water_level"].state is SensorState.UNREGISTERED


def test_a_signal_says_where_and_which_level() -> None:
    (read,) = fold([a_reading(600)])
    (signal,) = read.signals
    assert isinstance(signal, ReadingSignal)
    assert signal.lat is not None
    assert signal.place
    assert (signal.sensor_id, signal.rule, signal.level) == (GAUGE, "san-level", "alarm")
    assert przemysl().scoring.urgency(signal.score) is signal.urgency


VALUES = st.lists(
    st.tuples(st.integers(0, 300), st.sampled_from([300.0, 366.0, 385.0, 555.0, 600.0, 9999.0])), max_size=40
)


@given(VALUES, st.integers(0, 40))
def test_a_restart_in_between_changes_nothing(steps: list[tuple[int, float]], cut: int) -> None:
    """State that goes through its snapshot folds on as if nothing had happened, and a redelivered batch tells nothing new."""
    readings = [a_reading(value, seconds=second) for second, value in steps]
    whole = Sensors()
    expected = fold(readings, whole)
    before = Sensors()
    fold(readings[:cut], before)
    restored = Sensors(
        {
            sensor_id: memory_of(SensorChanged.model_validate_json(sensor_snapshot(sensor).model_dump_json()))
            for sensor_id, sensor in before.memory.items()
        }
    )
    assert not any(read.signals for read in fold(readings[:cut], restored))
    assert fold(readings[cut:], restored) == expected[cut:]
    if whole.memory:
        newest = restored if restored.memory.get(GAUGE) and restored.memory[GAUGE].cause else before
        assert sensor_snapshot(newest.memory[GAUGE]) == sensor_snapshot(whole.memory[GAUGE])


def test_the_snapshot_says_since_when() -> None:
    sensors = Sensors()
    fold([a_reading(385, seconds=10), a_reading(390, seconds=20)], sensors)
    shown = sensor_snapshot(sensors.memory[GAUGE]).quantities["water_level"]
    assert (shown.since, shown.at, shown.value) == (at(10), at(20), 390)
