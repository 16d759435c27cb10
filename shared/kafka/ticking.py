"""Up to when a partition's log is known: how far a stage may let its time run on although nothing came."""

import asyncio
from datetime import UTC, datetime
from typing import Final

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import IllegalStateError

__all__ = ["known_until"]

_ANSWER_S: Final = 0.2


async def known_until(consumer: AIOKafkaConsumer, partition: TopicPartition) -> datetime | None:
    """When the broker last said that it has nothing more than was handed over; None while there is more, or nothing was said yet.

    By it and not by the wall clock, silence of the broker, or of a process that is behind, is never taken for silence of a sensor.
    Call it with no batch in hand.
    """
    try:
        if (polled_ms := consumer.last_poll_timestamp(partition)) is None:
            return None
        async with asyncio.timeout(_ANSWER_S):  # the position is being looked for anew
            position = await consumer.position(partition)
        if position < consumer.highwater(partition):
            return None
    except (TimeoutError, AssertionError, IllegalStateError):  # taken away in between
        return None
    return datetime.fromtimestamp(polled_ms / 1000, UTC)
