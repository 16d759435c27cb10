"""Reports and readings into Kafka, by the one producer of the process."""

from collections.abc import Sequence

from shared.events import ReadingReceived, ReportReceived
from shared.kafka.producing import Producer
from shared.kafka.records import Outgoing
from shared.telemetry import current_traceparent
from shared.topics import READINGS, REPORTS

__all__ = ["KafkaLog"]


class KafkaLog:
    def __init__(self, producer: Producer) -> None:
        self._producer = producer

    async def report(self, event: ReportReceived) -> None:
        await self._producer.send(REPORTS, event.report_id, event)

    async def readings(self, events: Sequence[ReadingReceived]) -> None:
        trace = current_traceparent()
        await self._producer.send_all([Outgoing(READINGS, event.sensor_id, event, trace) for event in events])
