"""The process behind `hejnal up`: starts the stack in order, keeps every part alive, stops them in order.

Kafka ──► topics ─┐
sandbox ──► duty ─┼─► every /readyz answers 200 ──► stack.json ──► kept alive until SIGTERM
services ─► seeds ┘
"""

import asyncio
import os
import signal
import sys
import time
from collections.abc import Awaitable, Callable, Mapping

from pydantic_settings import BaseSettings, SettingsConfigDict

from hejnal.stack.home import Home
from hejnal.stack.kafka import KafkaNode, answers
from hejnal.stack.kafka_install import install
from hejnal.stack.ports import Ports
from hejnal.stack.processes import Kept, Part
from hejnal.stack.progress import Progress, StepState
from hejnal.stack.prometheus import prometheus_part
from hejnal.stack.readiness import why_not_ready
from hejnal.stack.seeding import Seeding
from hejnal.stack.stack_file import Seeded, StackFile, addresses

__all__ = ["SERVICES", "StartFailed", "Supervisor", "first_cause"]

SERVICES = ("ingest", "classifier", "notifier", "console")
FRONT_TO_BACK = (SERVICES, ("sandbox", "prometheus"), ("kafka",))
"""The order of stopping: whoever reads and writes Kafka goes before it, and the phones after those who call them."""
KAFKA_HEAP_MB = 192
POLL_S = 0.1
DEATHS_TOLERATED = 3
BEHIND = {"console": 5, "prometheus": 10}
"""Phones before screens: niceness of what only looks on."""


class StartFailed(RuntimeError):
    """A part of the stack did not get ready; the message says which and why."""


class Limits(BaseSettings):
    """HEJNAL_START_TIMEOUT_S and HEJNAL_STOP_TIMEOUT_S."""

    model_config = SettingsConfigDict(env_prefix="HEJNAL_")

    start_timeout_s: float = 120.0
    stop_timeout_s: float = 25.0
    """For each part to end by itself."""


