"""Limits of joining that contradict each other, and waits that two files say differently, are named with file and line."""

from collections.abc import Callable

import pytest

from shared.pack import Problem

MISTAKES = {
    "reaches less than it joins": ("most_m: 4000", "most_m: 1400", "less than distance_m"),
    "stale before its window is over": (
        "window_s: 86400, stale_after_s: 1209600",
        "window_s: 86400, stale_after_s: 60",
        "before window_s",
    ),
    "waits other than routing.yaml": (
        "critical: 120",
        "critical: 90",
        "routing.yaml takes the next step for critical after 120 s",
    ),
    "a thing twice": ("{id: lorry,", "{id: vehicle,", "is taken by item 0"),
    "a thing that cannot be read": ('"autobus*|', '"(autobus*|', "cannot be read as a phrase"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_in_correlation_is_named(problems_after: Callable[[str, str, str], list[Problem]], name: str) -> None:
    old, new, reason = MISTAKES[name]
    (problem,) = problems_after("correlation.yaml", old, new)
    assert problem.file.endswith("correlation.yaml")
    assert reason in problem.reason
