"""Consoles as servers, their clients, and a pretended classifier, for tests with a real broker."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Self

import httpx
import uvicorn
from aiokafka import AIOKafkaConsumer
from argon2 import PasswordHasher

from services.console.adapters.passwords import Passwords
from services.console.adapters.people import People
from services.console.app import MIGRATIONS, create_app
from services.console.core.roles import Role
from services.console.settings import Settings
from shared.database import Database, upgrade
from shared.events import AlertChanged, AlertState, DecisionKind, DecisionState, DecisionTaken, signals
from shared.kafka.producing import Producer
from shared.pack import CityPack
from shared.topics import ALERTS, SIGNALS
from tests.console_builders import NOON, TOKENS, an_outcome, stream_events

__all__ = ["City", "StreamClient", "server", "until"]

SOON_S = 30
PARTITION = 3
"""Where the pretended city's alerts are."""
_AFTER = {
    DecisionKind.ACKNOWLEDGE: AlertState.ACKNOWLEDGED,
    DecisionKind.RESOLVE: AlertState.RESOLVED,
    DecisionKind.DISMISS: AlertState.DISMISSED,
    DecisionKind.REOPEN: AlertState.OPEN,
}


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(SOON_S):
        while not await condition():
            await asyncio.sleep(0.05)


class _Server(uvicorn.Server):
    """Several in one process: none of them takes the signals."""

    @contextlib.contextmanager
    def capture_signals(self) -> Any:
        yield


@asynccontextmanager
async def server(url: str, servers: str, pack: CityPack, **settings: Any) -> AsyncIterator[str]:
    """The address of a running console. `until` it is ready is the caller's to wait for."""
    given = Settings(database_url=url, kafka_bootstrap_servers=servers, web_dir=Path("none"), port=0, **settings)
    await upgrade(url, MIGRATIONS)
    app = create_app(given, pack=pack, passwords=Passwords(hasher=PasswordHasher(1, 8, 1)))
    database = Database(url)
    for role in Role:
        await People(database).save(role, role, None, TOKENS[role], NOON)
    await database.stop()
    running = _Server(uvicorn.Config(app, port=0, log_config=None, lifespan="on", timeout_graceful_shutdown=1))
    task = asyncio.create_task(running.serve())
    try:
        async with asyncio.timeout(SOON_S):
            while not running.started:
                await asyncio.sleep(0.02)
        yield f"http://127.0.0.1:{running.servers[0].sockets[0].getsockname()[1]}"
    finally:
        running.should_exit = True
        await task


def client(address: str, role: Role = Role.OPERATOR) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=address, headers={"Authorization": f"Bearer {TOKENS[role]}"}, timeout=SOON_S)


async def ready(address: str) -> None:
    async def answers() -> bool:
        async with client(address) as one:
            return (await one.get("/readyz")).status_code == 200

    await until(answers)


class StreamClient:
    """A client of the live stream that remembers where it was."""

    def __init__(self, address: str, after: str | None = None) -> None:
        self.address = address
        self.last = after
        self.alerts: list[tuple[int, str, int]] = []
        self.others: list[str] = []

    async def read_until(self, enough: Callable[["StreamClient"], bool]) -> None:
        """Connect, read, and leave once it is enough."""
        headers = {"Last-Event-ID": self.last} if self.last is not None else {}
        async with (
            asyncio.timeout(SOON_S),
            client(self.address, Role.VIEWER) as http,
            http.stream("GET", "/v1/alerts/stream", headers=headers) as response,
        ):
            rest = b""
            async for chunk in response.aiter_bytes():
                whole, _, rest = (rest + chunk).rpartition(b"\n\n")
                for event, position, data in stream_events(whole):
                    self.last = position or self.last
                    if event == "alert":
                        self.alerts.append((int(position or -1), data["alert_id"], data["version"]))
                    else:
                        self.others.append(event)
                if enough(self):
                    return


class City:
    """Writes alerts as the classifier would, and folds decisions: the first for a version wins."""

    def __init__(self, servers: str) -> None:
        self._servers = servers
        self._producer = Producer(servers, "pretended-classifier")
        self.alerts: dict[str, AlertChanged] = {}
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        await self._producer.start()
        self._task = asyncio.create_task(self._fold())
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._task is not None
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task
        await self._producer.stop()

    async def say(self, alert: AlertChanged) -> None:
        self.alerts[alert.alert_id] = alert
        await self._producer.send(ALERTS, alert.alert_id, alert, partition=PARTITION)

    async def send(self, topic: Any, key: str, event: Any) -> None:
        await self._producer.send(topic, key, event)

    async def _fold(self) -> None:
        consumer = AIOKafkaConsumer(SIGNALS.name, bootstrap_servers=self._servers, auto_offset_reset="earliest")
        await consumer.start()
        try:
            async for found in consumer:
                signal = signals.validate_json(found.value)
                if isinstance(signal, DecisionTaken):
                    await self.say(_folded(self.alerts[signal.alert_id], signal))
        finally:
            await consumer.stop()


def _folded(alert: AlertChanged, taken: DecisionTaken) -> AlertChanged:
    fits = taken.if_version == alert.version
    outcome = an_outcome(
        taken.decision_id,
        DecisionState.APPLIED if fits else DecisionState.REFUSED,
        reason="applied" if fits else "stale_version",
        kind=taken.kind,
        actor=taken.actor,
    )
    changes: dict[str, Any] = {"decisions": (*alert.decisions, outcome)}
    if fits:
        changes |= {"version": alert.version + 1, "state": _AFTER.get(taken.kind, alert.state)}
    return alert.model_copy(update=changes)
