"""What tests of every tier may ask for."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import pytest
from aiokafka.admin import AIOKafkaAdminClient

from shared.kafka.administration import create_topics
from shared.topics import TOPICS

pytest_plugins = ["tests.kafka", "tests.postgres", "tests.sandbox", "tests.stack"]


@pytest.fixture
async def topics(kafka: str) -> str:
    """Bootstrap servers of a broker on which the registry's topics are new and empty."""
    await _delete_all(kafka)
    await _until(lambda: create_topics(kafka, TOPICS))
    return kafka


async def _delete_all(servers: str) -> None:
    """The broker forgets the groups' offsets of a deleted topic by itself."""
    wanted = {topic.name for topic in TOPICS}
    admin = AIOKafkaAdminClient(bootstrap_servers=servers)
    await admin.start()
    try:
        if gone := sorted(wanted & set(await admin.list_topics())):
            await admin.delete_topics(gone)
        async with asyncio.timeout(20):
            while wanted & set(await admin.list_topics()):
                await asyncio.sleep(0.05)
    finally:
        await admin.close()


async def _until(attempt: Callable[[], Awaitable[list[str]]]) -> None:
    """A topic that is still being deleted refuses its name for a moment."""
    async with asyncio.timeout(20):
        created: set[str] = set()
        while len(created) < len(TOPICS):
            with suppress(Exception):
                created |= set(await attempt())
            await asyncio.sleep(0.05)
