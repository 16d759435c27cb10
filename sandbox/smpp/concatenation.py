"""Segments wait for their others; the phone shows one message."""

from collections import OrderedDict
from dataclasses import dataclass, field

from sandbox.smpp.text import Part

__all__ = ["Joined", "Segments"]

_Key = tuple[str, str, str, int, int]
_MOST_SEGMENTS = 255


@dataclass(frozen=True, slots=True)
class Joined:
    """`message_ids` in the order of the segments."""

    octets: bytes
    message_ids: tuple[str, ...]


@dataclass(slots=True)
class _Waiting:
    segments: dict[int, tuple[str, bytes]] = field(default_factory=dict)


class Segments:
    """Messages of which segments are missing: at most `kept`, the oldest goes first."""

    def __init__(self, kept: int) -> None:
        self._kept = kept
        self._waiting: OrderedDict[_Key, _Waiting] = OrderedDict()

    def add(self, line: tuple[str, str, str], part: Part, message_id: str, octets: bytes) -> Joined | None:
        """The whole message when this was its last segment. `line` tells senders and receivers apart: system id, from, to.

        A segment that comes again takes the place of its elder. Raises ValueError for a number out of range.
        """
        if not 1 <= part.number <= part.total <= _MOST_SEGMENTS:
            raise ValueError("number of the segment is out of range")
        key = (*line, part.reference, part.total)
        waiting = self._waiting.setdefault(key, _Waiting())
        waiting.segments[part.number] = (message_id, octets)
        if len(waiting.segments) < part.total:
            self._forget_oldest()
            return None
        del self._waiting[key]
        parts = [waiting.segments[number] for number in range(1, part.total + 1)]
        return Joined(b"".join(octets for _, octets in parts), tuple(message_id for message_id, _ in parts))

    def _forget_oldest(self) -> None:
        while len(self._waiting) > self._kept:
            self._waiting.popitem(last=False)
