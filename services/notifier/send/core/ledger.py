"""The ledger's one rule: a notification's state goes forward or stays.

    requested → claimed → handed_over → delivered
                   │            └──────→ failed, expired
                   ├→ unknown ─→ handed_over, delivered, failed, expired
                   └→ delivered, failed, expired

*unknown* is not an end: a receipt or the provider's answer to a question settles it. A receipt may overtake the answer to the
submission, so *claimed* may become *delivered* at once.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from services.notifier.send.core.outcomes import Accepted, Outcome, Refused, Unknown
from shared.events import NotificationState
from shared.pack import Delivery

__all__ = ["FINAL", "Settlement", "may_become", "next_question", "rank", "settle"]

S = NotificationState
_NEXT: Final[Mapping[S, frozenset[S]]] = {
    S.REQUESTED: frozenset({S.CLAIMED, S.EXPIRED, S.FAILED, S.UNKNOWN, S.HANDED_OVER, S.DELIVERED}),
    S.CLAIMED: frozenset({S.HANDED_OVER, S.DELIVERED, S.FAILED, S.EXPIRED, S.UNKNOWN}),
    S.UNKNOWN: frozenset({S.HANDED_OVER, S.DELIVERED, S.FAILED, S.EXPIRED}),
    S.HANDED_OVER: frozenset({S.DELIVERED, S.FAILED, S.EXPIRED}),
    S.DELIVERED: frozenset(),
    S.FAILED: frozenset(),
    S.EXPIRED: frozenset(),
}
FINAL: Final = frozenset(state for state, following in _NEXT.items() if not following)
_FIRST_QUESTION_S: Final = 2.0


def may_become(present: S, to: S) -> bool:
    """Whether the state may go from `present` to `to`; staying is no change."""
    return to in _NEXT[present]


def rank(state: S) -> int:
    """Every allowed change raises it."""
    return _RANKS[state]


_RANKS: Final = {
    S.REQUESTED: 0,
    S.CLAIMED: 1,
    S.UNKNOWN: 2,
    S.HANDED_OVER: 3,
    S.DELIVERED: 4,
    S.FAILED: 4,
    S.EXPIRED: 4,
}


@dataclass(frozen=True, slots=True)
class Settlement:
    """What becomes of a claimed notification: a new state, or (None) another attempt at `next_attempt_at`."""

    state: S | None
    reason: str
    next_attempt_at: datetime
    provider_message_ids: tuple[str, ...] = ()
    parts_total: int | None = None


def settle(
    outcome: Outcome, *, attempts: int, delivery: Delivery, expires_at: datetime, now: datetime, jitter: float
) -> Settlement:
    """What a provider's answer means. `attempts` counts this one; `jitter` (0–1) spreads retries that would fall together."""
    match outcome:
        case Accepted(ids):
            return Settlement(S.HANDED_OVER, "accepted", now, ids, len(ids))
        case Unknown(reason, parts_total, ids):
            return Settlement(S.UNKNOWN, reason, now + timedelta(seconds=_FIRST_QUESTION_S), ids, parts_total)
        case Refused("permanent", reason):
            return Settlement(S.FAILED, reason, now)
        case Refused(_, reason, retry_after_s):
            return _again(reason, retry_after_s, attempts, delivery, expires_at, now, jitter)


def _again(  # noqa: PLR0917 — one call, above
    reason: str,
    retry_after_s: float,
    attempts: int,
    delivery: Delivery,
    expires_at: datetime,
    now: datetime,
    jitter: float,
) -> Settlement:
    backoff_s = min(delivery.longest_retry_s, delivery.first_retry_s * 2 ** min(attempts - 1, 30))
    at = now + timedelta(seconds=max(retry_after_s, backoff_s * (1 + jitter / 4)))
    if at >= expires_at:
        return Settlement(S.EXPIRED, reason, now)
    if attempts >= delivery.most_attempts:
        return Settlement(S.FAILED, f"attempts_used_up_{reason}"[:80], now)
    return Settlement(None, reason, at)


def next_question(unknown_since: datetime, now: datetime) -> datetime:
    """When to ask the provider again what became of an unknown one: soon at first, then twice as late each time."""
    return now + max(now - unknown_since, timedelta(seconds=_FIRST_QUESTION_S))
