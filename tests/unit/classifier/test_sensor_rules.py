"""How each kind of rule judges, and what time alone makes true."""

from datetime import timedelta
from typing import Any

import pytest

from services.classifier.assess.core.readings import (
    Passed,
    Read,
    SensorRules,
    Sensors,
    fold_all,
    fold_reading,
    pass_time,
)
from services.classifier.replay import replay, replay_line
from shared.events import ReadingReceived, ReadingSignal, SensorRecovered, SensorState
from shared.pack import CityPack, Sensor, SensorGroup
from tests.classifier_builders import a_reading, at, przemysl

NAMES = {"pl": "Wodowskaz", "uk": "Пост", "en": "Gauge"}
WEEK_S = 7 * 86_400


def sensor(*rules: dict[str, Any], name: str = "one", **more: Any) -> Sensor:
    fields: dict[str, Any] = {"id": name, "quantity": "level", "unit": "cm", "names": NAMES, "lat": 49.78, "lon": 22.77}
    return Sensor.model_validate(fields | more | {"rules": list(rules)})


def levels(*pairs: tuple[str, float, float], **more: Any) -> dict[str, Any]:
    rows = [{"level": level, "raise_at": up, "clear_at": down, "urgency": "medium"} for level, up, down in pairs]
    return {"id": "rule", "category": "flood", "levels": rows} | more


def pack_of(*sensors: Sensor, groups: tuple[SensorGroup, ...] = ()) -> CityPack:
    return przemysl().model_copy(update={"sensors": sensors, "sensor_groups": groups})


def reading(value: float, seconds: float, name: str = "one", **more: Any) -> ReadingReceived:
    return a_reading(value, seconds=seconds, sensor_id=name, quantity="level", **more)


class Fold:
    """One sensor's readings, without Kafka."""

    def __init__(self, *sensors: Sensor, groups: tuple[SensorGroup, ...] = ()) -> None:
        self.rules = SensorRules(pack_of(*sensors, groups=groups))
        self.sensors = Sensors()

    def read(self, value: float, seconds: float, **more: Any) -> Read:
        one = reading(value, seconds, **more)
        pass_time(self.sensors, one.received_at, self.rules)
        return fold_reading(self.sensors, one, self.rules)

    def reasons(self, *readings: tuple[float, float]) -> list[str]:
        """Of (seconds, value) in turn."""
        return [self.read(value, seconds).reason for seconds, value in readings]

    def tick(self, seconds: float) -> Passed:
        return pass_time(self.sensors, at(seconds), self.rules)

    def state(self, name: str = "one") -> SensorState:
        return self.sensors.memory[name].quantities["level"].state


def test_a_fast_rise_is_raised_and_is_over_when_it_slows() -> None:
    """50 cm an hour over the last hour; a trembling minute is not yet a rate."""
    fold = Fold(sensor(levels(("warning", 50, 20), type="rate", within_s=3600)))
    assert fold.reasons((0, 100), (60, 102), (1800, 120), (3600, 151), (5400, 152), (7200, 153), (9000, 153)) == [
        "taken", "taken", "taken", "raised", "taken", "recovered", "taken",
    ]  # fmt: skip


def test_a_rates_memory_is_as_small_with_a_reading_a_second() -> None:
    fold = Fold(sensor(levels(("warning", 50, 20), type="rate", within_s=3600)))
    fold.reasons(*((second, 100.0) for second in range(0, 7200, 5)))
    memory = fold.sensors.memory["one"].quantities["level"].rules["rule"]
    assert all(len(kept) <= 10 for kept in memory.values() if isinstance(kept, list))


def test_a_value_that_does_not_move_is_a_fault_until_it_does() -> None:
    fold = Fold(sensor({"type": "stuck", "id": "s", "same_for_s": 600, "tolerance": 1, "least_readings": 3}))
    assert fold.reasons((0, 5), (300, 5.5), (600, 5), (700, 5), (800, 7)) == [
        "taken",
        "taken",
        "fault",
        "fault",
        "taken",
    ]
    assert fold.state() is SensorState.OK


def test_a_sensor_that_reports_seldom_is_not_stuck() -> None:
    fold = Fold(sensor({"type": "stuck", "id": "s", "same_for_s": 600, "least_readings": 5}))
    assert fold.reasons((0, 5), (700, 5), (1400, 5)) == ["taken", "taken", "taken"]


DELTA = {
    "type": "delta",
    "id": "d",
    "delta": 10,
    "within_s": 60,
    "hold_s": 600,
    "category": "utilities",
    "urgency": "low",
}


def test_a_jump_is_raised_and_over_when_the_value_is_back() -> None:
    fold = Fold(sensor(DELTA))
    assert fold.reasons((0, 50), (10, 62), (20, 61), (30, 54), (40, 50)) == [
        "taken", "raised", "taken", "recovered", "taken",
    ]  # fmt: skip


