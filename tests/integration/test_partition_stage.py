"""The transactional stage on a real broker: exact under errors, rebalances and poison."""

import asyncio
import gc
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from shared.errors import Invalid
from shared.events import QuantityState, ReadingReceived, SensorChanged, SensorState
from shared.kafka.hosting import KafkaHost
from shared.kafka.partition_stage import Folded, PartitionStage, Ticking
from shared.kafka.producing import Producer
from shared.kafka.records import Outgoing, Received
from shared.kafka.starting import make_broker
from shared.topics import READINGS, SENSORS

pytestmark = pytest.mark.kafka
NOW = datetime(2026, 11, 24, 18, 0, tzinfo=UTC)
GROUP = "classifier.test"


class Sum:
    """Adds readings up per sensor: what is lost or doubled shows in the sum."""

    def __init__(self) -> None:
        self.fail_once = False
        self.ticked: list[datetime] = []

    def restore(self, snapshots: Iterable[SensorChanged]) -> dict[str, float]:
        return {snapshot.sensor_id: snapshot.quantities["sum"].value for snapshot in snapshots}

    def fold(self, state: dict[str, float], batch: Sequence[Received[ReadingReceived]]) -> Folded:
        folded = Folded()
        touched = set()
        for received in batch:
            if received.event.quantity == "bad":
                folded.refused.append((received, Invalid("bad_quantity", "a test's")))
                continue
            state[received.event.sensor_id] = state.get(received.event.sensor_id, 0) + received.event.value
            touched.add(received.event.sensor_id)
        if self.fail_once:
            self.fail_once = False
            raise OSError("the line is down")
        folded.outputs = [Outgoing(SENSORS, sensor, snapshot(sensor, state[sensor])) for sensor in sorted(touched)]
        return folded

    def tick(self, state: dict[str, float], at: datetime) -> Folded:
        """Halves a sum that is above 1,000: what happens twice, or is taken from state that was not kept, shows."""
        folded = Folded()
        for sensor, value in state.items():
            if value > 1000:
                state[sensor] = value / 2 - 1000
                folded.outputs.append(Outgoing(SENSORS, sensor, snapshot(sensor, state[sensor])))
        if folded.outputs and self.fail_once:
            self.fail_once = False
            raise OSError("the line is down")
        self.ticked.append(at)
        return folded


def snapshot(sensor: str, value: float) -> SensorChanged:
    state = QuantityState(quantity="sum", state=SensorState.OK, value=value, at=NOW, since=NOW)
    return SensorChanged(
        event_id="e",
        city="przemysl",
        occurred_at=NOW,
        received_at=NOW,
        sensor_id=sensor,
        name=sensor,
        quantities={"sum": state},
    )


def reading(sensor: str, value: float, quantity: str = "water_level") -> ReadingReceived:
    return ReadingReceived(
        event_id="e",
        city="przemysl",
        occurred_at=NOW,
        received_at=NOW,
        sensor_id=sensor,
        quantity=quantity,
        value=value,
    )


def process(
    servers: str, fold: Sum | None = None, *, ticks: bool = False
) -> tuple[KafkaHost, PartitionStage[dict[str, float]]]:
    broker = make_broker(servers, "test")
    fold = fold or Sum()
    stage = PartitionStage(
        broker,
        servers,
        GROUP,
        reads=READINGS,
        keeps=SENSORS,
        fold=fold,
        ticking=Ticking(fold.tick, every_s=0.1, behind_s=0.5) if ticks else None,
        session_timeout_ms=1500,
    )
    return KafkaHost("classifier", servers, broker=broker, producer=Producer(servers, "test"), stages=[stage]), stage


