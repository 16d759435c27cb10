"""`python -m tests.bench.correlate`: the correlate stage against a bare transactional loop; cost of a signal by number of open alerts."""

import asyncio
import tracemalloc
from collections.abc import Sequence
from dataclasses import replace
from time import process_time
from typing import Any

from services.classifier.correlate.core.fold import Correlator
from services.classifier.correlate.core.limits import SnapshotLimits
from services.classifier.correlate.flow import Cities, CorrelateFold
from shared.events import Category, ReportSignal, Urgency
from shared.kafka.administration import create_topics
from shared.kafka.records import Outgoing, Received
from shared.topics import ALERTS, SIGNALS, TOPICS
from tests.bench.classify_stages import (
    compare,
    copy_to,
    fill,
    fresh,
    run_bare_transactions,
    run_partition_stage,
)
from tests.bench.lines import print_bench
from tests.classifier_builders import METRE_NORTH, FoldedCity, a_signal, przemysl
from tests.kafka import broker

RECORDS = 10_000
SIDE = 400
"""Alerts stand in a square of so many by so many places."""
APART_M = 1_200
"""Farther than a fire may ever reach, so that each place is an event of its own."""


def signals(count: int, places: int, *, begin: int = 0, prefix: str = "") -> list[ReportSignal]:
    """Reports from so many places, 20 a second."""
    return [
        a_signal(
            f"{prefix}{begin + number}",
            seconds=(begin + number) / 20,
            category=Category.FIRE,
            urgency=Urgency.MEDIUM,
            place="Polna",
            lat=48.0 + ((begin + number) % places % SIDE) * APART_M * METRE_NORTH,
            lon=22.0 + ((begin + number) % places // SIDE) * APART_M * METRE_NORTH / 0.6,
            client=f"c{number % 997}",
        )
        for number in range(count)
    ]


async def stage(name: str, places: int) -> None:
    events = signals(RECORDS, places)
    limits = SnapshotLimits()
    with broker() as servers:
        await create_topics(servers, TOPICS)
        await fill(servers, SIGNALS, [(event.city, event) for event in events])
        fold = CorrelateFold(Correlator(przemysl(), limits), limits)

        async def ours(batch: int) -> float:
            await fresh(servers, ALERTS)
            return await run_partition_stage(servers, SIGNALS, ALERTS, fold, RECORDS, batch)

        async def bare(batch: int) -> float:
            await fresh(servers, ALERTS)
            state: Cities = {}

            def folded(received: list[Received[Any]]) -> list[Outgoing]:
                return [replace(out, partition=received[0].partition) for out in fold.fold(state, received).outputs]

            return await run_bare_transactions(servers, SIGNALS, folded, RECORDS, batch)

        async def copying(batch: int) -> float:
            await fresh(servers, ALERTS)
            return await run_bare_transactions(servers, SIGNALS, copy_to(ALERTS), RECORDS, batch)

        await compare(name, "bare loop with the same fold in the same transactions", ours, bare)
        await compare(f"{name}, to copying", "bare loop that only copies, in the same transactions", ours, copying)


def fold_cost(alerts: int, measured: Sequence[ReportSignal]) -> float:
    """Microseconds of processor time for one signal that joins one of so many open alerts."""
    city = FoldedCity()
    for begin in range(0, alerts, 10_000):
        city.take(*signals(min(10_000, alerts - begin), alerts, begin=begin))
    assert len(city.alerts) == alerts
    began = process_time()
    city.take(*measured)
    microseconds = (process_time() - began) / len(measured) * 1e6
    assert len(city.alerts) == alerts
    return microseconds


def kilobytes_per_alert(alerts: int) -> float:
    opening = signals(alerts, alerts)
    city = FoldedCity()
    tracemalloc.start()
    city.take(*opening)
    kilobytes = tracemalloc.get_traced_memory()[0] / alerts / 1000
    tracemalloc.stop()
    return kilobytes


def main() -> None:
    few, many = 100, 100_000
    # The same places in both: what is measured is the other 99,900 alerts, not how much evidence an alert has.
    cost = {count: fold_cost(count, signals(10_000, 100, begin=many, prefix="more")) for count in (few, many)}
    print_bench(
        "correlate: cost of a signal with 100,000 open alerts",
        round(cost[many], 1),
        "µs (lower is better)",
        "with 100",
        round(cost[few], 1),
        kilobytes_per_open_alert=round(kilobytes_per_alert(1000), 1),
    )
    asyncio.run(stage("correlate, 60 events", 60))
    asyncio.run(stage("correlate, 2,000 events", 2000))


if __name__ == "__main__":
    main()