class Supervisor:
    def __init__(self, home: Home, ports: Ports, environment: Mapping[str, str], limits: Limits | None = None) -> None:
        self._home = home
        self._ports = ports
        self._environment = environment
        self._limits = limits or Limits()
        self._kept: dict[str, Kept] = {}
        self._seeded: Seeded | None = None
        self._progress = Progress(home.progress_file)

    async def run(self) -> None:
        """Until SIGTERM or SIGINT. Raises StartFailed after everything that had started was stopped again."""
        asked_to_stop = _stop_signal()
        try:
            await self._start(asked_to_stop)
            await asked_to_stop.wait()
        finally:
            await self._stop()

    async def _start(self, asked_to_stop: asyncio.Event) -> None:
        starting = asyncio.create_task(self._start_everything())
        stopping = asyncio.create_task(asked_to_stop.wait())
        try:
            await asyncio.wait(
                {starting, stopping}, timeout=self._limits.start_timeout_s, return_when=asyncio.FIRST_COMPLETED
            )
            if not stopping.done():
                self._settle(starting)
        finally:
            starting.cancel()
            stopping.cancel()
            await asyncio.gather(starting, stopping, return_exceptions=True)

    def _settle(self, starting: asyncio.Task[None]) -> None:
        if starting.done() and not starting.exception():
            self._progress.finish(ready=True)
            return
        error = starting.exception() if starting.done() else None
        late = f"not ready after {self._limits.start_timeout_s:g} s:\n{self._waiting_for()}"
        self._progress.finish(ready=False, why=first_cause(error) if error else late)
        raise error or StartFailed(late)

    async def _start_everything(self) -> None:
        seeding = Seeding(self._home, self._environment, f"http://127.0.0.1:{self._ports.sandbox}")

        async def seed_duty() -> None:
            await self._until_ready("sandbox")
            await seeding.duty()

        async with asyncio.TaskGroup() as together:
            together.create_task(self._start_kafka())
            together.create_task(self._start_python("sandbox"))
            together.create_task(self._start_python("ingest", seeding.gateway_key))
            together.create_task(self._start_python("console", seeding.people))
            together.create_task(self._start_notifier(seed_duty))
            together.create_task(self._start_python("classifier"))
            together.create_task(self._start_prometheus())
        self._seeded = seeding.result()
        for name, niceness in BEHIND.items():
            if name in self._kept:
                self._kept[name].stand_back(niceness)
        self._write_stack_file()

    async def _start_kafka(self) -> None:
        self._progress.note("kafka", StepState.WAITING, "starting")
        runtime = await asyncio.to_thread(install, self._home)
        folder = self._home.data / "kafka"
        node = KafkaNode(runtime, folder, self._ports.kafka, self._ports.kafka_controller, heap_mb=KAFKA_HEAP_MB)
        await asyncio.to_thread(node.prepare)
        await self._keep(Part("kafka", tuple(node.command()), self._environment))
        while not await asyncio.to_thread(answers, self._ports.kafka):
            self._note_waiting("kafka", "not answering yet")
            await asyncio.sleep(POLL_S)
        self._progress.note("kafka", StepState.READY)
        await self._create_topics()

    async def _create_topics(self) -> None:
        from shared.kafka.administration import create_topics  # noqa: PLC0415 — imported while Kafka's own start is waited for
        from shared.topics import TOPICS  # noqa: PLC0415

        self._progress.note("topics", StepState.WAITING, "creating")
        made = await create_topics(f"127.0.0.1:{self._ports.kafka}", TOPICS)
        self._progress.note("topics", StepState.READY, f"{len(made)} made" if made else "")

    async def _start_python(self, name: str, seed: Callable[[], Awaitable[None]] | None = None) -> None:
        """A service or the sandbox: seeded once its database has its schema, which it has when it answers at all."""
        address = f"http://127.0.0.1:{self._ports.by_name()[name]}"
        module = name if name == "sandbox" else f"services.{name}"
        self._progress.note(name, StepState.WAITING, "starting")
        command = (sys.executable, "-m", module)
        await self._keep(Part(name, command, self._environment, f"{address}/readyz"))
        if seed:
            await self._until_ready(name, f"{address}/healthz")
            self._progress.note(name, StepState.WAITING, "seeding")
            await seed()
        await self._until_ready(name)
        self._progress.note(name, StepState.READY)

    async def _start_notifier(self, seed: Callable[[], Awaitable[None]]) -> None:
        if not self._home.mail_authority.exists():
            await self._until_ready("sandbox")
        await self._start_python("notifier", seed)

    async def _start_prometheus(
        self,
    ) -> None:
        part = prometheus_part(self._home, self._ports)
        if part:
            await self._keep(part)
            await self._until_ready(part.name)
            self._progress.note(part.name, StepState.READY)
        else:
            self._progress.note("prometheus", StepState.READY, "not installed, left out")

    async def _keep(self, part: Part) -> None:
        kept = Kept(part, self._home.root, self._home.log_of(part.name), self._write_stack_file)
        self._kept[part.name] = kept
        await kept.start()

    async def _until_ready(self, name: str, url: str | None = None) -> None:
        while name not in self._kept:  # noqa: ASYNC110 — as the loop below: many parts are asked, none tells by itself
            await asyncio.sleep(POLL_S)
        url = url or self._kept[name].part.ready_url
        assert url is not None
        while why := await asyncio.to_thread(why_not_ready, url):
            self._note_waiting(name, why)
            await asyncio.sleep(POLL_S)

    def _note_waiting(self, name: str, why: str) -> None:
        kept = self._kept[name]
        if kept.early_deaths >= DEATHS_TOLERATED:
            self._progress.note(name, StepState.FAILED, "keeps ending")
            raise StartFailed(_with_last_words(f"{name} keeps ending right after its start", kept))
        self._progress.note(name, StepState.WAITING, why)

    def _waiting_for(self) -> str:
        waiting = self._progress.waiting()
        return "\n".join(
            _with_last_words(f"{name}: {why}", self._kept[name]) if name in self._kept else f"{name}: {why}"
            for name, why in waiting.items()
        )

    def _write_stack_file(self) -> None:
        """After the start and whenever a process was started again. Before that there is nothing to sign in to."""
        if self._seeded:
            pids = {name: kept.pid for name, kept in self._kept.items() if kept.pid} | {"stack": os.getpid()}
            where = addresses(self._ports, with_prometheus="prometheus" in self._kept)
            StackFile(**self._seeded.model_dump(), **where.model_dump(), pids=pids).write(self._home)

    async def _stop(self) -> None:
        began = time.monotonic()
        self._home.stack_file.unlink(missing_ok=True)
        self._seeded = None
        for names in FRONT_TO_BACK:
            kept = [self._kept[name] for name in names if name in self._kept]
            await asyncio.gather(*(each.stop(self._limits.stop_timeout_s) for each in kept))
        print(f"stopped everything in {time.monotonic() - began:.1f} s", flush=True)


def _stop_signal() -> asyncio.Event:
    asked = asyncio.Event()
    for each in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(each, asked.set)
    return asked


def _with_last_words(what: str, kept: Kept) -> str:
    lines = "\n".join(f"    {line}" for line in kept.last_words())
    return f"{what}\n  the last lines of its log:\n{lines}" if lines else what


def first_cause(error: BaseException) -> str:
    """What went wrong in its own words, taken out of the task groups around it."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return str(error) or type(error).__name__
