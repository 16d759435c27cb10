"""How well alerts and true events agree, counted in pairs of reports."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import comb

__all__ = ["Pairs", "count_pairs"]


@dataclass(frozen=True, slots=True)
class Pairs:
    """Pairs of reports of one event, pairs in one alert, and those that are both."""

    same_event: int = 0
    same_alert: int = 0
    both: int = 0

    @property
    def precision(self) -> float:
        return self.both / self.same_alert if self.same_alert else 1.0

    @property
    def recall(self) -> float:
        return self.both / self.same_event if self.same_event else 1.0

    def __add__(self, other: "Pairs") -> "Pairs":
        return Pairs(self.same_event + other.same_event, self.same_alert + other.same_alert, self.both + other.both)


def count_pairs(truth: Mapping[str, str], alerts: Iterable[Sequence[str]]) -> Pairs:
    """`alerts` are the reports of each. A report in no alert is in no pair with another one: it costs recall."""
    cells = Counter((truth[report], number) for number, reports in enumerate(alerts) for report in set(reports))
    in_alert = Counter[int]()
    for (_, number), count in cells.items():
        in_alert[number] += count
    return Pairs(
        sum(comb(count, 2) for count in Counter(truth.values()).values()),
        sum(comb(count, 2) for count in in_alert.values()),
        sum(comb(count, 2) for count in cells.values()),
    )
