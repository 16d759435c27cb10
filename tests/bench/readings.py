"""`python -m tests.bench.readings`: the sensors' stage against a bare transactional loop; cost of a reading by number of sensors."""

import asyncio
from time import process_time

from services.classifier.assess.core.readings import SensorRules, fold_reading
from services.classifier.assess.core.sensor_memory import SensorMemory
from services.classifier.assess.flow import ReadingsFold
from shared.kafka.administration import create_topics
from shared.pack import CityPack
from shared.topics import READINGS, SENSORS, TOPICS
from tests.bench.classify_stages import compare, copy_to, fill, fresh, run_bare_transactions, run_partition_stage
from tests.bench.lines import print_bench
from tests.classifier_builders import a_reading, przemysl
from tests.kafka import broker

RECORDS = 10_000
SENSORS_COUNT = 500


def pack_with_sensors(count: int) -> CityPack:
    """So many river gauges with their range and two levels."""
    gauge = przemysl().sensors[0]
    sensors = tuple(gauge.model_copy(update={"id": f"sensor-{number}"}) for number in range(count))
    return przemysl().model_copy(update={"sensors": sensors})


async def stage() -> None:
    readings = [
        a_reading(300.0 + number % 50, seconds=number // SENSORS_COUNT, sensor_id=f"sensor-{number % SENSORS_COUNT}")
        for number in range(RECORDS)
    ]
    with broker() as servers:
        await create_topics(servers, TOPICS)
        await fill(servers, READINGS, [(reading.sensor_id, reading) for reading in readings])
        fold = ReadingsFold(SensorRules(pack_with_sensors(SENSORS_COUNT)))

        async def ours(batch: int) -> float:
            await fresh(servers, SENSORS)
            return await run_partition_stage(servers, READINGS, SENSORS, fold, RECORDS, batch)

        async def bare(batch: int) -> float:
            await fresh(servers, SENSORS)
            return await run_bare_transactions(servers, READINGS, copy_to(SENSORS), RECORDS, batch)

        await compare("readings", "bare consume–decode–produce in the same transactions", ours, bare)


def fold_cost(sensors: int) -> float:
    """Microseconds of processor time for one reading, with so many sensors known."""
    rules = SensorRules(pack_with_sensors(sensors))
    memory: dict[str, SensorMemory] = {}
    for number in range(sensors):
        fold_reading(memory, a_reading(300, sensor_id=f"sensor-{number}", event_id="x"), rules)
    readings = [
        a_reading(300, seconds=1 + number, sensor_id=f"sensor-{number * 7919 % sensors}", event_id="x")
        for number in range(20_000)
    ]
    began = process_time()
    for reading in readings:
        fold_reading(memory, reading, rules)
    return (process_time() - began) / len(readings) * 1e6


def main() -> None:
    few, many = (min(fold_cost(sensors) for _ in range(3)) for sensors in (10, 100_000))
    print_bench(
        "readings: cost of one with 100,000 sensors",
        round(many, 2),
        "µs (lower is better)",
        "with 10 sensors",
        round(few, 2),
    )
    asyncio.run(stage())


if __name__ == "__main__":
    main()
