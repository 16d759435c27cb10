"""Measures a stage against a bare loop with the same delivery guarantee, on one broker, in turns."""

import asyncio
import logging
import statistics
from collections.abc import Awaitable, Callable, Sequence
from time import perf_counter
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from pydantic import BaseModel

from shared.kafka.administration import create_topics
from shared.kafka.consuming import BatchStage, consume_batches
from shared.kafka.partition_stage import PartitionFold, PartitionStage
from shared.kafka.producing import Producer
from shared.kafka.records import Outgoing, Received, decode, encode
from shared.kafka.starting import make_broker
from shared.topics import TOPICS, Topic
from tests.bench.lines import print_bench

logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # fresh topics are refused for a moment, and retried

ROUNDS = 3
BATCHES = (100, 1000)

Run = Callable[[int], Awaitable[float]]
"""Takes a batch's records, returns records a second."""

Transform = Callable[[list[Received[Any]]], Sequence[Outgoing]]
"""What a loop makes of the records of one partition."""


def copy_to(writes: Topic) -> Transform:
    """One record out for each in, as it came: the least a loop can do."""
    return lambda batch: [
        Outgoing(writes, received.key, received.event, partition=received.partition) for received in batch
    ]


async def fill(servers: str, topic: Topic, records: Sequence[tuple[str, BaseModel]]) -> None:
    async with Producer(servers, "bench", timeout_s=60.0) as producer:
        for begin in range(0, len(records), 1000):
            await producer.send_all([Outgoing(topic, key, event) for key, event in records[begin : begin + 1000]])


async def compare(name: str, baseline: str, ours: Run, bare: Run) -> None:
    """Alternating rounds, medians: the machine's mood is the same for both."""
    for batch in BATCHES:
        figures: tuple[list[float], list[float]] = ([], [])
        for _ in range(ROUNDS):
            figures[0].append(await ours(batch))
            figures[1].append(await bare(batch))
        mine, theirs = map(statistics.median, figures)
        print_bench(f"{name} {batch} a batch", round(mine), "records/s", baseline, round(theirs))


class Clock:
    """Runs from the first batch's arrival, so that joining the group is not measured."""

    def __init__(self) -> None:
        self.began: float | None = None

    def start(self) -> None:
        self.began = self.began or perf_counter()

    def rate(self, records: int) -> float:
        assert self.began is not None
        return records / (perf_counter() - self.began)


class _Timed:
    def __init__(self, fold: PartitionFold[Any], clock: Clock) -> None:
        self._fold = fold
        self._clock = clock

    def restore(self, snapshots: Any) -> Any:
        return self._fold.restore([])

    def fold(self, state: Any, batch: Sequence[Received[Any]]) -> Any:
        self._clock.start()
        return self._fold.fold(state, batch)


async def fresh(servers: str, *written: Topic) -> None:
    """Output topics without what the round before has written, so that restoring costs each round the same."""
    admin = AIOKafkaAdminClient(bootstrap_servers=servers)
    await admin.start()
    try:
        await admin.delete_topics([topic.name for topic in written])
        while {topic.name for topic in written} & set(await admin.list_topics()):
            await asyncio.sleep(0.05)
    finally:
        await admin.close()
    await create_topics(servers, TOPICS)
    await asyncio.sleep(0.5)


async def run_partition_stage(  # noqa: PLR0917
    servers: str, reads: Topic, keeps: Topic, fold: PartitionFold[Any], records: int, batch: int
) -> float:
    clock = Clock()
    broker = make_broker(servers, "bench")
    name = f"classifier.bench-{perf_counter():.6f}"
    stage: PartitionStage[Any] = PartitionStage(
        broker, servers, name, reads=reads, keeps=keeps, fold=_Timed(fold, clock), max_records=batch
    )
    await broker.start()
    try:
        await _until_handled(stage, records)
        return clock.rate(records)
    finally:
        await broker.stop()
        await stage.stop()


