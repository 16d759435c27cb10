"""A record as aiokafka hands it over."""

from collections.abc import Sequence
from typing import Protocol

__all__ = ["RawRecord"]


class RawRecord(Protocol):
    """`timestamp` is in milliseconds since 1970; any part of key, value and headers may be None or not UTF-8."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes | None]]
