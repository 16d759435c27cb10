"""The classifier as real processes on a real broker: killed, paused and fed poison, its alerts stay those of the log."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from hejnal.stack.ports import free_ports
from services.classifier.correlate.core.snapshot import snapshot_of
from shared.events import AlertChanged, Category, ReportReceived, ReportSignal, SignalOrDecision, Urgency
from shared.kafka.dead_letters import DeadLetter
from shared.kafka.producing import Producer
from shared.kafka.records import Outgoing, encode
from shared.topics import ALERTS, ASSESSED, READINGS, REPORTS, SENSORS, SIGNALS, Topic, dead_letters_topic_of
from tests.classifier_builders import EVENING, FoldedCity, a_reading, a_report, a_signal

pytestmark = pytest.mark.kafka
ROOT = Path(__file__).parents[2]
DEADLINE_S = 120.0


class Process:
    """One classifier."""

    def __init__(self, servers: str, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self._environment = os.environ | {
            "HEJNAL_KAFKA_BOOTSTRAP_SERVERS": servers,
            "HEJNAL_PACK_DIR": str(ROOT / "cities" / "przemysl"),
            "HEJNAL_CLASSIFIER_PORT": str(port),
            "HEJNAL_CLASSIFIER_SESSION_TIMEOUT_MS": "1500",
            "HEJNAL_CLASSIFIER_FOLD_BATCH_RECORDS": "50",
            "HEJNAL_LOG_LEVEL": "WARNING",
        }
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "services.classifier",
            env=self._environment,
            cwd=ROOT,
            stdout=asyncio.subprocess.DEVNULL,
        )

    def send(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    async def end(self, number: signal.Signals = signal.SIGKILL) -> int:
        """Returns the exit status."""
        if self._process is None:
            return 0
        if self._process.returncode is None:
            self._process.send_signal(signal.SIGCONT)
            self._process.send_signal(number)
        return await self._process.wait()

    async def until_ready(self) -> None:
        async with httpx.AsyncClient() as client:
            await until(lambda: self._is_ready(client), "the classifier is ready")

    async def _is_ready(self, client: httpx.AsyncClient) -> bool:
        try:
            return (await client.get(f"{self.url}/readyz", timeout=1.0)).status_code == 200
        except httpx.HTTPError:
            return False


@asynccontextmanager
async def classifiers(servers: str, count: int = 1) -> AsyncIterator[list[Process]]:
    processes = [Process(servers, port) for port in free_ports(count)]
    try:
        for process in processes:
            await process.start()
        yield processes
    finally:
        for process in processes:
            await process.end()


async def until(is_so: Callable[[], Awaitable[bool]], what: str) -> None:
    try:
        async with asyncio.timeout(DEADLINE_S):
            while not await is_so():
                await asyncio.sleep(0.05)
    except TimeoutError:
        pytest.fail(f"not in {DEADLINE_S:.0f} s: {what}")


async def everything_in(servers: str, topic: Topic) -> list[Any]:
    """Every committed record, in the order of each partition."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=servers, isolation_level="read_committed", auto_offset_reset="earliest"
    )
    await consumer.start()
    try:
        partitions = [TopicPartition(topic.name, partition) for partition in range(topic.partitions)]
        consumer.assign(partitions)
        await consumer.seek_to_beginning(*partitions)
        ends = await consumer.end_offsets(partitions)
        found: list[Any] = []
        while any([await consumer.position(partition) < ends[partition] for partition in partitions]):
            for records in (await consumer.getmany(timeout_ms=200)).values():
                found += [topic.carries.validate_json(record.value) for record in records]
        return found
    finally:
        await consumer.stop()


async def until_handled(servers: str, topic: Topic, group: str) -> None:
    """The group has committed all that is in the topic."""
    partitions = [TopicPartition(topic.name, partition) for partition in range(topic.partitions)]
    consumer = AIOKafkaConsumer(bootstrap_servers=servers, group_id=group, enable_auto_commit=False)
    admin = AIOKafkaAdminClient(bootstrap_servers=servers)
    await consumer.start()
    await admin.start()
    try:
        ends = {partition: end for partition, end in (await consumer.end_offsets(partitions)).items() if end}

        async def is_handled() -> bool:
            committed = await admin.list_consumer_group_offsets(group, partitions=list(ends))
            return all(committed[partition].offset >= end for partition, end in ends.items())

        await until(is_handled, f"{group} has handled all of {topic.name}")
    finally:
        await admin.close()
        await consumer.stop()


