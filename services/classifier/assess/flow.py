"""Assess: what is it, how urgent, why.

reports.received.v1  ──► assess_reports ──► reports.assessed.v1 (every report) and signals.raised.v1 (those that raise an alert)
readings.received.v1 ──► ReadingsFold   ──► sensors.changed.v1 (also the state it is restored from), signals.raised.v1,
                                            and readings.received.v1 again: a sensor's level for the group it is asked with
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from time import perf_counter
from typing import Final, Protocol

from services.classifier.assess.core.assessor import ReportText, SoonAssessor
from services.classifier.assess.core.readings import ReadingReason, SensorRules, Sensors, fold_reading, pass_time
from services.classifier.assess.core.sensor_clock import next_moment_s
from services.classifier.assess.core.sensor_memory import memory_of, sensor_snapshot
from services.classifier.assess.core.signals import assessed, reason_of, signal_of
from services.classifier.assess.core.telling import SensorSignal
from services.classifier.metrics import ASSESS_SECONDS, ASSESSED, READINGS, REVIEWS, SENSORS_DUE
from shared.errors import Invalid
from shared.events import Assessment, ReadingReceived, ReportReceived, SensorChanged
from shared.kafka.partition_stage import Folded
from shared.kafka.records import Outgoing, Received
from shared.topics import ASSESSED as ASSESSED_REPORTS
from shared.topics import READINGS as READINGS_TOPIC
from shared.topics import SENSORS, SIGNALS

__all__ = ["ReadingsFold", "ReportsStage", "Sink", "outputs_of"]


class Sink(Protocol):
    """Takes records and returns once all are kept. Raises Transient while the broker is away."""

    async def send_all(self, records: Sequence[Outgoing]) -> None: ...


class ReportsStage:
    """Keeps nothing: a batch that comes again makes the same records again, and whoever reads them drops the repeats."""

    def __init__(self, assessor: SoonAssessor, sink: Sink) -> None:
        self._assessor = assessor
        self._sink = sink

    async def handle(self, batch: list[Received[ReportReceived]]) -> None:
        """Assess all, tell what each is, raise what has to be raised."""
        began = perf_counter()
        assessments = await self._assessor.assess_soon([_text_of(received.event) for received in batch])
        ASSESS_SECONDS.labels(_best_tier(assessments)).observe(perf_counter() - began)
        outputs = [
            output
            for received, assessment in zip(batch, assessments, strict=True)
            for output in outputs_of(received, assessment)
        ]
        await self._sink.send_all(outputs)
        for assessment in assessments:
            _count(assessment)


def _best_tier(assessments: Sequence[Assessment]) -> str:
    return "full" if any(assessment.tier == "full" for assessment in assessments) else "fast"


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


class ReadingsFold:
    """The pure part of the sensors' stage: hosted by shared.kafka.PartitionStage, one state of sensors for each input partition."""

    def __init__(self, rules: SensorRules) -> None:
        self._rules = rules

    def restore(self, snapshots: Iterable[SensorChanged]) -> Sensors:
        sensors = Sensors({snapshot.sensor_id: memory_of(snapshot) for snapshot in snapshots})
        for sensor in sensors.memory.values():
            for shown in sensor.quantities.values():
                if (plan := self._rules.plan(sensor.sensor_id, shown.quantity)) is not None:
                    sensors.arm(sensor.sensor_id, shown, next_moment_s(plan, shown))
        return sensors

    def fold(self, state: Sensors, batch: Sequence[Received[ReadingReceived]]) -> Folded:
        """Let time pass up to each reading and fold it; tell the city and the groups; write each changed sensor's newest snapshot."""
        folded = Folded()
        changed: dict[str, str | None] = {}
        counts: dict[str, int] = {}
        for received in batch:
            reading = received.event
            if state.is_due(reading.received_at.timestamp()):
                self._pass_time(state, reading.received_at, folded, changed)
            read = fold_reading(state, reading, self._rules)
            counts[read.reason] = counts.get(read.reason, 0) + 1
            if read.changed:
                changed[reading.sensor_id] = received.trace
            elif read.is_refused:
                folded.refused.append((received, Invalid(read.reason, _REFUSED[read.reason])))
            if read.signals or read.to_groups:
                _tell(folded, read.signals, read.to_groups, received.trace)
        _write(folded, state, changed)
        for reason, count in counts.items():
            READINGS.labels(reason).inc(count)
        return folded

    def tick(self, state: Sensors, at: datetime) -> Folded:
        """What became true before `at` because nothing was read."""
        folded = Folded()
        changed: dict[str, str | None] = {}
        self._pass_time(state, at, folded, changed)
        _write(folded, state, changed)
        return folded

    def _pass_time(self, state: Sensors, at: datetime, folded: Folded, changed: dict[str, str | None]) -> None:
        passed = pass_time(state, at, self._rules)
        _tell(folded, passed.signals, passed.to_groups, None)
        for sensor_id in passed.changed:
            changed[sensor_id] = None
            SENSORS_DUE.inc()


_REFUSED: Final = {
    ReadingReason.FROM_THE_FUTURE: "the reading's time is more than five minutes ahead of ours: set the device's clock",
    ReadingReason.WRONG_UNIT: "the reading's unit cannot be made into the sensor's unit in the pack: correct one of them",
}


def _tell(
    folded: Folded, told: Sequence[SensorSignal], to_groups: Sequence[ReadingReceived], trace: str | None
) -> None:
    folded.outputs += [Outgoing(SIGNALS, signal.city, signal, trace) for signal in told]
    folded.outputs += [Outgoing(READINGS_TOPIC, reading.sensor_id, reading, trace) for reading in to_groups]


def _write(folded: Folded, state: Sensors, changed: dict[str, str | None]) -> None:
    for sensor_id, trace in changed.items():
        folded.outputs.append(Outgoing(SENSORS, sensor_id, sensor_snapshot(state.memory[sensor_id]), trace))
