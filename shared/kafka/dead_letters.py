"""Where bad records go: whole, with the reason and where they came from, so that a person can look, mend and replay."""

import base64
from datetime import datetime
from typing import Protocol

from shared.errors import Invalid
from shared.events.base import Record, UtcTime
from shared.kafka.raw import RawRecord

__all__ = ["DeadLetter", "DeadLetters", "dead_letter"]


class DeadLetter(Record):
    """A record that a stage could not read or use. Bytes are base64."""

    schema_version: int = 1
    stage: str
    reason: str
    detail: str
    topic: str
    partition: int
    offset: int
    timestamp_ms: int
    key: str | None = None
    value: str | None = None
    headers: tuple[tuple[str, str | None], ...]
    failed_at: UtcTime

    @property
    def record_key(self) -> bytes | None:
        return _bytes(self.key)

    @property
    def record_value(self) -> bytes | None:
        return _bytes(self.value)

    @property
    def record_headers(self) -> list[tuple[str, bytes | None]]:
        return [(name, _bytes(value)) for name, value in self.headers]


class DeadLetters(Protocol):
    """Puts a bad record aside; returns once it is kept (acks=all)."""

    async def put(self, stage: str, record: RawRecord, why: Invalid) -> None: ...


def dead_letter(stage: str, record: RawRecord, why: Invalid, now: datetime) -> DeadLetter:
    return DeadLetter(
        stage=stage,
        reason=why.reason,
        detail=why.detail[:1000],
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        timestamp_ms=record.timestamp,
        key=_text(record.key),
        value=_text(record.value),
        headers=tuple((name, _text(value)) for name, value in record.headers),
        failed_at=now,
    )


def _text(data: bytes | None) -> str | None:
    return None if data is None else base64.b64encode(data).decode("ascii")


def _bytes(text: str | None) -> bytes | None:
    return None if text is None else base64.b64decode(text)
