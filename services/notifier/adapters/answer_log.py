"""Answers in Kafka: decisions in the city's log, reports beside those of the front door."""

from shared.events import DecisionTaken, ReportReceived
from shared.kafka.producing import Producer
from shared.topics import REPORTS, SIGNALS

__all__ = ["AnswerLog"]


class AnswerLog:
    def __init__(self, producer: Producer) -> None:
        self._producer = producer

    async def decide(self, event: DecisionTaken) -> None:
        await self._producer.send(SIGNALS, event.city, event)

    async def report(self, event: ReportReceived) -> None:
        await self._producer.send(REPORTS, event.report_id, event)
