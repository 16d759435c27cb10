"""What an alert remembers of its newest evidence, to compare newcomers with."""

from collections import Counter, deque
from collections.abc import Iterable
from datetime import datetime
from typing import Final

from services.classifier.correlate.core.account import Account, Spot
from shared.events import Category

__all__ = ["REMEMBERED", "Memory"]

REMEMBERED: Final = 24
"""Pieces: enough to know how far an event reaches and how people speak of it, few enough that a signal costs the same late in a storm."""


class Memory:
    """Follows from the newest pieces of evidence alone, so that a restored alert remembers exactly the same."""

    __slots__ = ("accounts", "clients", "happens_in", "kinds", "numbers", "places", "spots", "stems", "things")

    def __init__(self, accounts: Iterable[Account]) -> None:
        self.accounts = deque(accounts, maxlen=REMEMBERED)
        self._sum_up()

    def add(self, account: Account) -> None:
        if len(self.accounts) < REMEMBERED:
            self.accounts.append(account)
            self._take(account)
            return
        self.accounts.append(account)
        self._sum_up()

    def per_minute(self, at: datetime) -> float:
        """How many pieces a minute came lately, by the time that the remembered ones took."""
        took_s = max((at - account.at).total_seconds() for account in self.accounts) if self.accounts else 0.0
        return 60 * len(self.accounts) / (max(0.0, took_s) + 60)

    def _sum_up(self) -> None:
        self.spots: dict[Spot, None] = {}
        self.things = Counter[str]()
        """How many of the pieces name each thing."""
        self.kinds = Counter[str]()
        """How many of them name anything of each kind."""
        self.happens_in: frozenset[Category] = frozenset()
        self.stems: frozenset[str] = frozenset()
        self.places: frozenset[str] = frozenset()
        self.numbers: frozenset[tuple[str, str]] = frozenset()
        self.clients: frozenset[str] = frozenset()
        for account in self.accounts:
            self._take(account)

    def _take(self, account: Account) -> None:
        self.spots.update(dict.fromkeys(account.spots))
        self.things.update(account.things)
        self.kinds.update(account.kinds)
        self.happens_in |= account.happens_in
        self.stems |= account.stems
        self.places |= account.places
        self.numbers |= account.numbers
        self.clients |= {account.client}
