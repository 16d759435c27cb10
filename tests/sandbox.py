"""A sandbox on free ports for tests of every tier, and waiting without sleeping blindly."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, nullcontext
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn

from sandbox.app import Sandbox
from sandbox.line import FragileHttpProtocol
from sandbox.settings import SandboxSettings

DEADLINE_S = 20.0


async def until(condition: Callable[[], bool]) -> None:
    """Raises TimeoutError when the condition has not come true by the deadline."""
    async with asyncio.timeout(DEADLINE_S):
        while not condition():
            await asyncio.sleep(0.005)


class RunningSandbox:
    """The sandbox as a program sees it: by its ports and its HTTP API."""

    def __init__(self, sandbox: Sandbox, http: httpx.AsyncClient) -> None:
        self.http = http
        self.settings = sandbox.settings
        self.url = str(http.base_url).rstrip("/")
        self.addresses = {name: _split(address) for name, address in sandbox.addresses.items()}

    async def messages(self, **query: str) -> list[dict[str, Any]]:
        answer = await self.http.get("/v1/messages", params=query)
        assert answer.status_code == 200, answer.text
        return list(answer.json()["messages"])

    async def message(self, **query: str) -> dict[str, Any]:
        """The first one, waited for."""
        async with asyncio.timeout(DEADLINE_S):
            while not (found := await self.messages(**query)):
                await asyncio.sleep(0.005)
        return found[0]

    async def behave(self, channel: str, mode: str, **more: object) -> None:
        answer = await self.http.post("/v1/behaviour", json={"channel": channel, "mode": mode, **more})
        assert answer.status_code == 200, answer.text


def _split(address: str) -> tuple[str, int]:
    host, _, port = address.rpartition(":")
    return host, int(port)


@asynccontextmanager
async def running_sandbox(directory: Path, **settings: Any) -> AsyncIterator[RunningSandbox]:
    """`settings` override those of free ports, short waits and state in `directory`."""
    defaults = {
        "smpp_a_port": 0,
        "smpp_b_port": 0,
        "smtp_a_port": 0,
        "smtp_b_port": 0,
        "smpp_receipt_delay_s": 0.01,
        "state_dir": directory,
        "tls_dir": directory,
    }
    sandbox = Sandbox(SandboxSettings(**{**defaults, **settings}))
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(
        sandbox.app, http=FragileHttpProtocol, log_config=None, access_log=False, timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    server.capture_signals = nullcontext  # type: ignore[method-assign]  # the signals are pytest's
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        await until(lambda: server.started or serving.done())
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        async with httpx.AsyncClient(base_url=url, timeout=DEADLINE_S) as http:
            yield RunningSandbox(sandbox, http)
    finally:
        server.should_exit = True
        await serving


@pytest.fixture
async def sandbox(tmp_path: Path) -> AsyncIterator[RunningSandbox]:
    """A sandbox of its own for the test."""
    async with running_sandbox(tmp_path) as running:
        yield running
