"""What every record on every topic has."""

from datetime import UTC, datetime
from functools import lru_cache
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, PlainSerializer

__all__ = ["Event", "Record", "UtcTime", "format_time"]


@lru_cache(2048)
def format_time(at: datetime) -> str:
    """RFC 3339 in UTC with milliseconds: 2026-11-24T18:05:00.123Z. Remembered: a record names the same few moments over and over."""
    in_utc = at if at.tzinfo is UTC else at.astimezone(UTC)
    return f"{in_utc.isoformat(timespec='milliseconds')[:-6]}Z"


UtcTime = Annotated[
    AwareDatetime,
    AfterValidator(lambda at: at.astimezone(UTC)),
    PlainSerializer(format_time, return_type=str, when_used="json"),
]
"""An aware time, in UTC inside, written with milliseconds."""


class Record(BaseModel):
    """A frozen part of an event. Unknown fields are ignored: a new optional field keeps the topic's version."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)


class Event(Record):
    """One record of a topic. `event_id` is derived from its cause, so that a redelivery makes the same id and the receiver drops it."""

    schema_version: int = 1
    event_id: str
    city: str
    occurred_at: UtcTime
    received_at: UtcTime
    """When Hejnał first heard of the cause: the start of every end-to-end measurement."""
    exercise: bool = False