def test_a_jump_to_a_new_usual_is_over_after_a_while() -> None:
    fold = Fold(sensor(DELTA))
    assert fold.reasons((0, 50), (10, 62), (600, 62), (610, 62)) == ["taken", "raised", "taken", "recovered"]


def test_a_change_over_a_gap_is_no_jump_and_a_direction_counts() -> None:
    assert Fold(sensor(DELTA)).reasons((0, 50), (61, 90)) == ["taken", "taken"]
    falls = Fold(sensor(DELTA | {"direction": "below"}))
    assert falls.reasons((0, 50), (10, 62), (20, 50)) == ["taken", "taken", "raised"]


def baseline(**more: Any) -> dict[str, Any]:
    return levels(("warning", 4, 2), type="baseline", least_deviation=5, weeks=3, least_weeks=2, **more)


def test_what_is_usual_at_this_hour_of_the_week_is_learned_and_the_unusual_raised() -> None:
    fold = Fold(sensor(baseline()))
    for week in range(3):
        for minute in range(0, 60, 10):
            assert fold.read(200 + minute % 20, week * WEEK_S + minute * 60).reason == "taken"
        assert fold.read(500, week * WEEK_S + 3600).reason == "taken"
    assert fold.read(215, 3 * WEEK_S).reason == "taken"
    assert fold.read(500, 3 * WEEK_S + 60).reason == "raised"
    assert fold.read(211, 3 * WEEK_S + 120).reason == "recovered"
    assert fold.read(500, 3 * WEEK_S + 3600).reason == "taken", "five hundred is usual an hour later"


def test_one_bad_week_does_not_move_what_is_usual() -> None:
    fold = Fold(sensor(baseline()))
    for week, value in enumerate((200, 9000, 203)):
        fold.read(value, week * WEEK_S)
        fold.read(value, week * WEEK_S + 3600)
    assert fold.read(400, 3 * WEEK_S).reason == "raised"
    usual = fold.sensors.memory["one"].quantities["level"].rules["rule"]["usual"]
    assert usual == 203


def test_a_baselines_memory_is_bounded() -> None:
    fold = Fold(sensor(baseline()))
    fold.reasons(*((second, float(second % 50)) for second in range(0, 14 * 86_400, 1800)))
    fold.reasons(*((14 * 86_400 + second, float(second)) for second in range(3000)))
    memory = fold.sensors.memory["one"].quantities["level"].rules["rule"]
    assert sum(len(str(kept)) for kept in memory.values()) < 4000


SILENCE = {"type": "silence", "id": "quiet", "after_s": 900, "category": "infrastructure", "urgency": "low"}


def test_silence_shows_then_is_told_once_and_ends_with_the_next_reading() -> None:
    fold = Fold(sensor(SILENCE, silent_after_s=600))
    fold.read(1, 0)
    assert fold.tick(600).changed == []
    assert (fold.tick(601).changed, fold.state()) == (["one"], SensorState.SILENT)
    assert fold.sensors.memory["one"].quantities["level"].since == at(600)
    (told,) = fold.tick(5000).signals
    assert isinstance(told, ReadingSignal)
    assert (told.rule, told.occurred_at, told.urgency) == ("quiet", at(900), "low")
    assert fold.tick(9000).changed == []
    over = fold.read(1, 9001)
    assert isinstance(over.signals[0], SensorRecovered)
    assert fold.state() is SensorState.OK
    assert fold.tick(9001 + 601).changed == ["one"]


def test_silence_is_counted_from_when_a_reading_came_and_repeats_are_no_sign_of_life() -> None:
    fold = Fold(sensor(silent_after_s=600))
    fold.read(1, 0, received_after_s=500)
    fold.tick(1100)
    assert fold.state() is SensorState.OK
    assert fold.read(1, 0, received_after_s=590).reason == "repeated"
    fold.tick(1101)
    assert fold.state() is SensorState.SILENT


def test_a_reading_keeps_silence_away_without_touching_the_clock() -> None:
    fold = Fold(sensor(silent_after_s=600))
    for second in range(0, 6000, 60):
        fold.read(1, second)
        assert len(fold.sensors.clock) == 1
    assert fold.tick(6540).changed == []
    assert fold.tick(6541).changed == ["one"]


def test_what_speaks_on_change_holds_its_value_until_the_next() -> None:
    """A door that is open for two minutes is told although it says nothing more."""
    door = levels(("warning", 1, 0), type="threshold")
    door["levels"][0]["for_s"] = 120
    fold = Fold(sensor(door, on_change=True, unit="1"))
    fold.read(1, 0, unit=None)
    assert fold.tick(120).signals == []
    (told,) = fold.tick(121).signals
    assert (told.occurred_at, fold.state()) == (at(120), SensorState.WARNING)
    assert fold.read(0, 300, unit=None).reason == "recovered"
    fold.read(1, 400, unit=None)
    fold.read(0, 460, unit=None)
    assert fold.tick(1000).signals == []


