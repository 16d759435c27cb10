"""The assess stories without Kafka: what each record leads to."""

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from services.classifier.assess.core.readings import SensorRules
from services.classifier.assess.flow import ReadingsFold, ReportsStage
from services.classifier.assess.starting import FullTierMode, FullTierSettings, start_assessor
from shared.errors import Transient
from shared.events import ReadingSignal, ReportAssessed, ReportSignal, SensorChanged, SensorState
from shared.kafka.records import Outgoing, Received, encode
from tests.classifier_builders import a_reading, a_report, an_id, at, przemysl


class Log:
    """A fake of shared.kafka.producing.Producer."""

    def __init__(self, *, away: bool = False) -> None:
        self.records: list[Outgoing] = []
        self.away = away

    async def send_all(self, records: Sequence[Outgoing]) -> None:
        if self.away:
            raise Transient("broker_away")
        self.records += records


def received(event: Any) -> Received[Any]:
    return Received(event, "topic", 0, 0, "key", 0, "00-trace-span-01", SimpleNamespace())  # type: ignore[arg-type]


async def test_every_report_is_told_and_the_urgent_ones_raise_a_signal() -> None:
    log = Log()
    await ReportsStage(start_assessor(przemysl(), FullTierSettings(FullTierMode.OFF)).assessor, log).handle(
        [received(a_report("fire")), received(a_report("thanks", "Dziękuję strażakom za pomoc"))]
    )
    assert [(record.topic.name, record.key) for record in log.records] == [
        ("reports.assessed.v1", an_id("fire")),
        ("signals.raised.v1", "przemysl"),
        ("reports.assessed.v1", an_id("thanks")),
    ]
    assert all(record.trace == "00-trace-span-01" for record in log.records)
    told, signal, thanks = (record.event for record in log.records)
    assert isinstance(told, ReportAssessed)
    assert isinstance(signal, ReportSignal)
    assert isinstance(thanks, ReportAssessed)
    assert (told.reason, thanks.reason) == ("urgent_enough", "asks_for_nothing")
    assert signal.urgency is told.assessment.urgency


async def test_what_is_written_can_be_read() -> None:
    """Records are built without validation for speed: they must still be what their models say."""
    log = Log()
    await ReportsStage(start_assessor(przemysl(), FullTierSettings(FullTierMode.OFF)).assessor, log).handle(
        [received(a_report("fire", "Pali się dom, w środku są ludzie, wczoraj ćwiczenia"))]
    )
    for record in log.records:
        assert record.topic.carries.validate_json(encode(record.event)) == record.event


async def test_a_redelivered_report_makes_the_same_records() -> None:
    first, second = Log(), Log()
    for log in (first, second):
        await ReportsStage(start_assessor(przemysl(), FullTierSettings(FullTierMode.OFF)).assessor, log).handle(
            [received(a_report("fire"))]
        )
    assert [encode(record.event) for record in first.records] == [encode(record.event) for record in second.records]


async def test_a_broker_that_is_away_makes_the_batch_come_again() -> None:
    with pytest.raises(Transient):
        await ReportsStage(
            start_assessor(przemysl(), FullTierSettings(FullTierMode.OFF)).assessor, Log(away=True)
        ).handle([received(a_report("fire"))])


def test_a_batch_of_readings_writes_the_newest_snapshot_of_each_sensor_and_every_signal() -> None:
    fold = ReadingsFold(SensorRules(przemysl()))
    readings = [a_reading(value, seconds=second) for second, value in enumerate((300, 400, 300))]
    other = a_reading(5, sensor_id="unknown-1")
    folded = fold.fold(fold.restore([]), [received(reading) for reading in (*readings, other)])
    events = [output.event for output in folded.outputs]
    assert [type(event).__name__ for event in events] == [
        "ReadingSignal",
        "ReadingReceived",
        "SensorRecovered",
        "ReadingReceived",
        "SensorChanged",
        "SensorChanged",
    ]
    group = "high-water-przemysl"
    assert [output.key for output in folded.outputs] == [
        "przemysl", group, "przemysl", group, "san-przemysl-1", "unknown-1",
    ]  # fmt: skip
    for output in folded.outputs:
        assert output.topic.carries.validate_json(encode(output.event)) == output.event


def test_sensors_are_restored_from_their_snapshots() -> None:
    fold = ReadingsFold(SensorRules(przemysl()))
    state = fold.restore([])
    folded = fold.fold(state, [received(a_reading(400))])
    kept = [
        SensorChanged.model_validate_json(encode(output.event))
        for output in folded.outputs
        if isinstance(output.event, SensorChanged)
    ]
    again = fold.restore(kept)
    assert fold.fold(again, [received(a_reading(400))]).outputs == []
    later = fold.fold(again, [received(a_reading(600, seconds=5))])
    assert [event.level for output in later.outputs if isinstance(event := output.event, ReadingSignal)] == ["alarm"]


def test_time_alone_writes_silence_and_a_restart_forgets_no_moment() -> None:
    """The moments are made again from the snapshots: silence is told once, whoever owns the partition."""
    fold = ReadingsFold(SensorRules(przemysl()))
    state = fold.restore([])
    first = a_reading(0.0, sensor_id="gas-boiler-house-1", quantity="methane_lel", unit="%")
    kept = [output.event for output in fold.fold(state, [received(first)]).outputs]
    again = fold.restore([SensorChanged.model_validate_json(encode(event)) for event in kept])
    assert fold.tick(again, at(600)).outputs == []
    (shown,) = [output.event for output in fold.tick(again, at(601)).outputs]
    assert isinstance(shown, SensorChanged)
    assert shown.quantities["methane_lel"].state is SensorState.SILENT
    assert [output.event for output in fold.tick(state, at(601)).outputs] == [shown]
    told = [output.event for output in fold.tick(fold.restore([shown]), at(4000)).outputs]
    assert [type(event).__name__ for event in told] == ["ReadingSignal", "SensorChanged"]


def test_clocks_from_the_future_and_wrong_units_go_to_dead_letters_with_the_reason() -> None:
    fold = ReadingsFold(SensorRules(przemysl()))
    bad = [a_reading(400, received_after_s=-301), a_reading(400, unit="°C")]
    folded = fold.fold(fold.restore([]), [received(reading) for reading in bad])
    assert [why.reason for _, why in folded.refused] == ["from_the_future", "wrong_unit"]
    assert folded.outputs == []
