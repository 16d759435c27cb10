"""A console in a process of its own, with a broker and people, for the benchmarks."""

import asyncio
import os
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx

from hejnal.stack.ports import free_ports
from services.console.adapters.people import People
from services.console.app import MIGRATIONS
from services.console.core.roles import Role
from shared.database import Database, upgrade
from shared.kafka.administration import create_topics
from shared.topics import TOPICS

__all__ = ["TOKEN", "RunningConsole", "running_console"]

TOKEN = "a-token-of-the-benchmark-0123456789-0123456789"
_READY_S = 90


@dataclass(frozen=True, slots=True)
class RunningConsole:
    port: int
    pid: int

    def rss_mb(self) -> float:
        pages = int(Path(f"/proc/{self.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6

    def cpu_s(self) -> float:
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@asynccontextmanager
async def running_console(servers: str) -> AsyncIterator[RunningConsole]:
    """A ready console on a new SQLite database; the topics are made where they are missing."""
    await create_topics(servers, TOPICS)
    (port,) = free_ports(1)
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite+aiosqlite:///{folder}/console.db"
        await upgrade(url, MIGRATIONS)
        database = Database(url)
        await People(database).save("bench", Role.OPERATOR, None, TOKEN, datetime.now(UTC))
        await database.stop()
        environment = os.environ | {
            "HEJNAL_CONSOLE_DATABASE_URL": url,
            "HEJNAL_CONSOLE_PORT": str(port),
            "HEJNAL_KAFKA_BOOTSTRAP_SERVERS": servers,
            "HEJNAL_LOG_LEVEL": "ERROR",
        }
        process = await asyncio.create_subprocess_exec(sys.executable, "-m", "services.console", env=environment)
        try:
            await _ready(port)
            yield RunningConsole(port, process.pid)
        finally:
            process.terminate()
            await process.wait()


async def _ready(port: int) -> None:
    async with asyncio.timeout(_READY_S), httpx.AsyncClient() as client:
        while True:
            try:
                if (await client.get(f"http://127.0.0.1:{port}/readyz")).status_code == 200:
                    return
            except httpx.HTTPError:
                pass
            await asyncio.sleep(0.1)
