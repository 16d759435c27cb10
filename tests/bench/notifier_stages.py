"""Bench: the plan's and the sender's stage against a bare loop with the same guarantee, in one run; and the latency they add.

The bare loop decodes a batch, keeps one row for each record in a transaction on disk and produces as many records; beside the sender it
settles each row in a second transaction, as claim-before-send takes two.
"""

import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from sqlalchemy import Column, MetaData, String, Table, Text, bindparam, update

from services.notifier.adapters.announcer import Announcer
from services.notifier.adapters.outbox import KafkaOutbox
from services.notifier.adapters.store.addresses import Addresses
from services.notifier.adapters.store.book import LedgerBook
from services.notifier.adapters.store.duty import DutyEntry, DutyList, NewContact, on_duty
from services.notifier.adapters.store.planning import PlanTransactions
from services.notifier.adapters.store.writing import Store
from services.notifier.migrations import MIGRATIONS
from services.notifier.plan.flow import Planner
from services.notifier.send.core.links import LinkPlaces
from services.notifier.send.flow import Sender
from shared.database import Database, upgrade
from shared.events import Channel, Language
from shared.kafka.administration import create_topics
from shared.kafka.producing import Producer
from shared.kafka.records import Outgoing
from shared.telemetry import configure_logging
from shared.topics import ALERTS, REQUESTED, TOPICS
from tests.kafka import local_node
from tests.notifier_builders import FakeProvider, alert, pack, received, requested

RECORDS = 3000
__all__ = ["main"]
_bare = Table(
    "bare", MetaData(), Column("id", String(36), primary_key=True), Column("event", Text), Column("state", String(12))
)
_SETTLE = update(_bare).where(_bare.c.id == bindparam("_id")).values(state="handed_over")


def now() -> datetime:
    return datetime.now(UTC)


class World:
    """Store, producer and flows, fed by hand: the consumer is the same in both loops and left out of both."""

    def __init__(self, servers: str, url: str) -> None:
        self.store = Store(Database(url))
        self.producer = Producer(servers, "bench", timeout_s=60)
        self.outbox = KafkaOutbox(self.store, self.producer, now)
        self.pack = pack()
        self.planner = Planner(self.pack, PlanTransactions(self.store), self.outbox, now)
        self.announcer = Announcer(self.producer, now)
        self.book = LedgerBook(self.store, "bench", timedelta(60), now, lambda _: 1, self.announcer.changed)
        self.announcer.book = self.book
        self.provider = FakeProvider()
        places = LinkPlaces("http://a/{alert_id}", "http://p", "http://n", b"s" * 32)
        self.sender = Sender(
            Channel.SMS, self.book, Addresses(self.store), [self.provider], places, self.pack.delivery, now, lambda: 0.0,
            window=100_000,
        )  # fmt: skip


async def bare(world: World, batches: Sequence[Sequence[Any]], topic: Any, *, settles: bool) -> float:
    async with world.store.database.engine.begin() as connection:
        await connection.run_sync(_bare.metadata.drop_all)
        await connection.run_sync(_bare.metadata.create_all)
    began = time.perf_counter()
    for batch in batches:
        events = [type(one).model_validate_json(one.model_dump_json()) for one in batch]
        async with world.store.database.begin() as connection:
            await connection.execute(
                _bare.insert(), [{"id": one.event_id, "event": one.model_dump_json()} for one in events]
            )
        await world.producer.send_all([Outgoing(topic, one.event_id, one) for one in events])
        if settles:  # a sender's guarantee takes a second durable write: claimed before, settled after
            async with world.store.database.begin() as connection:
                await connection.execute(_SETTLE, [{"_id": one.event_id} for one in events])
    return sum(map(len, batches)) / (time.perf_counter() - began)


