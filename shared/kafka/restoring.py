"""Reads the newest snapshot of each key from a compacted topic's partitions, up to the last stable offset."""

from collections.abc import Sequence
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition

from shared.errors import Invalid
from shared.kafka.records import decode
from shared.topics import Topic

__all__ = ["newest_snapshots"]

_log = structlog.get_logger()


async def newest_snapshots(bootstrap_servers: str, topic: Topic, partitions: Sequence[int]) -> dict[int, list[Any]]:
    """The snapshots by partition, each key once, in the order they were last written.

    Complete only when nobody else can write to the partitions any more: fence the old owner first. Raises KafkaError.
    """
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap_servers,
        isolation_level="read_committed",
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        max_partition_fetch_bytes=4_194_304,
    )
    await consumer.start()
    try:
        wanted = [TopicPartition(topic.name, partition) for partition in partitions]
        consumer.assign(wanted)
        await consumer.seek_to_beginning(*wanted)
        ends = await consumer.end_offsets(wanted)
        newest: dict[int, dict[bytes, Any]] = {partition: {} for partition in partitions}
        while behind := [partition for partition in wanted if await consumer.position(partition) < ends[partition]]:
            for partition, records in (await consumer.getmany(*behind, timeout_ms=200)).items():
                for record in records:
                    _keep(newest[partition.partition], record, topic)
        return {partition: list(by_key.values()) for partition, by_key in newest.items()}
    finally:
        await consumer.stop()


def _keep(newest: dict[bytes, Any], record: Any, topic: Topic) -> None:
    newest.pop(record.key, None)
    if record.value is None:
        return  # a tombstone: the key is gone
    try:
        newest[record.key] = decode(record, topic.carries).event
    except Invalid as why:
        _log.error(
            "snapshot_unreadable", topic=topic.name, partition=record.partition, offset=record.offset, reason=why.reason
        )
