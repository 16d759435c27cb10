"""`python -m tests.bench.end_to_end`: from a resident's report to the SMSC that took the SMS, over all hops, at 20 reports a second.

Every report is a fire of its own, so that each opens an alert and wakes the duty officer. The baseline has the same number of hops
through the same broker, and does nothing at them: consume, produce, four times. Where the milliseconds go is read from
the records' own times.
"""

import argparse
import asyncio
import itertools
import statistics
import tempfile
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from pydantic import TypeAdapter

from shared.events import Channel
from shared.topics import ALERTS, REPORTS, REQUESTED, SIGNALS, Topic
from tests.bench.lines import print_bench
from tests.stack import Stack, running_stack

TEXT = "Pali się mieszkanie na drugim piętrze, płomienie z okna, w środku są ludzie"
HOPS = (REPORTS, SIGNALS, ALERTS, REQUESTED[Channel.SMS])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=int, default=20, help="reports a second")
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--warm-up", type=int, default=40, help="reports before the measured ones")
    given = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="hejnal-bench-") as home,
        running_stack(Path(home), HEJNAL_NOTIFIER_TIME_SCALE="1") as stack,
    ):
        asyncio.run(_send(stack, given.rate, given.warm_up, 0))
        sent = asyncio.run(_send(stack, given.rate, given.rate * given.seconds, given.warm_up))
        taken = _until_all_rang(stack, sent)
        hops = asyncio.run(_hops(stack, sent))
        bare = asyncio.run(_bare_chain(stack, given.rate, given.seconds))
    milliseconds = sorted((taken[report] - began) * 1000 for report, began in sent.items())
    for name, share in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99)):
        value, baseline = _quantile(milliseconds, share), _quantile(bare, share)
        print_bench(
            f"end_to_end_{name}",
            value,
            "ms",
            "four bare hops of the same broker",
            baseline,
            rate=given.rate,
            reports=len(sent),
        )
    for name, values in hops.items():
        print_bench(
            f"hop_{name}",
            _quantile(sorted(values), 0.5),
            "ms p50",
            "the whole way p50",
            _quantile(milliseconds, 0.5),
            p99=_quantile(sorted(values), 0.99),
        )


