"""Assess: what is it, how urgent, why.

reports.received.v1  ──► assess_reports ──► reports.assessed.v1 (every report) and signals.raised.v1 (those that raise an alert)
readings.received.v1 ──► ReadingsFold   ──► sensors.changed.v1 (also the state it is restored from) and signals.raised.v1
"""

from collections.abc import Iterable, Sequence
from time import perf_counter
from typing import Protocol

from services.classifier.assess.core.assessor import Assessor, ReportText
from services.classifier.assess.core.readings import SensorRules, fold_reading
from services.classifier.assess.core.sensor_memory import SensorMemory, memory_of, sensor_snapshot
from services.classifier.assess.core.signals import assessed, reason_of, signal_of
from services.classifier.metrics import ASSESS_SECONDS, ASSESSED, READINGS, REVIEWS
from shared.events import Assessment, ReadingReceived, ReportReceived, SensorChanged
from shared.kafka.partition_stage import Folded
from shared.kafka.records import Outgoing, Received
from shared.topics import ASSESSED as ASSESSED_REPORTS
from shared.topics import SENSORS, SIGNALS

__all__ = ["ReadingsFold", "ReportsStage", "Sink", "outputs_of"]


class Sink(Protocol):
    """Takes records and returns once all are kept. Raises Transient while the broker is away."""

    async def send_all(self, records: Sequence[Outgoing]) -> None: ...


class ReportsStage:
    """Keeps nothing: a batch that comes again makes the same records again, and whoever reads them drops the repeats."""

    def __init__(self, assessor: Assessor, sink: Sink) -> None:
        self._assessor = assessor
        self._sink = sink

    async def handle(self, batch: list[Received[ReportReceived]]) -> None:
        """Assess all, tell what each is, raise what has to be raised."""
        began = perf_counter()
        assessments = self._assessor.assess_many([_text_of(received.event) for received in batch])
        ASSESS_SECONDS.labels(assessments[0].tier).observe(perf_counter() - began)
        outputs = [
            output
            for received, assessment in zip(batch, assessments, strict=True)
            for output in outputs_of(received, assessment)
        ]
        await self._sink.send_all(outputs)
        for assessment in assessments:
            _count(assessment)


def _text_of(report: ReportReceived) -> ReportText:
    return ReportText(report.text, report.language, report.category_hint)


def outputs_of(received: Received[ReportReceived], assessment: Assessment) -> Iterable[Outgoing]:
    """What every report leads to, and the signal of one that raises an alert."""
    report = received.event
    yield Outgoing(ASSESSED_REPORTS, report.report_id, assessed(report, assessment), received.trace)
    signal = signal_of(report, assessment)
    if signal is not None:
        yield Outgoing(SIGNALS, report.city, signal, received.trace)


def _count(assessment: Assessment) -> None:
    ASSESSED.labels(assessment.category, assessment.urgency, assessment.tier, reason_of(assessment)).inc()
    if assessment.needs_review:
        REVIEWS.labels(assessment.tier).inc()


Sensors = dict[str, SensorMemory]


class ReadingsFold:
    """The pure part of the sensors' stage: hosted by shared.kafka.PartitionStage, one state of sensors for each input partition."""

    def __init__(self, rules: SensorRules) -> None:
        self._rules = rules

    def restore(self, snapshots: Iterable[SensorChanged]) -> Sensors:
        return {snapshot.sensor_id: memory_of(snapshot) for snapshot in snapshots}

    def fold(self, state: Sensors, batch: Sequence[Received[ReadingReceived]]) -> Folded:
        """Fold each reading; tell the city what was raised or is over; write the newest snapshot of each sensor that changed."""
        folded = Folded()
        changed: dict[str, str | None] = {}
        counts: dict[str, int] = {}
        for received in batch:
            reading = received.event
            read = fold_reading(state, reading, self._rules)
            counts[read.reason] = counts.get(read.reason, 0) + 1
            if read.changed:
                changed[reading.sensor_id] = received.trace
            for signal in read.signals:
                folded.outputs.append(Outgoing(SIGNALS, reading.city, signal, received.trace))
        for sensor_id, trace in changed.items():
            folded.outputs.append(Outgoing(SENSORS, sensor_id, sensor_snapshot(state[sensor_id]), trace))
        for reason, count in counts.items():
            READINGS.labels(reason).inc(count)
        return folded