async def committed_sums(servers: str) -> dict[str, float]:
    """What a reader of committed records finds: the newest snapshot of each sensor."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=servers, isolation_level="read_committed", auto_offset_reset="earliest"
    )
    await consumer.start()
    try:
        partitions = [TopicPartition(SENSORS.name, number) for number in range(SENSORS.partitions)]
        consumer.assign(partitions)
        ends = await consumer.end_offsets(partitions)
        found: dict[str, float] = {}
        while any([await consumer.position(one) < ends[one] for one in partitions]):
            for records in (await consumer.getmany(timeout_ms=100)).values():
                for record in records:
                    one = SensorChanged.model_validate_json(record.value)
                    found[one.sensor_id] = one.quantities["sum"].value
        return found
    finally:
        await consumer.stop()


async def until_sums(servers: str, wanted: dict[str, float]) -> None:
    found: dict[str, float] = {}
    try:
        async with asyncio.timeout(40):
            while (found := await committed_sums(servers)) != wanted:
                await asyncio.sleep(0.1)
    except TimeoutError:
        pytest.fail(f"wanted {wanted}, found {found}")


async def write(servers: str, sensors: int, each: int) -> dict[str, float]:
    async with Producer(servers, "test") as producer:
        for number in range(each):
            await producer.send_all(
                [Outgoing(READINGS, f"s{sensor}", reading(f"s{sensor}", number)) for sensor in range(sensors)]
            )
    return {f"s{sensor}": sum(range(each)) for sensor in range(sensors)}


async def test_every_reading_counts_once_when_a_batch_fails_in_the_middle(topics: str) -> None:
    """The state a failed batch has touched is thrown away and restored from the log."""
    fold = Sum()
    host, _ = process(topics, fold)
    async with host:
        wanted = await write(topics, 20, 10)
        await until_sums(topics, wanted)
        fold.fail_once = True
        again = await write(topics, 20, 10)
        await until_sums(topics, {sensor: wanted[sensor] + again[sensor] for sensor in wanted})


async def test_every_reading_counts_once_while_processes_come_and_go(topics: str) -> None:
    """Partitions move between processes with their state."""
    hosts = [process(topics)[0] for _ in range(3)]
    writing = asyncio.create_task(write(topics, 30, 60))
    await hosts[0].__aenter__()
    await until_assigned(hosts[0])
    await hosts[1].__aenter__()
    await until_assigned(hosts[1])
    await hosts[0].__aexit__(None, None, None)
    await hosts[2].__aenter__()
    wanted = await writing
    await until_sums(topics, wanted)
    for host in hosts[1:]:
        await host.__aexit__(None, None, None)


async def until_assigned(host: KafkaHost) -> None:
    async with asyncio.timeout(30):
        while host.unready:
            await asyncio.sleep(0.05)


async def test_a_bad_record_stops_nothing(topics: str) -> None:
    """Not JSON, no key, a header that is not UTF-8, bad in meaning: each to dead letters, the next is handled."""
    raw = AIOKafkaProducer(bootstrap_servers=topics)
    await raw.start()
    try:
        good = reading("s0", 5).model_dump_json().encode()
        await raw.send_and_wait(READINGS.name, b"{", key=b"s0")
        await raw.send_and_wait(READINGS.name, good, key=b"s0", headers=[("traceparent", b"\xff\xfe")])
        await raw.send_and_wait(READINGS.name, good, partition=3)
        await raw.send_and_wait(READINGS.name, None, key=b"s0")
        await raw.send_and_wait(READINGS.name, reading("s0", 1, "bad").model_dump_json().encode(), key=b"s0")
        await raw.send_and_wait(READINGS.name, good, key=b"s0", headers=[("other", None), ("more", b"\xff")])
    finally:
        await raw.stop()
    host, _ = process(topics)
    async with host:
        await until_sums(topics, {"s0": 5})
        letters = await dead_letters(topics, 5)
    assert sorted(letter["reason"] for letter in letters) == [
        "bad_quantity",
        "empty_record",
        "missing_key",
        "not_json",
        "undecodable_header",
    ]


async def dead_letters(servers: str, number: int) -> list[dict[str, Any]]:
    import json

    consumer = AIOKafkaConsumer(
        "classifier.dead-letters.v1",
        bootstrap_servers=servers,
        isolation_level="read_committed",
        auto_offset_reset="earliest",
    )
    await consumer.start()
    try:
        async with asyncio.timeout(20):
            return [json.loads((await consumer.getone()).value) for _ in range(number)]
    finally:
        await consumer.stop()


async def test_a_fenced_owner_commits_nothing_and_begins_anew(topics: str) -> None:
    """Another owner's transactional id fences ours: what we had folded is thrown away, the partition is taken again, nothing doubles."""
    host, stage = process(topics)
    async with host:
        first = await write(topics, 12, 3)
        await until_sums(topics, first)
        rivals = [
            AIOKafkaProducer(bootstrap_servers=topics, transactional_id=f"{GROUP}-{number}") for number in stage.states
        ]
        for rival in rivals:
            await rival.start()
            await rival.stop()
        again = await write(topics, 12, 3)
        await until_sums(topics, {sensor: first[sensor] + again[sensor] for sensor in first})
    del rivals, rival
    gc.collect()  # aiokafka leaves a fenced producer's futures unasked: said here, inside the test, not at the very end


async def send(servers: str, *readings: ReadingReceived) -> None:
    async with Producer(servers, "test") as producer:
        await producer.send_all([Outgoing(READINGS, one.sensor_id, one) for one in readings])


async def test_time_passes_where_nothing_comes(topics: str) -> None:
    """A tick tells something in a transaction of its own, after all that came before it, and is never ahead of the log."""
    fold = Sum()
    host, stage = process(topics, fold, ticks=True)
    async with host:
        await send(topics, reading("s0", 1500), reading("s1", 700))
        await until_sums(topics, {"s0": -250, "s1": 700})
        await send(topics, reading("s1", 700))
        await until_sums(topics, {"s0": -250, "s1": -300})
        assert fold.ticked[-1] <= datetime.now(UTC) - timedelta(seconds=0.5)
        assert sum(stage.handled.values()) == 3


async def test_a_tick_that_fails_is_taken_again_from_what_was_kept(topics: str) -> None:
    fold = Sum()
    host, _ = process(topics, fold)
    ticking, _ = process(topics, fold, ticks=True)
    async with host:
        await send(topics, reading("s0", 1500))
        await until_sums(topics, {"s0": 1500})
    fold.fail_once = True
    async with ticking:
        await until_sums(topics, {"s0": -250})
        assert not fold.fail_once
        await send(topics, reading("s0", 250))
        await until_sums(topics, {"s0": 0})


async def test_a_tick_of_a_fenced_owner_commits_nothing(topics: str) -> None:
    fold = Sum()
    host, stage = process(topics, fold, ticks=True)
    async with host:
        await send(topics, reading("s0", 600))
        await until_sums(topics, {"s0": 600})
        (partition,) = [number for number, state in stage.states.items() if "s0" in state]
        rival = AIOKafkaProducer(bootstrap_servers=topics, transactional_id=f"{GROUP}-{partition}")
        await rival.start()
        await rival.stop()
        stage.states[partition]["s0"] = 5000  # what a zombie believes
        await until_sums(topics, {"s0": 600})
        async with asyncio.timeout(20):
            while stage.states.get(partition) != {"s0": 600}:
                await asyncio.sleep(0.05)
        await send(topics, reading("s0", 600))
        await until_sums(topics, {"s0": -400})
    del rival
    gc.collect()
