"""`hejnal demo`: the stack up, an evening played, its table printed, running on until Ctrl-C."""

import asyncio
import contextlib
import signal
from pathlib import Path
from typing import Annotated

import aiohttp
import typer
from rich.console import Console

from hejnal.demo.city_api import CityApi, Refused
from hejnal.demo.evening import Evening, NotInTime, resolve_all, subscribed
from hejnal.demo.outcome import rows_of
from hejnal.demo.story import DURATION_S, EVENING, RESIDENT
from hejnal.demo.table import addresses, evening_table
from hejnal.stack.commands import CannotStart, down, ensure_up
from hejnal.stack.files import read_json, write_json
from hejnal.stack.home import Home
from hejnal.stack.lock import holder
from hejnal.stack.ports import PortTaken
from hejnal.stack.stack_file import StackFile

__all__ = ["demo"]

_out = Console(highlight=False)
_errors = Console(stderr=True, highlight=False, soft_wrap=True)


def demo(
    seconds: Annotated[
        float, typer.Option(envvar="HEJNAL_DEMO_SECONDS", min=1, help="How long the evening takes.")
    ] = DURATION_S,
    stack_file: Annotated[
        Path | None, typer.Option("--stack", exists=True, help="Play on the running stack that this file describes.")
    ] = None,
    once: Annotated[bool, typer.Option("--once", help="Stop after the table instead of running on.")] = False,
) -> None:
    """Start everything, play an evening in Przemyśl, say what happened; run on until Ctrl-C, then stop.

    Example: hejnal demo --seconds 20
    """
    home = Home.find()
    was_up = stack_file is not None or holder(home.lock_file) is not None
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    failed = False
    try:
        stack = StackFile.model_validate_json(stack_file.read_text()) if stack_file else ensure_up(home)
        failed = not asyncio.run(_play(home, stack, seconds))
        _out.print(addresses(stack))
        if not once:
            _wait(was_up=was_up)
    except (CannotStart, PortTaken, ValueError) as error:
        _errors.print(f"✗ {error}", style="red")
        failed = True
    except KeyboardInterrupt:
        _out.print()
    finally:
        if not was_up:
            down()
    if failed:
        raise typer.Exit(1)


async def _play(home: Home, stack: StackFile, seconds: float) -> bool:
    """Whether the evening ended as it should."""
    remembered = home.local / "evening.json"
    try:
        async with CityApi(stack) as api:
            await resolve_all(api, [str(alert_id) for alert_id in _listed(read_json(remembered).get("alert_ids"))])
            async with subscribed(api, RESIDENT):
                evening = Evening(api, _say)
                await evening.play(EVENING, seconds)
                with _errors.status("waiting until every report has ended and every message is out …"):
                    outcome = await evening.outcome()
    except (NotInTime, Refused, aiohttp.ClientError) as error:
        _errors.print(f"✗ {error}", style="red")
        return False
    write_json(remembered, {"alert_ids": [alert.alert_id for alert in outcome.alerts]})
    _out.print(evening_table(rows_of(evening.sent, outcome.states, outcome.alerts, outcome.messages)))
    return True


def _say(who: str, what: str) -> None:
    _out.print(f"[bold]{who:<26}[/] {what}")


def _wait(*, was_up: bool) -> None:
    after = "ends this; `make down` stops the stack" if was_up else "stops everything"
    _out.print(f"\nRunning on. Ctrl-C {after}.")
    with contextlib.suppress(KeyboardInterrupt):
        signal.pause()


def _listed(value: object) -> list[object]:
    return list(value) if isinstance(value, list) else []
