"""Where a client's stream goes on."""

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["NOTHING_YET", "Start", "StartReason", "position_of", "start_of"]

NOTHING_YET = -1
"""The position of a city that has had no alert: offsets begin at 0."""


class StartReason(StrEnum):
    FROM_NOW = "from_now"
    RESUMED = "resumed"
    NOT_A_POSITION = "not_a_position"
    UNKNOWN_POSITION = "unknown_position"
    TOO_MUCH_MISSED = "too_much_missed"

    @property
    def is_reset(self) -> bool:
        return self not in {StartReason.FROM_NOW, StartReason.RESUMED}


@dataclass(frozen=True, slots=True)
class Start:
    """Everything behind `position` is still to be sent."""

    position: int
    reason: StartReason


def start_of(given: str | None, *, newest: int, missed_most: int, missed: int) -> Start:
    """Decide where to begin.

    Args:
        given: Last-Event-ID or `after`, as the client sent it.
        newest: the position of the newest change.
        missed_most: changed alerts that are sent again at the most.
        missed: alerts changed since `given` (0 where it is no position).
    """
    if given is None:
        return Start(newest, StartReason.FROM_NOW)
    position = position_of(given)
    if position is None:
        return Start(newest, StartReason.NOT_A_POSITION)
    if position > newest:
        return Start(newest, StartReason.UNKNOWN_POSITION)
    if missed > missed_most:
        return Start(newest, StartReason.TOO_MUCH_MISSED)
    return Start(position, StartReason.RESUMED)


def position_of(given: str) -> int | None:
    """Return the offset a client sent, or None for what no stream ever said."""
    digits = given.removeprefix("-")
    if not (digits.isascii() and digits.isdigit()) or len(digits) > 18:  # noqa: PLR2004 — 63 bits
        return None
    position = int(given)
    return position if position >= NOTHING_YET else None
