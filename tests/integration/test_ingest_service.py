"""The real service on a real broker: what it answers with 202 is kept, whatever is killed meanwhile."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from time import monotonic

import httpx
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from hejnal.stack.ports import free_ports
from services.ingest.adapters.gateway_keys import KeyStore
from services.ingest.core.gateway_keys import KEY_BYTES, issue
from services.ingest.migrations import MIGRATIONS
from shared.database import Database, upgrade
from shared.events import AlertChanged, AlertState, Category, ReadingReceived, ReportReceived, Urgency
from shared.kafka.administration import create_topics
from shared.kafka.producing import Producer
from shared.topics import ALERTS, READINGS, REPORTS, TOPICS, Topic
from tests.kafka import KafkaNode

pytestmark = pytest.mark.kafka
FIRE = {"text": "Pali się dach przy Franciszkańskiej", "lat": 49.7826, "lon": 22.7680}


@dataclass
class Ingest:
    """The service as a process."""

    servers: str
    folder: Path
    port: int = field(default_factory=lambda: free_ports(1)[0])
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def database_url(self) -> str:
        return f"sqlite+aiosqlite:///{self.folder}/ingest.db"

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text()

    def start(self) -> None:
        environment = os.environ | {
            "HEJNAL_KAFKA_BOOTSTRAP_SERVERS": self.servers,
            "HEJNAL_INGEST_DATABASE_URL": self.database_url,
            "HEJNAL_INGEST_SECRET": "a secret that is long enough for a test",
            "HEJNAL_INGEST_PORT": str(self.port),
            "HEJNAL_INGEST_PRODUCE_TIMEOUT_S": "1.5",
            "HEJNAL_INGEST_REPORTS_PER_CLIENT": "1000000",
        }
        with (self.folder / "log").open("ab") as log:
            command = [sys.executable, "-m", "services.ingest"]
            self.process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait(10)


@asynccontextmanager
async def running(servers: str, folder: Path) -> AsyncIterator[tuple[Ingest, httpx.AsyncClient]]:
    ingest = Ingest(servers, folder)
    ingest.start()
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{ingest.port}", timeout=20) as http:
            await until(lambda: is_ready(http), ingest)
            yield ingest, http
    finally:
        ingest.kill()


async def is_ready(http: httpx.AsyncClient) -> bool:
    try:
        return (await http.get("/readyz")).is_success
    except httpx.TransportError:
        return False


async def until(condition: Callable[[], Awaitable[bool]], ingest: Ingest, deadline_s: float = 60) -> None:
    ends = monotonic() + deadline_s
    while not await condition():
        assert monotonic() < ends, ingest.log[-3000:]
        await asyncio.sleep(0.05)


async def records(servers: str, topic: Topic) -> list[object]:
    """All that are on the topic now."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=servers, auto_offset_reset="earliest", isolation_level="read_committed"
    )
    await consumer.start()
    try:
        partitions = [TopicPartition(topic.name, number) for number in range(topic.partitions)]
        consumer.assign(partitions)
        ends = await consumer.end_offsets(partitions)
        found: list[object] = []
        while any([await consumer.position(partition) < ends[partition] for partition in partitions]):
            for batch in (await consumer.getmany(timeout_ms=200)).values():
                found += [topic.carries.validate_json(record.value) for record in batch]
        return found
    finally:
        await consumer.stop()


async def reports_on(servers: str) -> list[ReportReceived]:
    return [event for event in await records(servers, REPORTS) if isinstance(event, ReportReceived)]


def alert(version: int, state: AlertState, *joined: str) -> AlertChanged:
    now = datetime.now(UTC)
    return AlertChanged(
        event_id=f"a{version}",
        city="przemysl",
        occurred_at=now,
        received_at=now,
        alert_id="a",
        version=version,
        state=state,
        category=Category.FIRE,
        urgency=Urgency.CRITICAL,
        score=95,
        title="Fire",
        radius_m=200,
        opened_at=now,
        changed_at=now,
        report_count=1,
        reading_count=0,
        evidence_total=1,
        joined_report_ids=joined,
    )


async def test_report_goes_into_the_log_and_follows_its_alert(topics: str, tmp_path: Path) -> None:
    async with running(topics, tmp_path) as (ingest, http), Producer(topics, "test") as producer:
        contact = {"phone": "600700800"}
        answer = await http.post("/v1/reports", json=FIRE | {"contact": contact})
        assert answer.status_code == 202
        (event,) = await reports_on(topics)
        assert event.report_id == answer.json()["report_id"]
        for version, (alert_state, expected) in enumerate(
            [(AlertState.OPEN, "joined"), (AlertState.ACKNOWLEDGED, "in_progress"), (AlertState.RESOLVED, "resolved")],
            1,
        ):
            joined = (event.report_id,) if version == 1 else ()
            await producer.send(ALERTS, "a", alert(version, alert_state, *joined), partition=0)

            async def has_moved_on(expected: str = expected) -> bool:
                return bool((await http.get(answer.json()["status_url"])).json()["state"] == expected)

            await until(has_moved_on, ingest)
        assert "600700800" not in ingest.log
        assert "Franciszkańskiej" not in ingest.log


