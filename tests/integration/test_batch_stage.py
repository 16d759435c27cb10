"""The at-least-once stage on a real broker: nothing is committed before it is handled, and everything that is handled soon is."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from shared.events import ReadingReceived
from shared.kafka.consuming import BatchStage, consume_batches
from shared.kafka.hosting import KafkaHost
from shared.kafka.producing import Producer
from shared.kafka.records import Received
from shared.kafka.starting import make_broker
from shared.topics import READINGS

pytestmark = pytest.mark.kafka
NOW = datetime(2026, 11, 24, 18, 0, tzinfo=UTC)
Handle = Callable[[list[Received[ReadingReceived]]], Awaitable[None]]


def reading(value: float) -> ReadingReceived:
    return ReadingReceived(
        event_id="e", city="przemysl", occurred_at=NOW, received_at=NOW, sensor_id="s", quantity="q", value=value
    )


@asynccontextmanager
async def running(servers: str, group: str, handle: Handle) -> AsyncIterator[BatchStage[Any]]:
    broker, producer = make_broker(servers, "test"), Producer(servers, "test")
    stage = consume_batches(broker, [READINGS], group, handle, dead_letters=producer)
    async with KafkaHost("classifier", servers, broker=broker, producer=producer, stages=[stage]):
        yield stage


async def committed(servers: str, group: str) -> int:
    admin = AIOKafkaAdminClient(bootstrap_servers=servers)
    await admin.start()
    try:
        offsets = await admin.list_consumer_group_offsets(group)
    finally:
        await admin.close()
    return sum(found.offset for at, found in offsets.items() if isinstance(at, TopicPartition) and found.offset > 0)


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(30):
        while not await condition():
            await asyncio.sleep(0.05)


async def publish(servers: str, *values: float) -> None:
    async with Producer(servers, "test") as producer:
        for value in values:
            await producer.send(READINGS, "s", reading(value))


async def test_what_is_handled_is_committed_soon_and_what_is_in_hand_is_not(topics: str) -> None:
    group, seen, let_go = f"test.{uuid4()}", list[float](), asyncio.Event()

    async def handle(batch: list[Received[ReadingReceived]]) -> None:
        seen.extend(received.event.value for received in batch)
        if 2 in seen:
            await let_go.wait()

    async with running(topics, group, handle):
        await publish(topics, 1)
        await until(lambda: _true(1 in seen))
        await until(lambda: _is(committed(topics, group), 1))
        await publish(topics, 2)
        await until(lambda: _true(2 in seen))
        assert await committed(topics, group) == 1
        let_go.set()
        await until(lambda: _is(committed(topics, group), 2))


async def test_stopping_commits_all_that_was_handled(topics: str) -> None:
    group, seen = f"test.{uuid4()}", list[float]()

    async def handle(batch: list[Received[ReadingReceived]]) -> None:
        seen.extend(received.event.value for received in batch)

    for round_ in range(3):
        await publish(topics, *(10 * round_ + number for number in range(3)))
        async with running(topics, group, handle):
            await until(lambda upto=3 * (round_ + 1): _true(len(seen) >= upto))  # type: ignore[misc]
    assert sorted(seen) == [0, 1, 2, 10, 11, 12, 20, 21, 22], "a clean end leaves nothing to be done twice"


async def test_a_handler_that_breaks_gets_the_same_records_again(topics: str) -> None:
    group, seen = f"test.{uuid4()}", list[list[float]]()

    async def handle(batch: list[Received[ReadingReceived]]) -> None:
        seen.append([received.event.value for received in batch])
        if len(seen) < 3:
            raise ZeroDivisionError("a mistake in the code")

    await publish(topics, 1, 2, 3)
    async with running(topics, group, handle):
        await until(lambda: _is(committed(topics, group), 3))
    assert seen[0] == seen[1] == seen[2] == [1, 2, 3]


async def _true(value: bool) -> bool:
    return value


async def _is(found: Awaitable[int], expected: int) -> bool:
    return await found == expected
