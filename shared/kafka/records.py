"""A record as it comes from Kafka, and as the stages see it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError

from shared.errors import Invalid
from shared.kafka.raw import RawRecord
from shared.topics import Topic

__all__ = ["TRACEPARENT", "Outgoing", "Received", "decode", "encode", "headers_of"]

TRACEPARENT = "traceparent"

E = TypeVar("E")


@dataclass(frozen=True, slots=True)
class Received(Generic[E]):
    """A decoded record. `timestamp_ms` is when it was written, in milliseconds since 1970; `raw` is kept for dead letters."""

    event: E
    topic: str
    partition: int
    offset: int
    key: str
    timestamp_ms: int
    trace: str | None
    raw: RawRecord


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A record to be written. `partition` None leaves the choice to the key (murmur2, as Java's clients do)."""

    topic: Topic
    key: str
    event: BaseModel
    trace: str | None = None
    partition: int | None = None


def decode(record: RawRecord, carries: TypeAdapter[E]) -> Received[E]:
    """Raises Invalid with the reason why the record can't be read; nothing of a record is trusted before."""
    if record.value is None:
        raise Invalid("empty_record", "the record has no value")
    if record.key is None:
        raise Invalid("missing_key", "the record has no key, so its order is lost")
    try:
        trace, key = _traceparent(record.headers), record.key.decode()
    except UnicodeDecodeError as error:
        raise Invalid("undecodable_header", f"a key or traceparent that is not UTF-8: {error}") from error
    try:
        event = carries.validate_json(record.value)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        reason = "not_json" if first["type"] == "json_invalid" else "not_valid"
        raise Invalid(reason, f"{'/'.join(map(str, first['loc']))}: {first['msg']}") from error
    return Received(event, record.topic, record.partition, record.offset, key, record.timestamp, trace, record)


def encode(event: BaseModel) -> bytes:
    return event.__pydantic_serializer__.to_json(event, exclude_none=True)


def headers_of(trace: str | None) -> list[tuple[str, bytes]]:
    return [(TRACEPARENT, trace.encode())] if trace else []


def _traceparent(headers: Sequence[tuple[str, bytes | None]]) -> str | None:
    for name, value in headers:
        if name == TRACEPARENT:
            if value is None:
                raise Invalid("undecodable_header", "a traceparent without a value")
            return value.decode("ascii")
    return None
