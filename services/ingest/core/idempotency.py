"""The same request twice: what an Idempotency-Key that was seen before means."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

__all__ = ["Claim", "Repeat", "is_key", "judge_repeat"]

LONGEST_KEY = 200


class Repeat(StrEnum):
    """What to do with a request that carries a key."""

    NEW = "new"  # nothing of it is known: accept it
    DONE = "done"  # it was accepted: answer the same, publish nothing
    PENDING = "pending"  # it was begun and never answered: publish again under the same ids
    OTHER_BODY = "other_body"  # the key stands for another request: refuse


@dataclass(frozen=True, slots=True)
class Claim:
    """What is kept of a key: `body` is a keyed hash; `published` says that the broker has acknowledged the report."""

    report_id: str
    body: str
    claimed_at: datetime
    published: bool


def judge_repeat(kept: Claim | None, body: str, now: datetime, keep: timedelta) -> Repeat:
    if kept is None or kept.claimed_at + keep <= now:
        return Repeat.NEW
    if kept.body != body:
        return Repeat.OTHER_BODY
    return Repeat.DONE if kept.published else Repeat.PENDING


def is_key(text: str) -> bool:
    """Printable ASCII without blanks around, 1–200 characters (a UUID is the usual choice)."""
    return 0 < len(text) <= LONGEST_KEY and text == text.strip() and text.isascii() and text.isprintable()