async def run_batch_stage(
    servers: str,
    reads: Topic,
    handle_with: Callable[[Producer], Callable[[list[Received[Any]]], Awaitable[None]]],
    records: int,
    batch: int,
) -> float:
    clock = Clock()
    broker = make_broker(servers, "bench")
    async with Producer(servers, "bench", timeout_s=60.0) as producer:
        handle = handle_with(producer)

        async def timed(received: list[Received[Any]]) -> None:
            clock.start()
            await handle(received)

        stage = consume_batches(
            broker, [reads], f"classifier.bench-{perf_counter():.6f}", timed, dead_letters=producer, max_records=batch
        )
        await broker.start()
        try:
            await _until_handled(stage, records)
            return clock.rate(records)
        finally:
            await broker.stop()


async def _until_handled(stage: PartitionStage[Any] | BatchStage[Any], records: int) -> None:
    async with asyncio.timeout(300):
        while sum(stage.handled.values()) < records:
            await asyncio.sleep(0.002)


async def run_bare_transactions(servers: str, reads: Topic, transform: Transform, records: int, batch: int) -> float:
    """Design B by hand: a transactional producer for each input partition; decode, transform, send, offsets in the transaction."""
    clock = Clock()
    group = f"bare-{perf_counter():.6f}"
    consumer = _consumer(servers, reads, group)
    producers: dict[int, AIOKafkaProducer] = {}
    await consumer.start()
    try:
        await consumer.getmany(timeout_ms=0)
        for partition in range(reads.partitions):
            producers[partition] = AIOKafkaProducer(
                bootstrap_servers=servers,
                transactional_id=f"{group}-{partition}",
                retry_backoff_ms=10,
                linger_ms=0,
                max_batch_size=524_288,
            )
        await asyncio.gather(*(producer.start() for producer in producers.values()))
        done = 0
        while done < records:
            found = await consumer.getmany(timeout_ms=500, max_records=batch)
            if found:
                clock.start()
            await asyncio.gather(
                *(_transact(producers[tp.partition], group, tp, held, reads, transform) for tp, held in found.items())
            )
            done += sum(map(len, found.values()))
        return clock.rate(records)
    finally:
        await consumer.stop()
        await asyncio.gather(*(producer.stop() for producer in producers.values()))


async def _transact(  # noqa: PLR0917
    producer: AIOKafkaProducer, group: str, tp: TopicPartition, held: Sequence[Any], reads: Topic, transform: Transform
) -> None:
    async with producer.transaction():
        sent = [
            await producer.send(out.topic.name, encode(out.event), key=out.key.encode(), partition=out.partition)
            for out in transform([decode(record, reads.carries) for record in held])
        ]
        await producer.send_offsets_to_transaction({tp: held[-1].offset + 1}, group)
        await asyncio.gather(*sent)


async def run_bare_at_least_once(servers: str, reads: Topic, transform: Transform, records: int, batch: int) -> float:
    """Decode, transform, send, await all acknowledgements, commit."""
    clock = Clock()
    consumer = _consumer(servers, reads, f"bare-{perf_counter():.6f}")
    producer = AIOKafkaProducer(bootstrap_servers=servers, enable_idempotence=True, acks="all", linger_ms=0)
    await consumer.start()
    await producer.start()
    try:
        done = 0
        while done < records:
            found = await consumer.getmany(timeout_ms=500, max_records=batch)
            if found:
                clock.start()
            batch_records = [decode(record, reads.carries) for held in found.values() for record in held]
            sent = [
                await producer.send(out.topic.name, encode(out.event), key=out.key.encode())
                for out in transform(batch_records)
            ]
            await asyncio.gather(*sent)
            if found:
                await consumer.commit()
            done += len(batch_records)
        return clock.rate(records)
    finally:
        await consumer.stop()
        await producer.stop()


def _consumer(servers: str, reads: Topic, group: str) -> AIOKafkaConsumer:
    return AIOKafkaConsumer(
        reads.name,
        bootstrap_servers=servers,
        group_id=group,
        enable_auto_commit=False,
        isolation_level="read_committed",
        auto_offset_reset="earliest",
    )
