"""The registry against a real broker, and dead letters from the mistake to the replay."""

import asyncio
import json
import os
import subprocess
import sys
from datetime import UTC, datetime

import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions

from shared.errors import Invalid
from shared.events import ReadingReceived
from shared.kafka.administration import check_topics, create_topics
from shared.kafka.producing import Producer
from shared.topics import READINGS, TOPICS

pytestmark = pytest.mark.kafka
NOW = datetime(2026, 11, 24, 18, 0, tzinfo=UTC)


def hejnal(servers: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"HEJNAL_KAFKA_BOOTSTRAP_SERVERS": servers}
    return subprocess.run(
        [sys.executable, "-m", "hejnal", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env=environment,
    )


async def until_differences(servers: str, wanted: list[tuple[str, str, str, str]]) -> None:
    """A broker needs a moment to tell of topics that are seconds old."""
    found: object = None
    try:
        async with asyncio.timeout(20):
            while (
                found := [(one.topic, one.what, one.wanted, one.found) for one in await check_topics(servers, TOPICS)]
            ) != wanted:
                await asyncio.sleep(0.1)
    except TimeoutError:
        pytest.fail(f"wanted {wanted}, found {found}")


async def test_creating_topics_makes_the_cluster_agree_with_the_registry(topics: str) -> None:
    """And doing it again changes nothing."""
    await until_differences(topics, [])
    assert await create_topics(topics, TOPICS) == []


async def test_a_difference_is_named(topics: str) -> None:
    """More partitions than the registry says would split a city's order: the check tells."""
    admin = AIOKafkaAdminClient(bootstrap_servers=topics)
    await admin.start()
    await admin.create_partitions({READINGS.name: NewPartitions(13)})
    await admin.close()
    await until_differences(topics, [(READINGS.name, "partitions", "12", "13")])


async def test_a_dead_letter_can_be_listed_shown_and_replayed_to_where_it_came_from(topics: str) -> None:
    """The replayed record is the same to the byte, in the same partition, and says that it was replayed."""
    event = ReadingReceived(
        event_id="e-1", city="przemysl", occurred_at=NOW, received_at=NOW, sensor_id="s", quantity="q", value=1
    )
    consumer = AIOKafkaConsumer(READINGS.name, bootstrap_servers=topics, auto_offset_reset="earliest")
    async with Producer(topics, "test") as producer:
        await producer.send(READINGS, "s", event, trace="00-" + "a" * 32 + "-" + "b" * 16 + "-01")
        await consumer.start()
        try:
            original = await asyncio.wait_for(consumer.getone(), 20)
            await producer.put("classifier.readings", original, Invalid("not_valid", "a test's"))
            (listed,) = [json.loads(line) for line in (await run(topics, "list", "--json")).splitlines()]
            assert (listed["reason"], listed["topic"], listed["offset"]) == (
                "not_valid",
                READINGS.name,
                original.offset,
            )
            shown = json.loads(await run(topics, "show", listed["id"]))
            assert json.loads(shown["value"])["event_id"] == "e-1"
            assert listed["id"] in await run(topics, "replay", listed["id"], "--yes", "--json")
            again = await asyncio.wait_for(consumer.getone(), 20)
        finally:
            await consumer.stop()
    assert (again.key, again.value, again.partition) == (original.key, original.value, original.partition)
    assert dict(again.headers) == dict(original.headers) | {"hejnal-replayed-from": listed["id"].encode()}


async def run(servers: str, *arguments: str) -> str:
    done = await asyncio.to_thread(hejnal, servers, "dead-letters", *arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_wrong_use_and_an_absent_broker_are_told_apart() -> None:
    """2 for a wrong call, 1 with one clear line when Kafka does not answer."""
    assert hejnal("127.0.0.1:1", "dead-letters", "replay").returncode == 2
    away = hejnal("127.0.0.1:1", "dead-letters", "list")
    assert away.returncode == 1
    assert "does not answer" in away.stderr
