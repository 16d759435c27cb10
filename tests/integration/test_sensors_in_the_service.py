"""Faults, silence and groups of sensors on a real broker, through the stage and into the console's rows."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.classifier.assess.core.readings import SensorRules
from services.classifier.assess.flow import ReadingsFold
from services.console.core.sensor_board import heard
from shared.events import ReadingReceived, SensorState
from shared.ids import new_id
from shared.kafka.hosting import KafkaHost
from shared.kafka.partition_stage import PartitionStage, Ticking
from shared.kafka.producing import Producer
from shared.kafka.reading_back import read_since
from shared.kafka.records import Outgoing
from shared.kafka.starting import make_broker
from shared.pack import CityPack
from shared.topics import READINGS, SENSORS, SIGNALS
from tests.classifier_builders import przemysl

pytestmark = pytest.mark.kafka
SILENT_AFTER_S = 2.0


def quick_pack() -> CityPack:
    """Przemyśl, whose sensors fall silent within two seconds."""
    sensors = [
        one.model_copy(update={"silent_after_s": SILENT_AFTER_S, "on_change": False, "rules": one.rules})
        for one in przemysl().sensors
    ]
    return przemysl().model_copy(update={"sensors": tuple(sensors)})


@asynccontextmanager
async def service(servers: str) -> AsyncIterator[PartitionStage[Any]]:
    broker = make_broker(servers, "test")
    fold = ReadingsFold(SensorRules(quick_pack()))
    stage = PartitionStage(
        broker,
        servers,
        "classifier.test-sensors",
        reads=READINGS,
        keeps=SENSORS,
        fold=fold,
        ticking=Ticking(fold.tick, every_s=0.2, behind_s=0.3),
        session_timeout_ms=1500,
    )
    async with KafkaHost("classifier", servers, broker=broker, producer=Producer(servers, "test"), stages=[stage]):
        yield stage


async def send(servers: str, sensor: str, quantity: str, value: float) -> None:
    now = datetime.now(UTC)
    reading = ReadingReceived(
        event_id=new_id(now),
        city="przemysl",
        occurred_at=now,
        received_at=now,
        sensor_id=sensor,
        quantity=quantity,
        value=value,
    )
    async with Producer(servers, "test") as producer:
        await producer.send_all([Outgoing(READINGS, sensor, reading)])


async def states(servers: str) -> dict[str, SensorState]:
    """As GET /v1/sensors of the console shows them."""
    found: dict[str, SensorState] = {}
    async for batch in read_since(servers, SENSORS, datetime.now(UTC) - timedelta(hours=1)):
        for one in batch:
            found |= {row.sensor_id: row.state for row in heard(one.event)}  # type: ignore[arg-type]
    return found


async def until_states(servers: str, **wanted: SensorState) -> None:
    expected = {name.replace("_", "-"): state for name, state in wanted.items()}
    found: dict[str, SensorState] = {}
    try:
        async with asyncio.timeout(40):
            while not expected.items() <= (found := await states(servers)).items():
                await asyncio.sleep(0.1)
    except TimeoutError:
        pytest.fail(f"wanted {expected}, found {found}")


async def test_faults_and_silence_arrive_at_the_console_and_survive_a_restart(topics: str) -> None:
    async with service(topics):
        await send(topics, "san-przemysl-1", "water_level", 9999)
        await until_states(topics, san_przemysl_1=SensorState.FAULT)
        await until_states(topics, san_przemysl_1=SensorState.SILENT)
        await send(topics, "wiar-krowniki-1", "water_level", 100)
        await until_states(topics, wiar_krowniki_1=SensorState.OK)
    async with service(topics):
        await until_states(topics, wiar_krowniki_1=SensorState.SILENT, san_przemysl_1=SensorState.SILENT)
        await send(topics, "san-przemysl-1", "water_level", 100)
        await until_states(topics, san_przemysl_1=SensorState.OK)


async def test_two_of_three_in_different_partitions_are_told_once(topics: str) -> None:
    async with service(topics) as stage:
        await send(topics, "san-przemysl-1", "water_level", 400)
        await send(topics, "wiar-krowniki-1", "water_level", 380)
        await until_states(topics, high_water_przemysl=SensorState.ALARM)
        holders = [number for number, state in stage.states.items() if state.memory]
        assert len(holders) >= 2
    told = [
        one.event.sensor_id  # type: ignore[attr-defined]
        async for batch in read_since(topics, SIGNALS, datetime.now(UTC) - timedelta(hours=1))
        for one in batch
    ]
    assert sorted(told) == ["high-water-przemysl", "san-przemysl-1", "wiar-krowniki-1"]