async def newest_alerts(servers: str) -> dict[str, AlertChanged]:
    """What compaction would keep: the last record of each alert, whatever its version says."""
    return {snapshot.alert_id: snapshot for snapshot in await everything_in(servers, ALERTS)}


def comparable(snapshot: AlertChanged) -> dict[str, Any]:
    return snapshot.model_dump(mode="json", exclude={"joined_report_ids"})


def _now_s() -> float:
    """The present, in the builders' seconds: the running service has the time of day, and judges clocks by it."""
    return (datetime.now(UTC) - EVENING).total_seconds()


def three_thousand_signals() -> list[ReportSignal]:
    """One city, so that one partition has them all; 60 places, so that most join. Their time is ahead of the clock, whose ticks so say nothing."""
    ahead_s = _now_s() + 600
    return [
        a_signal(
            str(number),
            seconds=ahead_s + number,
            north_m=(number * 7 % 60) * 1000.0,
            category=(Category.FIRE, Category.CRIME)[number % 2],
            urgency=list(Urgency)[1 + number % 4],
            client=f"client-{number % 97}",
        )
        for number in range(3000)
    ]


async def feed(servers: str, events: Sequence[SignalOrDecision], after_each: Callable[[int], Awaitable[None]]) -> None:
    """Puts them into the log in order, in batches; `after_each` is told how many there are so far."""
    async with Producer(servers, "test", timeout_s=30.0) as producer:
        for begin in range(0, len(events), 100):
            batch = events[begin : begin + 100]
            await producer.send_all([Outgoing(SIGNALS, event.city, event) for event in batch])
            await after_each(begin + len(batch))


async def assert_alerts_are_those_of_the_log(servers: str) -> None:
    """The same log folded purely gives the same alerts, and no snapshot in the topic goes back."""
    log = await everything_in(servers, SIGNALS)
    pure = FoldedCity()
    pure.take(*log)
    expected = {alert.alert_id: comparable(snapshot_of(alert)) for alert in pure.alerts}

    await until_handled(servers, SIGNALS, "classifier.correlate")
    written = await everything_in(servers, ALERTS)
    assert {alert.alert_id: comparable(alert) for alert in written} == expected
    versions: dict[str, int] = {}
    joined: list[str] = []
    for alert in written:
        assert alert.version > versions.get(alert.alert_id, 0), "a snapshot went back"
        versions[alert.alert_id] = alert.version
        joined += alert.joined_report_ids
    assert sorted(joined) == sorted(event.report_id for event in log)


async def test_a_kill_in_the_middle_of_3000_signals_loses_and_doubles_nothing(topics: str) -> None:
    async with classifiers(topics) as (process,):
        await process.until_ready()

        async def kill_sometimes(fed: int) -> None:
            if fed in {700, 1900}:
                await process.end(signal.SIGKILL)
                await process.start()

        await feed(topics, three_thousand_signals(), kill_sometimes)
        await process.until_ready()
        await assert_alerts_are_those_of_the_log(topics)


async def test_an_alert_that_nobody_acknowledges_escalates_although_nothing_comes(topics: str) -> None:
    """Two minutes after a critical report, as of its deadline."""
    seconds = int(_now_s()) - 119
    async with classifiers(topics) as (process,):
        await process.until_ready()
        async with Producer(topics, "test", timeout_s=30.0) as producer:
            event = a_signal("alone", seconds=seconds, urgency=Urgency.CRITICAL)
            await producer.send_all([Outgoing(SIGNALS, event.city, event)])

        async def is_told() -> bool:
            return any(alert.escalated_at for alert in (await newest_alerts(topics)).values())

        await until(is_told, "the alert has escalated")
        (alert,) = (await newest_alerts(topics)).values()
        assert alert.escalated_at == event.received_at + timedelta(seconds=120)
        assert alert.version == 2


