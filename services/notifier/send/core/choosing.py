"""Which provider is asked first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

__all__ = ["Health", "in_order"]

_BAD_AFTER: Final = 3
_REST: Final = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Health:
    """Answers that were no acceptance in a row (refused for now, or none at all), and when the last was."""

    failures: int
    last_failure_at: datetime


def in_order(providers: Sequence[str], health: Mapping[str, Health], now: datetime) -> list[str]:
    """The city's order, with those that failed three times running last; after 30 s they get another chance."""

    def is_bad(provider: str) -> bool:
        seen = health.get(provider)
        return seen is not None and seen.failures >= _BAD_AFTER and now - seen.last_failure_at < _REST

    return sorted(providers, key=is_bad)