async def test_readings_of_a_gateway_go_into_the_log(topics: str, tmp_path: Path) -> None:
    async with running(topics, tmp_path) as (ingest, http):
        key = await make_key(ingest.database_url)
        now = datetime.now(UTC).isoformat()
        items = [
            {"sensor_id": f"san-{seq % 7}", "quantity": "level", "value": seq, "at": now, "seq": seq}
            for seq in range(500)
        ]
        answer = await http.post("/v1/readings", json={"readings": items}, headers={"Authorization": f"Bearer {key}"})
        assert (answer.status_code, answer.json()["accepted"]) == (202, 500)
        found = [event for event in await records(topics, READINGS) if isinstance(event, ReadingReceived)]
        assert sorted(event.seq or 0 for event in found) == list(range(500))


async def make_key(url: str) -> str:
    await upgrade(url, MIGRATIONS)
    database = Database(url)
    issued = issue("test", ("san-*",), os.urandom(KEY_BYTES), datetime.now(UTC))
    await KeyStore(database).add(issued.kept)
    await database.stop()
    return issued.key


async def test_broker_away_is_told_in_time_and_over_by_itself_when_it_is_back(
    kafka_node: Callable[..., AbstractContextManager[KafkaNode]], tmp_path: Path
) -> None:
    with kafka_node() as node:
        await create_topics(node.bootstrap_servers, TOPICS)
        async with running(node.bootstrap_servers, tmp_path) as (ingest, http):
            assert (await http.post("/v1/reports", json=FIRE)).status_code == 202
            node.kill()
            answers = await asyncio.gather(*(http.post("/v1/reports", json=FIRE) for _ in range(20)))
            assert {answer.status_code for answer in answers} == {503}
            assert all(int(answer.headers["retry-after"]) > 0 for answer in answers)
            unready = await http.get("/readyz")
            assert (unready.status_code, (await http.get("/healthz")).status_code) == (503, 200)
            assert unready.json()["reasons"]
            node.start()
            await until(lambda: is_ready(http), ingest)
            assert (await http.post("/v1/reports", json=FIRE)).status_code == 202


@dataclass
class Resident:
    """Sends one report until it is accepted, under one key."""

    number: int
    report_ids: set[str] = field(default_factory=set)
    status_url: str = ""

    async def report(self, http: httpx.AsyncClient) -> None:
        while not self.status_url:
            try:
                body = FIRE | {"text": f"Pali się przy {self.number}"}
                answer = await http.post("/v1/reports", json=body, headers={"Idempotency-Key": f"key-{self.number}"})
            except httpx.TransportError:
                await asyncio.sleep(0.05)
                continue
            assert answer.status_code in {202, 503}, answer.text
            if answer.status_code == 202:
                self.report_ids.add(answer.json()["report_id"])
                self.status_url = answer.json()["status_url"]


async def test_kill_under_load_loses_and_doubles_no_report(topics: str, tmp_path: Path) -> None:
    residents = [Resident(number) for number in range(600)]
    async with running(topics, tmp_path) as (ingest, http):
        waiting = iter(residents)

        async def send_on() -> None:
            for resident in waiting:
                await resident.report(http)

        async def kill_and_restart() -> None:
            for share in (0.2, 0.5):
                await until(partial(_so_many, residents, share), ingest)
                ingest.kill()
                ingest.start()

        await asyncio.gather(kill_and_restart(), *(send_on() for _ in range(16)))
        await asyncio.gather(*(resident.report(http) for resident in residents))
        published = {event.text: event for event in await reports_on(topics)}
        by_id = {event.report_id for event in await reports_on(topics)}
        assert by_id == {report_id for resident in residents for report_id in resident.report_ids}
        assert len(published) == len(by_id) == len(residents)
        for resident in residents[::20]:
            repeated = await http.post(
                "/v1/reports",
                content=json.dumps(FIRE | {"text": f"Pali się przy {resident.number}"}),
                headers={"Idempotency-Key": f"key-{resident.number}", "Content-Type": "application/json"},
            )
            assert {repeated.json()["report_id"]} == resident.report_ids
            assert (await http.get(resident.status_url)).json()["state"] == "received"


async def _so_many(residents: list[Resident], share: float) -> bool:
    return sum(bool(resident.status_url) for resident in residents) >= share * len(residents)
