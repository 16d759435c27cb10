"""The assess stories without Kafka: what each record leads to."""

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from services.classifier.assess.core.phrase_assessor import PhraseAssessor
from services.classifier.assess.core.readings import SensorRules
from services.classifier.assess.flow import ReadingsFold, ReportsStage
from shared.errors import Transient
from shared.events import ReadingSignal, ReportAssessed, ReportSignal, SensorChanged
from shared.kafka.records import Outgoing, Received, encode
from tests.classifier_builders import a_reading, a_report, an_id, przemysl


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
    await ReportsStage(PhraseAssessor(przemysl()), log).handle(
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
    await ReportsStage(PhraseAssessor(przemysl()), log).handle(
        [received(a_report("fire", "Pali się dom, w środku są ludzie, wczoraj ćwiczenia"))]
    )
    for record in log.records:
        assert record.topic.carries.validate_json(encode(record.event)) == record.event


async def test_a_redelivered_report_makes_the_same_records() -> None:
    first, second = Log(), Log()
    for log in (first, second):
        await ReportsStage(PhraseAssessor(przemysl()), log).handle([received(a_report("fire"))])
    assert [encode(record.event) for record in first.records] == [encode(record.event) for record in second.records]


async def test_a_broker_that_is_away_makes_the_batch_come_again() -> None:
    with pytest.raises(Transient):
        await ReportsStage(PhraseAssessor(przemysl()), Log(away=True)).handle([received(a_report("fire"))])


def test_a_batch_of_readings_writes_the_newest_snapshot_of_each_sensor_and_every_signal() -> None:
    fold = ReadingsFold(SensorRules(przemysl()))
    readings = [a_reading(value, seconds=second) for second, value in enumerate((300, 400, 300))]
    other = a_reading(5, sensor_id="unknown-1")
    folded = fold.fold(fold.restore([]), [received(reading) for reading in (*readings, other)])
    events = [output.event for output in folded.outputs]
    assert [type(event).__name__ for event in events] == [
        "ReadingSignal",
        "SensorRecovered",
        "SensorChanged",
        "SensorChanged",
    ]
    assert [output.key for output in folded.outputs] == ["przemysl", "przemysl", "san-przemysl-1", "unknown-1"]
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