async def _send(stack: Stack, rate: int, number: int, first: int) -> dict[str, float]:
    """Report ids with the time at which each request began, in seconds since 1970."""
    began: dict[str, float] = {}

    async def one(http: httpx.AsyncClient, index: int) -> None:
        place = {"lat": 49.0 + index % 60 * 0.03, "lon": 22.0 + index // 60 * 0.05}
        now = time.time()
        answer = await http.post("/v1/reports", json={"text": TEXT, **place})
        answer.raise_for_status()
        began[answer.json()["report_id"]] = now

    async with httpx.AsyncClient(base_url=stack.addresses["ingest_url"], timeout=30) as http:
        start, sending = time.monotonic(), []
        for index in range(number):
            await asyncio.sleep(max(0.0, start + index / rate - time.monotonic()))
            sending.append(asyncio.create_task(one(http, first + index)))
        await asyncio.gather(*sending)
    return began


def _until_all_rang(stack: Stack, sent: dict[str, float]) -> dict[str, float]:
    """When the SMSC took the first SMS of each report's alert, in seconds since 1970."""

    def rang() -> dict[str, float] | None:
        first: dict[str, float] = {}
        notifications = _notifications(stack)
        for message in stack.messages(channel="sms"):
            at = datetime.fromisoformat(message["received_at"]).timestamp()
            report = notifications.get(message["reference"])
            if report in sent:
                first[report] = min(at, first.get(report, at))
        return first if len(first) == len(sent) else None

    return dict(stack.until("every report has rung a phone", rang, deadline_s=120))


def _notifications(stack: Stack) -> dict[str, str]:
    """The report behind each notification."""
    records = asyncio.run(_read(stack, REQUESTED[Channel.SMS]))
    alerts = {
        record.alert_id: record.joined_report_ids
        for _, record in asyncio.run(_read(stack, ALERTS))
        if record.version == 1
    }
    return {one.notification_id: alerts[one.alert_id][0] for _, one in records if alerts.get(one.alert_id)}


async def _hops(stack: Stack, sent: dict[str, float]) -> dict[str, list[float]]:
    """Milliseconds from hop to hop: the times at which our producers made the records."""
    at: dict[str, dict[str, float]] = {report: {"request": began * 1000} for report, began in sent.items()}
    alerts: dict[str, str] = {}
    for topic in HOPS:
        for timestamp_ms, event in await _read(stack, topic):
            report = getattr(event, "report_id", None)
            if topic is ALERTS and event.version == 1 and event.joined_report_ids:
                report = event.joined_report_ids[0]
                alerts[event.alert_id] = report
            if topic is REQUESTED[Channel.SMS]:
                report = alerts.get(event.alert_id)
            if report in at:
                at[report].setdefault(topic.name, timestamp_ms)
    names = ["request", *(topic.name for topic in HOPS)]
    return {
        f"{earlier}→{later}": [
            times[later] - times[earlier] for times in at.values() if later in times and earlier in times
        ]
        for earlier, later in itertools.pairwise(names)
    }


async def _read(stack: Stack, topic: Topic) -> list[tuple[float, Any]]:
    carries: TypeAdapter[Any] = topic.carries
    consumer = AIOKafkaConsumer(
        bootstrap_servers=stack.addresses["kafka_bootstrap_servers"],
        isolation_level="read_committed",
        auto_offset_reset="earliest",
    )
    await consumer.start()
    try:
        partitions = [TopicPartition(topic.name, number) for number in range(topic.partitions)]
        consumer.assign(partitions)
        ends = await consumer.end_offsets(partitions)
        found: list[tuple[float, Any]] = []
        while any([await consumer.position(one) < ends[one] for one in partitions]):
            for records in (await consumer.getmany(timeout_ms=200)).values():
                found += [(record.timestamp, carries.validate_json(record.value)) for record in records]
        return found
    finally:
        await consumer.stop()


async def _bare_chain(stack: Stack, rate: int, seconds: int) -> list[float]:
    """Milliseconds over four hops that only consume and produce (acks=all), at the same rate through the same broker."""
    servers = stack.addresses["kafka_bootstrap_servers"]
    topics = [f"bench.hop-{number}" for number in range(5)]
    await _make(servers, topics)
    producer = AIOKafkaProducer(bootstrap_servers=servers, acks="all", enable_idempotence=True)
    await producer.start()
    consumers = [AIOKafkaConsumer(topic, bootstrap_servers=servers, auto_offset_reset="earliest") for topic in topics]
    for consumer in consumers:
        await consumer.start()
    taken: list[float] = []

    async def relay(consumer: AIOKafkaConsumer, to: str | None) -> None:
        async for record in consumer:
            if to is None:
                taken.append((time.time() - float(record.value)) * 1000)
            else:
                await producer.send_and_wait(to, record.value)

    relays = [asyncio.create_task(relay(one, to)) for one, to in zip(consumers, [*topics[1:], None], strict=True)]
    start = time.monotonic()
    for index in range(rate * seconds):
        await asyncio.sleep(max(0.0, start + index / rate - time.monotonic()))
        await producer.send_and_wait(topics[0], str(time.time()).encode())
    async with asyncio.timeout(30):
        while len(taken) < rate * seconds:
            await asyncio.sleep(0.05)
    for task in relays:
        task.cancel()
    await asyncio.gather(*relays, return_exceptions=True)
    for part in (*consumers, producer):
        await part.stop()
    return sorted(taken[len(taken) // 10 :])


async def _make(servers: str, topics: list[str]) -> None:
    from aiokafka.admin import AIOKafkaAdminClient, NewTopic

    admin = AIOKafkaAdminClient(bootstrap_servers=servers)
    await admin.start()
    await admin.create_topics([NewTopic(topic, 1, 1) for topic in topics])
    await admin.close()


def _quantile(ordered: list[float], share: float) -> float:
    return round(statistics.quantiles(ordered, n=100, method="inclusive")[round(share * 100) - 1], 1)


if __name__ == "__main__":
    main()
