"""What other sensor rules would have made of the same log: the alerts that appear, vanish and change."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from services.classifier.replay import ReplayedAlert, ReplayLine, replay
from shared.events import Record, UtcTime
from shared.pack import CityPack

__all__ = ["Backtest", "Change", "backtest", "compare", "told"]

_LOOKED_AT: Final = ("urgency", "opened_at", "closed_at", "sensor_ids")


class Change(Record):
    """One event that both rules see, but not in the same way; `what` names the fields that differ."""

    what: tuple[str, ...]
    before: ReplayedAlert
    after: ReplayedAlert


class Backtest(Record):
    """The answer of `hejnal classifier backtest`. `before` and `after` count the alerts of the present and of the new rules."""

    lines: int
    first_at: UtcTime | None
    last_at: UtcTime | None
    before: int
    after: int
    same: int
    appear: tuple[ReplayedAlert, ...]
    vanish: tuple[ReplayedAlert, ...]
    change: tuple[Change, ...]


def backtest(present: CityPack, new: CityPack, lines: Sequence[ReplayLine]) -> Backtest:
    """Folds the log with both packs as the running service would have, and compares. A log of readings alone is enough."""
    before, after = replay(present, lines), replay(new, lines)
    times = [line.received_at for line in lines]
    return compare(before, after).model_copy(
        update={"lines": len(lines), "first_at": min(times, default=None), "last_at": max(times, default=None)}
    )


def compare(before: Sequence[ReplayedAlert], after: Sequence[ReplayedAlert]) -> Backtest:
    """Two alerts are of one event when they have a category, a sensor or report, and a moment in common; each counts once."""
    left = _by_source(after)
    taken: set[str] = set()
    vanish, change, same = list[ReplayedAlert](), list[Change](), 0
    for alert in before:
        other = next(
            (one for one in _candidates(alert, left) if one.alert_id not in taken and _overlap(alert, one)), None
        )
        if other is None:
            vanish.append(alert)
            continue
        taken.add(other.alert_id)
        what = tuple(name for name in _LOOKED_AT if getattr(alert, name) != getattr(other, name))
        same += not what
        if what:
            change.append(Change(what=what, before=alert, after=other))
    return Backtest(
        lines=0,
        first_at=None,
        last_at=None,
        before=len(before),
        after=len(after),
        same=same,
        appear=tuple(alert for alert in after if alert.alert_id not in taken),
        vanish=tuple(vanish),
        change=tuple(change),
    )


def _by_source(alerts: Sequence[ReplayedAlert]) -> dict[tuple[str, str], list[ReplayedAlert]]:
    found: dict[tuple[str, str], list[ReplayedAlert]] = {}
    for alert in alerts:
        for source in (*alert.sensor_ids, *alert.report_ids):
            found.setdefault((alert.category, source), []).append(alert)
    return found


def _candidates(alert: ReplayedAlert, among: dict[tuple[str, str], list[ReplayedAlert]]) -> list[ReplayedAlert]:
    """Those that opened at nearly the same time first."""
    found = {
        one.alert_id: one
        for source in (*alert.sensor_ids, *alert.report_ids)
        for one in among.get((alert.category, source), ())
    }
    return sorted(found.values(), key=lambda one: (abs(one.opened_at - alert.opened_at), one.alert_id))


def _overlap(one: ReplayedAlert, other: ReplayedAlert) -> bool:
    return _begins_before_end(one, other) and _begins_before_end(other, one)


def _begins_before_end(one: ReplayedAlert, other: ReplayedAlert) -> bool:
    return other.closed_at is None or one.opened_at <= other.closed_at


def told(result: Backtest, examples: int) -> str:
    """The answer in words, with so many examples of each."""
    period = f"{_moment(result.first_at)} to {_moment(result.last_at)}" if result.first_at else "nothing in the log"
    lines = [
        f"{result.lines:,} lines, {period}",
        f"alerts: {result.before} with the present rules, {result.after} with the new ones, {result.same} of them the same",
    ]
    for word, alerts in (("appear", result.appear), ("vanish", result.vanish)):
        lines.append(f"{len(alerts)} {word}")
        lines += [f"  {_shown(alert)}" for alert in alerts[:examples]]
    lines.append(f"{len(result.change)} change")
    for change in result.change[:examples]:
        differs = "; ".join(
            f"{name} {_value(getattr(change.before, name))} becomes {_value(getattr(change.after, name))}"
            for name in change.what
        )
        lines.append(f"  {_shown(change.before)}: {differs}")
    return "\n".join(lines)


def _shown(alert: ReplayedAlert) -> str:
    sources = ", ".join((*alert.sensor_ids, *(f"report {one}" for one in alert.report_ids))[:4])
    return f"{_moment(alert.opened_at)} {alert.category} {alert.urgency} ({sources})"


def _value(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(str, value)) or "none"
    return _moment(value) if isinstance(value, datetime) else str(value if value is not None else "open")


def _moment(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}" if at else "-"
