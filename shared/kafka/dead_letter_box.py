"""Looks into the services' dead letters and sends chosen ones back to where they came from."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from shared.errors import Invalid
from shared.kafka.dead_letters import DeadLetter
from shared.kafka.records import decode
from shared.topics import dead_letters_topic_of

__all__ = ["Kept", "kept_letters", "replay"]

REPLAYED_FROM = "hejnal-replayed-from"


@dataclass(frozen=True, slots=True)
class Kept:
    """A dead letter and its place: `letter_id` is `<service>:<partition>:<offset>`."""

    letter_id: str
    letter: DeadLetter


async def kept_letters(bootstrap_servers: str, services: Sequence[str]) -> AsyncIterator[Kept]:
    """All that is kept at present, by service and partition, oldest first. Raises KafkaError."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap_servers,
        isolation_level="read_committed",
        auto_offset_reset="earliest",
        enable_auto_commit=False,
    )
    await consumer.start()
    try:
        for service in services:
            topic = dead_letters_topic_of(service)
            for number in range(topic.partitions):
                async for record in _records(consumer, TopicPartition(topic.name, number)):
                    try:
                        letter = decode(record, topic.carries).event
                    except Invalid:
                        continue  # not written by us: nothing here could mend it
                    yield Kept(f"{service}:{number}:{record.offset}", letter)
    finally:
        await consumer.stop()


async def replay(bootstrap_servers: str, letters: Sequence[Kept]) -> None:
    """Writes the original records again: the same topic, partition, key, value and headers, and one header that says so.

    Receivers drop what they have already absorbed, so a letter replayed twice has its effect once. Raises KafkaError.
    """
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap_servers, acks="all", enable_idempotence=True, max_request_size=2_097_152
    )
    await producer.start()
    try:
        for kept in letters:
            letter = kept.letter
            headers = [header for header in letter.record_headers if header[0] != REPLAYED_FROM]
            await producer.send_and_wait(
                letter.topic,
                letter.record_value,
                key=letter.record_key,
                partition=letter.partition,
                headers=[*headers, (REPLAYED_FROM, kept.letter_id.encode())],
            )
    finally:
        await producer.stop()


async def _records(consumer: AIOKafkaConsumer, partition: TopicPartition) -> AsyncIterator[Any]:
    consumer.assign([partition])
    await consumer.seek_to_beginning(partition)
    end = (await consumer.end_offsets([partition]))[partition]
    while await consumer.position(partition) < end:
        for records in (await consumer.getmany(timeout_ms=200)).values():
            for record in records:
                yield record
