"""`hejnal up`, `down` and `status`: the local stack from a shell."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from hejnal.stack.home import Home
from hejnal.stack.kafka import answers
from hejnal.stack.lock import holder
from hejnal.stack.ports import Ports, PortTaken
from hejnal.stack.progress import Start, StepState
from hejnal.stack.readiness import why_not_ready
from hejnal.stack.stack_file import StackFile

__all__ = ["CannotStart", "down", "ensure_up", "register", "status", "up"]

PATIENCE_S = 150
"""More than the supervisor's own limit: it is the one who says what is not ready."""
STOP_PATIENCE_S = 90
POLL_S = 0.1

_errors = Console(stderr=True, highlight=False, soft_wrap=True)


class CannotStart(RuntimeError):
    """The stack did not get ready; the message says what is not, and why."""


def register(app: typer.Typer) -> None:
    app.command()(up)
    app.command()(down)
    app.command()(status)


def up() -> None:
    """Start Kafka, the sandbox and the four services in the background; return when each is ready.

    Example: HEJNAL_PORT_OFFSET=100 hejnal up
    """
    home = Home.find()
    try:
        stack = ensure_up(home)
    except (CannotStart, PortTaken, ValueError) as error:
        _errors.print(f"[red]✗[/] {error}", markup=True)
        raise typer.Exit(1) from None
    print(f"console  {stack.console_url}  (sign in as {stack.operator.username}, password in {home.stack_file})")
    print(f"ingest   {stack.ingest_url}/docs")
    print(f"sandbox  {stack.sandbox_url}")
    if stack.prometheus_url:
        print(f"metrics  {stack.prometheus_url}")


def down() -> None:
    """Stop what `hejnal up` started. Data stays; a second call is harmless.

    Example: hejnal down
    """
    home = Home.find()
    supervisor = holder(home.lock_file)
    if supervisor is None:
        print("nothing runs")
        return
    with _errors.status("stopping …"):
        os.kill(supervisor, signal.SIGTERM)
        ended = _until(lambda: holder(home.lock_file) is None, STOP_PATIENCE_S)
    if not ended:
        os.kill(supervisor, signal.SIGKILL)
        _errors.print(f"[red]✗[/] it did not stop within {STOP_PATIENCE_S} s and was killed")
        raise typer.Exit(1)
    print("stopped")


def status(as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False) -> None:
    """Say what runs and whether it is ready; exit 1 when something is not.

    Example: hejnal status --json
    """
    home = Home.find()
    stack = StackFile.read(home) if holder(home.lock_file) else None  # a killed supervisor leaves its file behind
    reports = _ask_all(stack) if stack else []
    if as_json:
        print(
            json.dumps(
                [{"name": one.name, "pid": one.pid, "ready": one.why is None, "why": one.why} for one in reports]
            )
        )
    elif not reports:
        print("nothing runs; `hejnal up` starts it")
    else:
        _print_table(reports)
    if not reports or any(one.why for one in reports):
        raise typer.Exit(1)


def ensure_up(home: Home) -> StackFile:
    """The running stack's file; starts it when none runs, or waits for the start that another began.

    Raises:
        PortTaken: somebody else holds one of the ports.
        CannotStart: something did not get ready.
        ValueError: HEJNAL_PORT_OFFSET is not a usable number.
    """
    if holder(home.lock_file) is None:
        Ports.from_environment().require_free()
        home.progress_file.unlink(missing_ok=True)
        _start_supervisor(home)
    _show_progress(home)
    stack = StackFile.read(home)
    if stack is None:
        raise CannotStart("the stack was stopped while it started")
    return stack


def _start_supervisor(home: Home) -> None:
    """In a session of its own: it outlives this command and its shell, and Ctrl-C here does not reach it."""
    home.logs.mkdir(parents=True, exist_ok=True)
    with home.log_of("stack").open("ab") as log:
        supervisor = subprocess.Popen(
            [sys.executable, "-m", "hejnal.stack"],
            cwd=home.root,
            env=os.environ | {"HEJNAL_HOME": str(home.root), "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    if not _until(lambda: home.progress_file.exists() or supervisor.poll() is not None, PATIENCE_S):
        raise CannotStart("the supervisor did not begin")
    if supervisor.poll() is not None:
        raise CannotStart(f"the supervisor ended at once; see {home.log_of('stack')}")


def _show_progress(home: Home) -> None:
    shown: set[str] = set()
    deadline = time.monotonic() + PATIENCE_S
    with _errors.status("starting …") as spinner:
        while time.monotonic() < deadline:
            start = Start.model_validate_json(home.progress_file.read_text())
            for step in start.steps:
                if step.state is StepState.READY and step.name not in shown:
                    shown.add(step.name)
                    _errors.print(f"[green]✓[/] {step.name:<10} {step.seconds:5.1f} s  {step.detail}")
            waiting = [f"{step.name} ({step.detail})" for step in start.steps if step.name not in shown]
            spinner.update("waiting for " + ", ".join(waiting))
            if start.ready:
                return
            if start.ready is False:
                raise CannotStart(start.why)
            if holder(home.lock_file) is None:
                raise CannotStart(f"the supervisor ended; see {home.log_of('stack')}")
            time.sleep(POLL_S)
    raise CannotStart(f"no word from the supervisor for {PATIENCE_S} s; see {home.log_of('stack')}")


@dataclass(frozen=True, slots=True)
class _Report:
    name: str
    pid: int | None
    address: str
    why: str | None


def _ask_all(stack: StackFile) -> list[_Report]:
    urls = {
        "console": stack.console_url,
        "ingest": stack.ingest_url,
        "classifier": stack.classifier_url,
        "notifier": stack.notifier_url,
        "sandbox": stack.sandbox_url,
    }
    broker = stack.kafka_bootstrap_servers
    kafka = _Report(
        "kafka", stack.pids.get("kafka"), broker, None if answers(int(broker.split(":")[1])) else "no answer"
    )
    asked = [_Report(name, stack.pids.get(name), url, why_not_ready(f"{url}/readyz")) for name, url in urls.items()]
    return [*asked, kafka]


def _print_table(reports: list[_Report]) -> None:
    table = Table("part", "process", "address", "ready")
    for one in reports:
        table.add_row(one.name, str(one.pid or "-"), one.address, one.why or "yes")
    Console().print(table)


def _until(true: Callable[[], bool], timeout_s: float) -> bool:
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        if true():
            return True
        time.sleep(POLL_S)
    return False