def test_what_speaks_regularly_needs_a_reading_that_confirms() -> None:
    spike = levels(("warning", 1, 0), type="threshold")
    spike["levels"][0]["for_s"] = 120
    fold = Fold(sensor(spike, silent_after_s=1000))
    fold.read(1, 0)
    assert fold.tick(500).signals == []


@pytest.mark.parametrize(
    ("given", "unit", "kept"),
    [(4.1, "m", 410), (4100, "mm", 410), (410, "cm", 410), (410, None, 410)],
)
def test_readings_are_converted_into_the_sensors_unit(given: float, unit: str | None, kept: float) -> None:
    fold = Fold(sensor(levels(("warning", 380, 365), type="threshold")))
    assert fold.read(given, 0, unit=unit).reason == "raised"
    shown = fold.sensors.memory["one"].quantities["level"]
    assert shown.value == pytest.approx(kept)
    assert shown.unit == "cm"


@pytest.mark.parametrize("unit", ["°C", "furlong", "kg"])
def test_a_unit_that_cannot_be_converted_is_refused(unit: str) -> None:
    fold = Fold(sensor(levels(("warning", 380, 365), type="threshold")))
    read = fold.read(500, 0, unit=unit)
    assert (read.reason, read.is_refused, read.changed) == ("wrong_unit", True, False)


def group(at_least: int, *names: str) -> SensorGroup:
    return SensorGroup.model_validate(
        levels(("alarm", at_least, at_least - 1))
        | {"id": "together", "names": NAMES, "lat": 49.78, "lon": 22.77}
        | {"of": [{"sensor": name, "quantity": "level"} for name in names]}
    )


def members(urgency: str = "none") -> tuple[Sensor, ...]:
    rule = levels(("warning", 380, 365), type="threshold")
    rule["levels"][0]["urgency"] = urgency
    return tuple(sensor(rule, name=name) for name in ("a", "b", "c"))


def test_two_of_three_are_told_once_and_are_over_with_the_second() -> None:
    """Each alone shows its level and raises nothing."""
    sensors, rules = Sensors(), SensorRules(pack_of(*members(), groups=(group(2, "a", "b", "c"),)))
    told = [
        fold_all(sensors, reading(value, seconds, name), rules)
        for seconds, (name, value) in enumerate(
            (("a", 400), ("a", 410), ("b", 400), ("c", 400), ("a", 300), ("c", 300))
        )
    ]
    assert [len(signals) for signals in told] == [0, 0, 1, 0, 0, 1]
    (raised,), (over,) = told[2], told[5]
    assert isinstance(raised, ReadingSignal)
    assert isinstance(over, SensorRecovered)
    assert (raised.sensor_id, raised.quantity, raised.value, raised.level) == ("together", "sensors_raised", 2, "alarm")


def test_a_broken_or_silent_member_takes_nothing_back() -> None:
    broken = {"type": "range", "id": "r", "least": 0, "most": 1000}
    a, b = (
        one.model_copy(update={"silent_after_s": 600.0, "rules": (*one.rules, *sensor(broken).rules)})
        for one in members()[:2]
    )
    sensors, rules = Sensors(), SensorRules(pack_of(a, b, groups=(group(2, "a", "b"),)))
    fold_all(sensors, reading(400, 0, "a"), rules)
    fold_all(sensors, reading(5000, 1, "a"), rules)
    assert [signal.sensor_id for signal in fold_all(sensors, reading(400, 700, "b"), rules)] == ["together"]


def test_a_gateway_cannot_speak_for_a_group() -> None:
    sensors, rules = Sensors(), SensorRules(pack_of(*members(), groups=(group(2, "a", "b"),)))
    forged = reading(2, 0, "together").model_copy(update={"quantity": "sensors_raised", "unit": "1"})
    assert fold_reading(sensors, forged, rules).reason == "unregistered"
    stranger = forged.model_copy(update={"member": "x/level", "occurred_at": at(1) + timedelta(seconds=1)})
    assert not fold_reading(sensors, stranger, rules).changed


def test_a_replayed_report_comes_after_the_silence_before_it() -> None:
    """The log of a city is one: what fell silent at nine is told before a report of ten."""
    pack = pack_of(sensor(SILENCE | {"after_s": 600}))
    lines = [
        {"type": "reading", "id": "1", "received_at": at(0), "sensor_id": "one", "quantity": "level", "value": 1.0},
        {
            "type": "report",
            "id": "2",
            "received_at": at(3600),
            "text": "Pali się dom na Lwowskiej",
            "lat": 49.9,
            "lon": 22.9,
        },
    ]
    silence, fire = replay(pack, [replay_line.validate_python(line) for line in lines])
    assert (silence.opened_at, silence.sensor_ids) == (at(600), ("one",))
    assert fire.category == "fire"
