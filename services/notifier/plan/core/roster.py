"""Whose turn it is: shifts by team, and who is off for which teams."""

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime

__all__ = ["Shift", "Turns", "turns"]


@dataclass(frozen=True, slots=True)
class Shift:
    """One person's time for one team, `begins` included and `ends` not. While an override runs, the team's other shifts do not count."""

    team: str
    name: str
    begins: datetime
    ends: datetime
    overrides: bool = False

    def runs(self, at: datetime) -> bool:
        return self.begins <= at < self.ends


@dataclass(frozen=True, slots=True)
class Turns:
    """Who has the turn, by team. A team that is not in `by_team` has no roster at present: all of its people are on."""

    by_team: dict[str, frozenset[str]]
    gaps: frozenset[str]
    """Teams with a roster in which nobody has the turn: all of their people are told, rather than nobody."""

    def off(self, name: str) -> frozenset[str]:
        """The teams for which this person is not told now."""
        return frozenset(team for team, names in self.by_team.items() if name not in names)


def turns(shifts: Iterable[Shift], rostered: AbstractSet[str], at: datetime) -> Turns:
    """`rostered` are the teams that have shifts at any time."""
    running = [shift for shift in shifts if shift.runs(at)]
    overridden = {shift.team for shift in running if shift.overrides}
    by_team: dict[str, set[str]] = {}
    for shift in running:
        if shift.overrides or shift.team not in overridden:
            by_team.setdefault(shift.team, set()).add(shift.name)
    frozen = {team: frozenset(names) for team, names in by_team.items()}
    return Turns(frozen, frozenset(rostered - by_team.keys()))
