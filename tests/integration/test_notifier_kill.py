"""kill -9 at random moments under load: nothing is lost, and no phone gets a message twice without the ledger saying unknown."""

import asyncio
import os
import random
import signal
from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from shared.kafka.producing import Producer
from shared.topics import ALERTS
from tests.notifier_builders import alert
from tests.notifier_world import World
from tests.sandbox import RunningSandbox

pytestmark = pytest.mark.kafka
ROUNDS = int(os.environ.get("HEJNAL_TEST_KILL_ROUNDS", "4"))
PER_SECOND = 50


async def publish_for(world: World, seconds: float) -> int:
    """Alerts of urgency critical, evenly; each gives three notifications."""
    count = 0
    async with Producer(world.kafka, "test") as producer:
        ends = asyncio.get_running_loop().time() + seconds
        while asyncio.get_running_loop().time() < ends:
            one = alert(datetime.now(UTC))
            await producer.send(ALERTS, one.alert_id, one)
            count += 1
            await asyncio.sleep(1 / PER_SECOND)
    return count


async def all_settled(world: World, expected: int) -> None:
    async with asyncio.timeout(120):
        while True:
            with suppress(Exception):
                (entered,) = world.rows("SELECT count(*) FROM notifications")[0]
                (open_,) = world.rows("SELECT count(*) FROM notifications WHERE state IN ('requested', 'claimed')")[0]
                (untold,) = world.rows("SELECT count(*) FROM history WHERE NOT published")[0]
                if (entered, open_, untold) == (expected, 0, 0):
                    return
            await asyncio.sleep(0.1)


async def counted_by_the_gauge(world: World) -> float:
    async with httpx.AsyncClient() as http:
        lines = (await http.get(f"{world.url}/metrics")).text.splitlines()
    ours = [line for line in lines if line.startswith("hejnal_notifier_notifications{")]
    return sum(float(line.rpartition(" ")[2]) for line in ours)


async def test_kill_at_random_moments_loses_nothing_and_doubles_nothing(
    topics: str, sandbox: RunningSandbox, tmp_path: Path
) -> None:
    world = World(topics, sandbox, tmp_path, HEJNAL_NOTIFIER_TIME_SCALE="1")
    await world.seed_duty()
    process = world.start()
    alerts = 0
    for _ in range(ROUNDS):
        await world.ready()
        publishing = asyncio.create_task(publish_for(world, 2.0))
        await asyncio.sleep(random.uniform(0.2, 1.8))  # the moment is random on purpose
        process.send_signal(signal.SIGKILL)
        await asyncio.to_thread(process.wait)
        process = world.start()
        alerts += await publishing
    try:
        await world.ready()
        await all_settled(world, alerts * 3)
        states = dict(world.rows("SELECT state, count(*) FROM notifications GROUP BY state"))
        assert sum(states.values()) == alerts * 3
        assert states.get("failed", 0) == states.get("expired", 0) == 0, states
        got = Counter(one["reference"] for one in await sandbox.messages())
        assert [reference for reference, times in got.items() if times > 1] == []
        sure = {
            row[0]
            for row in world.rows(
                "SELECT notification_id FROM notifications WHERE state IN ('handed_over', 'delivered')"
            )
        }
        assert sure <= set(got), "the ledger says sent, and no phone has it"
        unknown = {row[0] for row in world.rows("SELECT notification_id FROM notifications WHERE state = 'unknown'")}
        assert set(got) <= sure | unknown, "a phone has it, and the ledger does not say so"
        async with asyncio.timeout(20):  # the gauge is counted every two seconds
            while await counted_by_the_gauge(world) != alerts * 3:
                await asyncio.sleep(0.1)
    finally:
        process.send_signal(signal.SIGTERM)
        await asyncio.to_thread(process.wait, 30)


async def test_two_processes_do_not_double(topics: str, sandbox: RunningSandbox, tmp_path: Path) -> None:
    world = World(topics, sandbox, tmp_path)
    await world.seed_duty()
    other = World(topics, sandbox, tmp_path)
    async with world.running():
        second = other.start()
        try:
            await other.ready()
            alerts = await publish_for(world, 3.0)
            await all_settled(world, alerts * 3)
            got = Counter(one["reference"] for one in await sandbox.messages())
            assert set(got.values()) == {1}
            assert len(got) == alerts * 3
        finally:
            second.send_signal(signal.SIGTERM)
            await asyncio.to_thread(second.wait, 30)