async def timed(handle: Callable[[list[Any]], Awaitable[None]], batches: Sequence[Sequence[Any]], end: Any) -> float:
    began = time.perf_counter()
    for batch in batches:
        events = [type(one).model_validate_json(one.model_dump_json()) for one in batch]
        await handle([received(one) for one in events])
    await end()
    return sum(map(len, batches)) / (time.perf_counter() - began)


def in_batches(events: Sequence[Any], size: int) -> list[Sequence[Any]]:
    return [events[start : start + size] for start in range(0, len(events), size)]


async def one_contact(world: World) -> str:
    await DutyList(world.store).put(
        [DutyEntry("A", Language.PL, (NewContact(Channel.SMS, "+48600100100"),), ("fire-liaison",))], now()
    )
    async with world.store.database.read() as connection:
        return (await on_duty(connection, datetime.now(UTC)))[0].contacts[0].contact_id


async def throughput(world: World, size: int) -> None:
    contact = await one_contact(world)

    async def landed() -> None:
        window = world.sender._window
        await world.sender.stop()
        world.sender._window = window
        await world.announcer.stop()
        await world.outbox.stop()

    figures: dict[str, list[float]] = {"plan": [], "plan bare": [], "send": [], "send bare": []}
    for _ in range(3):
        alerts = [alert(now()) for _ in range(RECORDS)]
        figures["plan"].append(await timed(world.planner.handle, in_batches(alerts, size), landed))
        figures["plan bare"].append(await bare(world, in_batches(alerts, size), ALERTS, settles=False))
        requests = [requested(recipient_id=contact) for _ in range(RECORDS)]
        figures["send"].append(await timed(world.sender.handle, in_batches(requests, size), landed))
        figures["send bare"].append(await bare(world, in_batches(requests, size), REQUESTED[Channel.SMS], settles=True))
    for name in ("plan", "send"):
        value, base = median(figures[name]), median(figures[f"{name} bare"])
        print("BENCH " + json.dumps({"name": f"notifier-{name}-batch-{size}", "value": round(value), "unit": "records/s",
              "baseline": "bare insert and produce", "baseline_value": round(base), "ratio": round(value / base, 3)}))  # fmt: skip


async def latency(world: World) -> None:
    """One alert at a time: planned, claimed, handed over; Kafka's hop between is measured by the whole stack's bench."""
    contact = await one_contact(world)
    plan_ms, send_ms = [], []
    for _ in range(200):
        one = alert(now())
        began = time.perf_counter()
        await world.planner.handle([received(one)])
        plan_ms.append((time.perf_counter() - began) * 1000)
        sent = len(world.provider.sent)
        began = time.perf_counter()
        await world.sender.handle([received(requested(recipient_id=contact))])
        while len(world.provider.sent) == sent:
            await asyncio.sleep(0)
        send_ms.append((time.perf_counter() - began) * 1000)
        await asyncio.sleep(0.02)
    for name, values in (("plan", plan_ms), ("claim-and-send", send_ms)):
        print("BENCH " + json.dumps({"name": f"notifier-latency-{name}", "value": round(median(values), 2), "unit": "ms p50",
              "p95": round(quantiles(values, n=20)[18], 2), "baseline": "budget of both", "baseline_value": 20, "ratio": round(median(values) / 20, 3)}))  # fmt: skip


async def run(servers: str, url: str) -> None:
    await create_topics(servers, TOPICS)
    await upgrade(url, MIGRATIONS)
    world = World(servers, url)
    await world.producer.start()
    try:
        await latency(world)
        for size in (100, 500):
            await throughput(world, size)
    finally:
        await world.announcer.stop()
        await world.producer.stop()
        await world.store.stop()


def main() -> None:
    configure_logging("notifier", "WARNING")
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        node = stack.enter_context(local_node())
        url = sys.argv[1] if len(sys.argv) > 1 else f"sqlite+aiosqlite:///{directory / 'bench.db'}"
        asyncio.run(run(node.bootstrap_servers, url))


if __name__ == "__main__":
    main()
