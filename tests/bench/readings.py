"""`python -m tests.bench.readings`: the sensors' stage against a bare transactional loop; cost of a reading by number of sensors."""

import asyncio
import gc
from collections.abc import Iterator
from time import process_time

from services.classifier.assess.core.readings import SensorRules, Sensors, fold_reading, pass_time
from services.classifier.assess.flow import ReadingsFold
from shared.events import ReadingReceived
from shared.kafka.administration import create_topics
from shared.pack import CityPack
from shared.topics import READINGS, SENSORS, TOPICS
from tests.bench.classify_stages import compare, copy_to, fill, fresh, run_bare_transactions, run_partition_stage
from tests.bench.lines import print_bench
from tests.classifier_builders import a_reading, at, przemysl
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


def fold_cost(sensors: int, *, history: int = 1) -> float:
    """Microseconds of processor time for one reading and the time before it.

    So many sensors speak in turn, each once a minute, and each has spoken `history` times before.
    """
    rules = SensorRules(pack_with_sensors(sensors))
    memory = Sensors()
    for reading in speaking(sensors, 0, sensors * history):
        fold_reading(memory, reading, rules)
    readings = list(speaking(sensors, sensors * history, 20_000))
    gc.collect()
    gc.freeze()
    began = process_time()
    for reading in readings:
        pass_time(memory, reading.received_at, rules)
        fold_reading(memory, reading, rules)
    taken = (process_time() - began) / len(readings) * 1e6
    gc.unfreeze()
    return taken


def speaking(sensors: int, begin: int, count: int) -> Iterator[ReadingReceived]:
    template = a_reading(300, event_id="x")
    for number in range(begin, begin + count):
        moment = at(number * 60 / sensors)
        change = {"occurred_at": moment, "received_at": moment, "value": 300.0 + number % 7}
        yield template.model_copy(update=change | {"sensor_id": f"sensor-{number % sensors}"})


def least(*settings: tuple[int, int]) -> list[float]:
    """Of three rounds in turns, so that the machine's mood is the same for all."""
    rounds = [[fold_cost(sensors, history=history) for sensors, history in settings] for _ in range(3)]
    return [min(costs) for costs in zip(*rounds, strict=True)]


def main() -> None:
    few, many, new, old = least((10, 1), (100_000, 1), (100, 1), (100, 1000))
    unit = "µs (lower is better)"
    print_bench("readings: cost of one with 100,000 sensors", round(many, 2), unit, "with 10 sensors", round(few, 2))
    print_bench("readings: cost of one after 1,000 of a sensor", round(old, 2), unit, "after 1", round(new, 2))
    asyncio.run(stage())


if __name__ == "__main__":
    main()