async def test_a_paused_process_that_wakes_after_it_lost_its_partitions_harms_nothing(topics: str) -> None:
    """SIGSTOP past the session's time, another process takes over, SIGCONT."""
    async with classifiers(topics, 2) as processes:
        for process in processes:
            await process.until_ready()

        async def pause_in_turn(fed: int) -> None:
            if fed in {600, 1400, 2200}:
                zombie = processes[fed // 100 % 2]
                zombie.send(signal.SIGSTOP)
                await asyncio.sleep(3.5)  # the disturbance itself: twice the session's time
                zombie.send(signal.SIGCONT)

        await feed(topics, three_thousand_signals(), pause_in_turn)
        await assert_alerts_are_those_of_the_log(topics)


async def test_reports_and_readings_reach_their_topics_through_a_kill(topics: str) -> None:
    """Every report is assessed, every sensor ends in its last state."""
    reports = [
        a_report(str(number), ("Pali się dom!", "Dziękuję strażakom")[number % 2], seconds=number)
        for number in range(600)
    ]
    readings = [
        a_reading(300.0 + number % 7, seconds=number, sensor_id=f"test-{number % 40}") for number in range(2000)
    ]
    async with classifiers(topics) as (process,), Producer(topics, "test", timeout_s=30.0) as producer:
        await process.until_ready()
        await producer.send_all([Outgoing(REPORTS, report.report_id, report) for report in reports[:300]])
        await producer.send_all([Outgoing(READINGS, reading.sensor_id, reading) for reading in readings[:1000]])
        await process.end(signal.SIGKILL)
        await producer.send_all([Outgoing(REPORTS, report.report_id, report) for report in reports[300:]])
        await producer.send_all([Outgoing(READINGS, reading.sensor_id, reading) for reading in readings[1000:]])
        await process.start()

        async def all_assessed() -> bool:
            return {event.report_id for event in await everything_in(topics, ASSESSED)} == {
                report.report_id for report in reports
            }

        async def all_shown() -> bool:
            newest = {event.sensor_id: event.occurred_at for event in await everything_in(topics, SENSORS)}
            return newest == {reading.sensor_id: reading.occurred_at for reading in readings}

        await until(all_assessed, "every report is assessed")
        await until(all_shown, "every sensor shows its newest reading")
        await assert_alerts_are_those_of_the_log_of_distinct_signals(topics, reports)


async def assert_alerts_are_those_of_the_log_of_distinct_signals(
    servers: str, reports: Sequence[ReportReceived]
) -> None:
    """Assessing is at-least-once: the signals may come twice, the alerts count each report once."""
    urgent = [report.report_id for report in reports if report.text == "Pali się dom!"]

    async def all_joined() -> bool:
        return sum(alert.report_count for alert in (await newest_alerts(servers)).values()) >= len(urgent)

    await until(all_joined, "every urgent report is in an alert")
    joined = [report for alert in await everything_in(servers, ALERTS) for report in alert.joined_report_ids]
    assert sorted(joined) == sorted(urgent)


async def test_poison_goes_to_dead_letters_and_the_next_record_is_handled(topics: str) -> None:
    poison: list[tuple[bytes | None, bytes | None, list[tuple[str, bytes | None]]]] = [
        (b"k", b"not json", []),
        (b"k", b"\xff\xfe", []),
        (b"k", b"{}", []),
        (b"k", None, []),
        (None, b"{}", []),
        (b"k", json.dumps({"type": "nonsense"}).encode(), [("traceparent", b"\xff")]),
    ]
    raw = AIOKafkaProducer(bootstrap_servers=topics)
    await raw.start()
    try:
        for topic, good, key in (
            (REPORTS, a_report("good"), "good"),
            (READINGS, a_reading(400, seconds=_now_s() - 60), "san-przemysl-1"),
            (SIGNALS, a_signal("good"), "przemysl"),
        ):
            for bad_key, value, headers in poison:
                await raw.send_and_wait(topic.name, value, key=bad_key, headers=headers)
            await raw.send_and_wait(topic.name, encode(good), key=key.encode())
    finally:
        await raw.stop()
    async with classifiers(topics) as (process,):
        await process.until_ready()

        async def all_put_aside() -> bool:
            letters: list[DeadLetter] = await everything_in(topics, dead_letters_topic_of("classifier"))
            return sorted((letter.topic, letter.reason) for letter in letters) == sorted(
                (topic.name, reason)
                for topic in (REPORTS, READINGS, SIGNALS)
                for reason in ("not_json", "not_json", "not_valid", "empty_record", "missing_key", "undecodable_header")
            )

        async def the_good_are_handled() -> bool:
            assessed, sensors = await everything_in(topics, ASSESSED), await everything_in(topics, SENSORS)
            alerts = await newest_alerts(topics)
            counted = sum(alert.report_count for alert in alerts.values())
            # The gauge also tells its level to the group of gauges it belongs to.
            shown = {sensor.sensor_id for sensor in sensors} & {"san-przemysl-1"}
            return (len(assessed), len(shown), counted) == (1, 1, 2)

        await until(the_good_are_handled, "the good records are handled")
        await until(all_put_aside, "every bad record is in the dead letters")


async def test_sigterm_ends_it_clean(topics: str) -> None:
    async with classifiers(topics) as (process,):
        await process.until_ready()
        assert await process.end(signal.SIGTERM) in {0, -signal.SIGTERM, 128 + signal.SIGTERM}
