"""A notifier as a process of its own, with Kafka, a sandbox and a duty list: for tests that look from outside and kill it."""

import asyncio
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
from aiokafka import AIOKafkaConsumer

from hejnal.stack.ports import free_ports
from shared.events import AlertChanged, Channel, NotificationSettled, NotificationState
from shared.kafka.producing import Producer
from shared.topics import ALERTS, SETTLED
from tests.sandbox import RunningSandbox

ROOT = Path(__file__).parent.parent
DEADLINE_S = 60.0
SECRET = "s" * 40


class World:
    """What one city's notifier sees and does."""

    def __init__(self, kafka: str, sandbox: RunningSandbox, directory: Path, **settings: str) -> None:
        self.kafka = kafka
        self.sandbox = sandbox
        self.directory = directory
        self.database = directory / "notifier.db"
        self._port = free_ports(1)[0]
        self.url = f"http://127.0.0.1:{self._port}"
        smtp = {name: ":".join(map(str, sandbox.addresses[f"smtp-{name}"])) for name in "ab"}
        smpp = {name: ":".join(map(str, sandbox.addresses[f"smpp-{name}"])) for name in "ab"}
        self.environment = {
            **os.environ,
            "HEJNAL_KAFKA_BOOTSTRAP_SERVERS": kafka,
            "HEJNAL_PACK_DIR": str(ROOT / "cities" / "przemysl"),
            "HEJNAL_NOTIFIER_PORT": str(self._port),
            "HEJNAL_NOTIFIER_BASE_URL": self.url,
            "HEJNAL_NOTIFIER_DATABASE_URL": f"sqlite+aiosqlite:///{self.database}",
            "HEJNAL_NOTIFIER_SECRET": SECRET,
            "HEJNAL_NOTIFIER_VAPID_KEY_FILE": str(directory / "vapid.pem"),
            "HEJNAL_NOTIFIER_SMS_A": f"smpp://hejnal:secret@{smpp['a']}",
            "HEJNAL_NOTIFIER_SMS_B": f"smpp://hejnal:secret@{smpp['b']}",
            "HEJNAL_NOTIFIER_EMAIL_A": f"smtp://{smtp['a']}",
            "HEJNAL_NOTIFIER_EMAIL_B": f"smtp://{smtp['b']}",
            "HEJNAL_NOTIFIER_EMAIL_CA_FILE": str(sandbox.settings.tls_dir / "smtp-ca.pem"),
            "HEJNAL_NOTIFIER_EMAIL_SENDER": "hejnal@przemysl.example",
            "HEJNAL_NOTIFIER_SMS_TIMEOUT_S": "2",
            "HEJNAL_NOTIFIER_LEASE_S": "2",
            "HEJNAL_NOTIFIER_SWEEP_S": "0.3",
            **settings,
        }

    async def command(self, *arguments: str, lines: Sequence[dict[str, Any]] = ()) -> str:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "hejnal", "notifier", *arguments,
            env=self.environment, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        said, complaints = await process.communicate("".join(json.dumps(line) + "\n" for line in lines).encode())
        assert process.returncode == 0, complaints.decode()
        return said.decode()

    async def seed_duty(self) -> dict[str, Any]:
        """One person with three phones; returns the app's."""
        phone: dict[str, Any] = (await self.sandbox.http.post("/v1/push-subscriptions")).json()
        contacts = [
            {"channel": "sms", "address": "+48600100100"},
            {"channel": "email", "address": "dyzurny@przemysl.example"},
            {"channel": "app", "push_subscription": phone},
        ]
        person = {"name": "Oficer dyżurny", "language": "pl", "contacts": contacts}
        await self.command("duty", "import", lines=[person])
        return phone

    def start(self, **settings: str) -> "subprocess.Popen[bytes]":
        log = (self.directory / "notifier.log").open("ab")
        with log:
            return subprocess.Popen(
                [sys.executable, "-m", "services.notifier"],
                env={**self.environment, **settings}, cwd=ROOT, stdout=log, stderr=log,
            )  # fmt: skip

    async def ready(self, url: str | None = None) -> None:
        async with httpx.AsyncClient() as http, asyncio.timeout(DEADLINE_S):
            while True:
                try:
                    answer = await http.get(f"{url or self.url}/readyz")
                except httpx.TransportError:
                    answer = None
                if answer is not None and answer.status_code == 200:
                    return
                await asyncio.sleep(0.05)

    @asynccontextmanager
    async def running(self, **settings: str) -> AsyncIterator["subprocess.Popen[bytes]"]:
        process = self.start(**settings)
        try:
            await self.ready()
            yield process
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                await asyncio.to_thread(process.wait, 30)

    async def publish(self, *alerts: AlertChanged) -> None:
        async with Producer(self.kafka, "test") as producer:
            for alert in alerts:
                await producer.send(ALERTS, alert.alert_id, alert)

    def rows(self, query: str, *values: object) -> list[Any]:
        """From the database, as it is on disk now."""
        connection = sqlite3.connect(f"file:{self.database}?mode=ro", uri=True, timeout=10)
        try:
            return connection.execute(query, values).fetchall()
        finally:
            connection.close()

    async def until_rows(self, expected: list[Any], query: str, *values: object) -> None:
        async with asyncio.timeout(DEADLINE_S):
            while self.rows(query, *values) != expected:
                await asyncio.sleep(0.05)

    async def told_until(
        self, wanted: set[tuple[Channel, NotificationState]]
    ) -> set[tuple[Channel, NotificationState]]:
        """Channel and state of what notifications.settled.v1 says, from its beginning until all that is wanted was said."""
        consumer = AIOKafkaConsumer(SETTLED.name, bootstrap_servers=self.kafka, auto_offset_reset="earliest")
        await consumer.start()
        told: set[tuple[Channel, NotificationState]] = set()
        try:
            async with asyncio.timeout(DEADLINE_S):
                while not wanted <= told:
                    event = NotificationSettled.model_validate_json((await consumer.getone()).value)
                    told.add((event.channel, event.state))
        finally:
            await consumer.stop()
        return told

    async def metric(self, line: str) -> float:
        async with httpx.AsyncClient() as http:
            text = (await http.get(f"{self.url}/metrics")).text
        found = re.search(rf"^{re.escape(line)} (\S+)$", text, re.MULTILINE)
        return float(found.group(1)) if found else 0.0
