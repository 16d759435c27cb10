"""Everybody who should be told can be told: teams exist, steps follow one another, nothing urgent goes nowhere."""

from collections.abc import Iterator
from itertools import pairwise

from shared.events.vocabulary import Category, Channel, Urgency
from shared.pack.pack import FILES, CityPack
from shared.pack.routing import EscalationStep, Routing
from shared.pack.source import Finding
from shared.pack.unique_ids import repeated

FILE, SCORING, CORRELATION = FILES["routing"], FILES["scoring"], FILES["correlation"]
RAISED = tuple(urgency for urgency in Urgency if urgency is not Urgency.NONE)


def check_routing(pack: CityPack) -> Iterator[Finding]:
    """Find unknown teams, steps out of order, urgent alerts that reach nobody, missing delivery and score limits."""
    routing = pack.routing
    yield from repeated(FILE, ("teams",), (team.id for team in routing.teams))
    yield from _teams(routing)
    for urgency, steps in routing.escalations.items():
        yield from _steps(urgency, steps)
    yield from _nobody_told(routing)
    yield from _delivery(routing)
    yield from _thresholds(pack)


def _teams(routing: Routing) -> Iterator[Finding]:
    known = {team.id for team in routing.teams}
    advice = f"use one of {', '.join(sorted(known))}, or add it to teams"
    for index, route in enumerate(routing.routes):
        if route.team not in known:
            yield Finding(FILE, ("routes", index, "team"), f"unknown team `{route.team}`", advice)
    for urgency, steps in routing.escalations.items():
        for index, step in enumerate(steps):
            for number, team in enumerate(step.teams):
                if team not in known:
                    path = ("escalations", urgency, index, "teams", number)
                    yield Finding(FILE, path, f"unknown team `{team}`", advice)


def _steps(urgency: Urgency, steps: tuple[EscalationStep, ...]) -> Iterator[Finding]:
    path = ("escalations", urgency)
    for index, step in enumerate(steps):
        if step.step != index + 1:
            reason = f"step {step.step} stands in place {index + 1}"
            yield Finding(FILE, (*path, index, "step"), reason, "number the steps 1, 2, 3 in their order")
    if steps[0].after_s != 0:
        yield Finding(FILE, (*path, 0, "after_s"), "the first step is not at once", "write after_s: 0")
    for index, (one, other) in enumerate(pairwise(steps), start=1):
        if other.after_s <= one.after_s:
            reason = (
                f"step {other.step} after {other.after_s:g} s is not later than step {one.step} after {one.after_s:g} s"
            )
            yield Finding(FILE, (*path, index, "after_s"), reason, "later steps come later; correct the times")


def _nobody_told(routing: Routing) -> Iterator[Finding]:
    for urgency in (Urgency.HIGH, Urgency.CRITICAL):
        if not (steps := routing.steps(urgency)):
            reason = f"no escalation for urgency {urgency}"
            yield Finding(FILE, ("escalations",), reason, "add its steps: nobody would be told")
            continue
        for category in Category:
            told = routing.told(category, urgency, steps[0]).values()
            if missing := [channel for channel in Channel if not any(channel in channels for channels in told)]:
                reason = f"{category} of urgency {urgency} reaches nobody by {', '.join(missing)} in step 1"
                yield Finding(FILE, ("routes",), reason, "add a route or channel for it")


def _delivery(routing: Routing) -> Iterator[Finding]:
    for channel in Channel:
        rules = routing.delivery.get(channel, {})
        for urgency in Urgency:
            if urgency not in rules:
                reason = f"no delivery rule for {channel} and urgency {urgency}"
                yield Finding(FILE, ("delivery", channel), reason, "add how long and how often it is tried")
            elif rules[urgency].longest_retry_s < rules[urgency].first_retry_s:
                path = ("delivery", channel, urgency, "longest_retry_s")
                yield Finding(FILE, path, "longest_retry_s is below first_retry_s", "swap them, or correct one")


def _thresholds(pack: CityPack) -> Iterator[Finding]:
    scores = pack.scoring.thresholds
    for urgency in RAISED:
        if urgency not in scores:
            yield Finding(SCORING, ("thresholds",), f"no threshold for {urgency}", "add its least score")
    if Urgency.NONE in scores:
        yield Finding(SCORING, ("thresholds", "none"), "none needs no threshold", "remove it: it is all below low")
    present = [urgency for urgency in RAISED if urgency in scores]
    for one, other in pairwise(present):
        if scores[other] <= scores[one]:
            reason = f"thresholds do not ascend: {other} {scores[other]:g} after {one} {scores[one]:g}"
            yield Finding(SCORING, ("thresholds", other), reason, "a higher urgency needs a higher score")
    for category in Category:
        if category not in pack.scoring.base_points:
            yield Finding(SCORING, ("base_points",), f"no base points for {category}", "add them")
    waits = pack.correlation.acknowledge_within_s
    if waits.get(Urgency.CRITICAL, 0) > waits.get(Urgency.HIGH, float("inf")):
        path = ("acknowledge_within_s", "critical")
        yield Finding(CORRELATION, path, "critical may wait longer than high", "correct one of them")
