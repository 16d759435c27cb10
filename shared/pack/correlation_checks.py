"""Limits of joining that hold together, things that can be read, and one truth about how long an alert may wait."""

from collections.abc import Iterator

from shared.pack.correlation import Joining
from shared.pack.pack import FILES, CityPack
from shared.pack.phrase_syntax import PhraseSyntaxError, parse_phrase
from shared.pack.source import Finding
from shared.pack.unique_ids import repeated

CORRELATION = FILES["correlation"]


def check_correlation(pack: CityPack) -> Iterator[Finding]:
    """Find limits that contradict each other, unreadable or repeated things, and waits that routing.yaml says otherwise."""
    yield from _limits(("default",), pack.correlation.default)
    for category, joining in pack.correlation.categories.items():
        yield from _limits(("categories", category.value), joining)
    yield from repeated(CORRELATION, ("things",), (thing.id for thing in pack.correlation.things))
    for index, thing in enumerate(pack.correlation.things):
        try:
            parse_phrase(thing.phrase)
        except PhraseSyntaxError as error:
            reason = f"cannot be read as a phrase: {error}"
            yield Finding(CORRELATION, ("things", index, "phrase"), reason, "correct the phrase")
    yield from _waits(pack)


def _limits(path: tuple[int | str, ...], joining: Joining) -> Iterator[Finding]:
    if joining.most_m is not None and joining.most_m < joining.distance_m:
        reason = f"{joining.most_m:g} m is less than distance_m, {joining.distance_m:g} m"
        yield Finding(CORRELATION, (*path, "most_m"), reason, "make it at least distance_m")
    if joining.stale_after_s < joining.window_s:
        reason = f"closes after {joining.stale_after_s:g} s, before window_s ({joining.window_s:g} s) is over"
        yield Finding(CORRELATION, (*path, "stale_after_s"), reason, "make it at least window_s")


def _waits(pack: CityPack) -> Iterator[Finding]:
    """The alert says that it escalated when the notifier takes its second step, not at another time."""
    for urgency, within_s in pack.correlation.acknowledge_within_s.items():
        later = [step.after_s for step in pack.routing.steps(urgency) if step.after_s > 0]
        if later and min(later) != within_s:
            reason = f"{within_s:g} s, but routing.yaml takes the next step for {urgency} after {min(later):g} s"
            advice = "give both the same time"
            yield Finding(CORRELATION, ("acknowledge_within_s", urgency.value), reason, advice)
