"""Sends decisions into the city's log."""

from shared.events import DecisionTaken
from shared.kafka.producing import Producer
from shared.topics import SIGNALS

__all__ = ["DecisionLog"]


class DecisionLog:
    def __init__(self, producer: Producer) -> None:
        self._producer = producer

    async def send(self, event: DecisionTaken) -> None:
        """Returns once all in-sync replicas have it. Raises Transient(`broker_away`)."""
        await self._producer.send(SIGNALS, event.city, event)
