"""One process of the stack: started with its environment and log, watched, started again when it dies, stopped."""

import asyncio
import contextlib
import os
import shutil
import signal
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["Kept", "Part", "next_delay_s"]

STEADY_S = 10.0
"""A process that lived this long did not die of its start: it is started again at once."""
FIRST_DELAY_S = 0.1
LONGEST_DELAY_S = 30.0
LOG_BYTES = 20_000_000


@dataclass(frozen=True, slots=True)
class Part:
    """What is started: `ready_url` is asked whether it can do its work, None where there is no such address."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    ready_url: str | None = None


def next_delay_s(last_delay_s: float, lived_s: float) -> float:
    """How long to wait before the next start of a process that lived `lived_s`: doubled while it keeps dying early."""
    if lived_s >= STEADY_S:
        return FIRST_DELAY_S
    return min(max(FIRST_DELAY_S, last_delay_s * 2), LONGEST_DELAY_S)


class Kept:
    """A part that is kept alive until it is stopped."""

    def __init__(self, part: Part, folder: Path, log: Path, on_start: Callable[[], None]) -> None:
        self.part = part
        self.early_deaths = 0
        """How often in a row it died within STEADY_S of its start."""
        self._folder = folder
        self._log = log
        self._on_start = on_start
        self._process: asyncio.subprocess.Process | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._stopping = False
        self._niceness = 0

    @property
    def pid(self) -> int | None:
        alive = self._process and self._process.returncode is None
        return self._process.pid if self._process and alive else None

    async def start(self) -> None:
        """Returns once the process exists; a program that is not there raises OSError."""
        await self._spawn()
        self._keeper = asyncio.create_task(self._keep(), name=f"keep {self.part.name}")

    async def stop(self, timeout_s: float) -> None:
        """SIGTERM, then SIGKILL when it has not ended within `timeout_s`."""
        self._stopping = True
        if self._process and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.terminate()
            try:
                await asyncio.wait_for(self._process.wait(), timeout_s)
            except TimeoutError:
                _say(f"{self.part.name} did not end within {timeout_s:g} s and was killed")
                with contextlib.suppress(ProcessLookupError):
                    self._process.kill()
                await self._process.wait()
        if self._keeper:
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)

    def stand_back(self, niceness: int) -> None:
        """From now on others go first when the processors are full; `niceness` as of nice(1), 0–19."""
        self._niceness = niceness
        if self.pid:
            with contextlib.suppress(ProcessLookupError):
                os.setpriority(os.PRIO_PROCESS, self.pid, niceness)

    def last_words(self, lines: int = 8) -> list[str]:
        with contextlib.suppress(FileNotFoundError):
            return self._log.read_text(errors="replace").splitlines()[-lines:]
        return []

    async def _keep(self) -> None:
        delay_s = 0.0
        while self._process and not self._stopping:
            began = time.monotonic()
            status = await self._process.wait()
            if self._stopping:
                return
            lived_s = time.monotonic() - began
            self.early_deaths = 0 if lived_s >= STEADY_S else self.early_deaths + 1
            delay_s = next_delay_s(delay_s, lived_s)
            _say(
                f"{self.part.name} ended with {_status(status)} after {lived_s:.1f} s; starting it again in {delay_s:g} s"
            )
            await asyncio.sleep(delay_s)
            await self._spawn()

    async def _spawn(self) -> None:
        self._log.parent.mkdir(parents=True, exist_ok=True)
        if self._log.exists() and self._log.stat().st_size > LOG_BYTES:
            self._log.replace(self._log.with_suffix(".log.1"))
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *_ends_with_its_parent(),
                *self.part.command,
                env=dict(self.part.environment),
                cwd=self._folder,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        if self._niceness:
            self.stand_back(self._niceness)
        self._on_start()


def _ends_with_its_parent() -> tuple[str, ...]:
    """A prefix by which the kernel sends SIGTERM when the supervisor is killed: nothing is left behind to hold the ports."""
    wrapper = shutil.which("setpriv")
    return (wrapper, "--pdeathsig", "TERM", "--") if wrapper else ()


def _status(status: int) -> str:
    return f"signal {signal.Signals(-status).name}" if status < 0 else f"status {status}"


def _say(line: str) -> None:
    """The supervisor's own log is its standard output."""
    print(f"{time.strftime('%H:%M:%S')} [{os.getpid()}] {line}", flush=True)
