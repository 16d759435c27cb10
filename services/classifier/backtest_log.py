"""Where a backtest gets its log: JSON lines as `hejnal classifier replay` takes them, or what Kafka still has."""

import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Final

from pydantic import ValidationError

from services.classifier.replay import ReadingLine, ReplayLine, replay_line
from shared.events import ReadingReceived
from shared.kafka.reading_back import read_since
from shared.topics import READINGS

__all__ = ["Told", "duration_of", "lines_of", "lines_since", "readings_since"]

Told = Callable[[str], None]
"""Takes a line of progress or complaint, for standard error."""
_UNITS: Final = {"d": "days", "h": "hours", "m": "minutes", "s": "seconds", "w": "weeks"}
_PROGRESS_LINES: Final = 50_000


def duration_of(text: str) -> timedelta:
    """30d, 12h, 90m. Raises ValueError."""
    match = re.fullmatch(r"(\d{1,6})([dhmsw])", text)
    if match is None:
        raise ValueError(f"{text!r} is no duration: write 30d, 12h or 90m")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


def lines_of(raw: Iterable[bytes], tell: Told) -> tuple[list[ReplayLine], int]:
    """The lines, and how many could not be read: each of those is told."""
    lines, bad = list[ReplayLine](), 0
    for number, line in enumerate(raw, start=1):
        try:
            lines.append(replay_line.validate_json(line))
        except ValidationError as error:
            bad += 1
            first = error.errors(include_url=False, include_input=False)[0]
            tell(f"line {number}: {'/'.join(map(str, first['loc']))}: {first['msg']}")
        if number % _PROGRESS_LINES == 0:
            tell(f"{number:,} lines read")
    return lines, bad


def lines_since(lines: list[ReplayLine], since: timedelta | None) -> list[ReplayLine]:
    """Those of the newest such time, counted back from the log's own end."""
    if since is None or not lines:
        return lines
    begin = max(line.received_at for line in lines) - since
    return [line for line in lines if line.received_at >= begin]


async def readings_since(bootstrap_servers: str, since: timedelta, tell: Told) -> list[ReplayLine]:
    """Every reading that Kafka still has of that time (retention keeps two days). Raises KafkaError."""
    lines, told = list[ReplayLine](), 0
    async for batch in read_since(bootstrap_servers, READINGS, datetime.now(UTC) - since):
        lines += [_line(one.event) for one in batch if isinstance(one.event, ReadingReceived) and not one.event.member]
        if len(lines) - told >= _PROGRESS_LINES:
            told = len(lines)
            tell(f"{told:,} readings read")
    return lines


def _line(reading: ReadingReceived) -> ReadingLine:
    return ReadingLine(
        type="reading",
        id=reading.event_id,
        received_at=reading.received_at,
        sensor_id=reading.sensor_id,
        quantity=reading.quantity,
        value=reading.value,
        unit=reading.unit,
        at=reading.occurred_at,
        lat=reading.lat,
        lon=reading.lon,
        seq=reading.seq,
        exercise=reading.exercise,
    )
