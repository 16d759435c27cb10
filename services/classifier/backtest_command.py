"""`hejnal classifier backtest`: what other sensor rules would have made of the same log. Imports wait until it runs."""

import asyncio
import sys
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from services.classifier.named_pack import load_folder, pack_folder

if TYPE_CHECKING:
    from services.classifier.replay import ReplayLine

__all__ = ["backtest"]


def backtest(  # noqa: PLR0917 — typer reads them by name
    log: Annotated[
        str | None,
        typer.Argument(help="JSON lines as `replay` takes them, - for standard input; Kafka's log otherwise."),
    ] = None,
    rules: Annotated[
        Path | None, typer.Option(help="The new rules: a file like sensors.yaml, or a pack's folder.")
    ] = None,
    since: Annotated[
        str | None, typer.Option(help="How far back: 30d, 12h, 90m (from now, or a file's last line).")
    ] = None,
    pack: Annotated[
        str | None, typer.Option(help="The present pack: a city's name or a folder; przemysl otherwise.")
    ] = None,
    examples: Annotated[int, typer.Option(min=0, help="How many of each kind are shown; --json has them all.")] = 5,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object with every alert that differs.")] = False,
) -> None:
    """Which alerts would appear, vanish or change with other sensor rules? Folds the same log with both.

    Kafka keeps readings for two days: for more, give a log that was kept elsewhere. Progress goes to standard error.

    Example: hejnal classifier backtest --rules new-sensors.yaml --since 30d readings.jsonl

    Exit status: 0 done, 1 a line was bad or the log cannot be read, 2 wrong use.
    """
    from services.classifier.backtest import backtest as fold_with_both  # noqa: PLC0415
    from services.classifier.backtest import told  # noqa: PLC0415

    if rules is None or not rules.exists():
        raise typer.BadParameter("give a file like sensors.yaml, or a pack's folder, that exists", param_hint="--rules")
    folder = pack_folder(pack)
    lines, bad = _log(log, _span(since))
    phrases = any(line.type == "report" for line in lines)
    present = load_folder(folder, phrases=phrases)
    new = load_folder(rules, phrases=phrases) if rules.is_dir() else load_folder(folder, phrases=phrases, sensors=rules)
    _tell(f"folding {len(lines):,} lines with the present and the new rules")
    result = fold_with_both(present, new, lines)
    typer.echo(result.model_dump_json() if as_json else told(result, examples))
    if bad:
        _tell(f"{bad} bad line{'s' if bad > 1 else ''}")
        raise typer.Exit(1)


def _span(since: str | None) -> timedelta | None:
    from services.classifier.backtest_log import duration_of  # noqa: PLC0415

    try:
        return duration_of(since) if since is not None else None
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--since") from error


def _log(log: str | None, since: timedelta | None) -> tuple[list["ReplayLine"], int]:
    from services.classifier.backtest_log import lines_of, lines_since  # noqa: PLC0415

    if log is None:
        return _from_kafka(since or timedelta(days=30)), 0
    if log == "-":
        lines, bad = lines_of(sys.stdin.buffer, _tell)
        return lines_since(lines, since), bad
    try:
        with Path(log).open("rb") as file:
            lines, bad = lines_of(file, _tell)
    except OSError as error:
        raise typer.BadParameter(f"cannot be read: {error}", param_hint="LOG") from error
    return lines_since(lines, since), bad


def _from_kafka(since: timedelta) -> list["ReplayLine"]:
    from aiokafka.errors import KafkaError  # noqa: PLC0415

    from services.classifier.backtest_log import readings_since  # noqa: PLC0415
    from services.classifier.settings import ClassifierSettings  # noqa: PLC0415

    servers = ClassifierSettings().kafka_bootstrap_servers
    try:
        lines = asyncio.run(readings_since(servers, since, _tell))
    except (KafkaError, OSError) as error:
        _tell(f"Kafka at {servers} cannot be read: {error}")
        raise typer.Exit(1) from error
    if lines:
        _tell(f"{len(lines):,} readings, the first of {min(line.received_at for line in lines):%Y-%m-%d %H:%M} UTC")
    return lines


def _tell(line: str) -> None:
    typer.echo(line, err=True)
