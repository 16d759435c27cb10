"""Reads what a topic holds since a time, once, without a group: for whoever looks back at the log."""

from collections.abc import AsyncIterator
from datetime import datetime

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition

from shared.errors import Invalid
from shared.kafka.records import Received, decode
from shared.topics import Topic

__all__ = ["read_since"]

_log = structlog.get_logger()


async def read_since(bootstrap_servers: str, topic: Topic, since: datetime) -> AsyncIterator[list[Received[object]]]:
    """The committed records that were written since then and until now, in batches, in order within a partition.

    What retention has removed is not there any more, and what cannot be read is left out. Raises KafkaError.
    """
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap_servers,
        isolation_level="read_committed",
        auto_offset_reset="earliest",
        enable_auto_commit=False,
    )
    await consumer.start()
    try:
        partitions = [TopicPartition(topic.name, number) for number in range(topic.partitions)]
        consumer.assign(partitions)
        ends = await consumer.end_offsets(partitions)
        begins = await consumer.offsets_for_times(dict.fromkeys(partitions, int(since.timestamp() * 1000)))
        for partition in partitions:
            found = begins.get(partition)
            consumer.seek(partition, found.offset if found else ends[partition])
        while behind := [one for one in partitions if await consumer.position(one) < ends[one]]:
            for records in (await consumer.getmany(*behind, timeout_ms=200)).values():
                yield [good for record in records if (good := _decoded(record, topic)) is not None]
    finally:
        await consumer.stop()


def _decoded(record: object, topic: Topic) -> Received[object] | None:
    try:
        return decode(record, topic.carries)  # type: ignore[arg-type]  # aiokafka is untyped
    except Invalid as why:
        _log.warning("record_left_out", topic=topic.name, reason=why.reason)
        return None
