"""An operator's correction becomes a labelled example, without what could tell who wrote it."""

from datetime import UTC, datetime

import pytest

from services.console.core.learning_examples import ReportRead, examples_of, without_personal_data
from shared.events import Category, DecisionKind, DecisionTaken, Urgency

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
SMOKE = ReportRead("r1", "dym z komina, tel. 600 700 800", Category.FIRE, Urgency.HIGH)
AGAIN = ReportRead("r2", "znowu kopci sąsiad", Category.FIRE, Urgency.MEDIUM)


def decided(kind: DecisionKind, **more: object) -> DecisionTaken:
    common = {"event_id": "e", "city": "przemysl", "occurred_at": NOON, "received_at": NOON, "decision_id": "d"}
    return DecisionTaken.model_validate(common | {"alert_id": "a", "kind": kind, "actor": "ola"} | more)


def test_a_category_is_said_of_every_report_and_an_urgency_of_an_only_one() -> None:
    both = [
        decided(DecisionKind.SET_CATEGORY, category="environment"),
        decided(DecisionKind.SET_URGENCY, urgency="low"),
    ]
    (alone,) = examples_of("a", both, [SMOKE])
    assert (alone.category, alone.urgency) == (Category.ENVIRONMENT, Urgency.LOW)
    first, second = examples_of("a", both, [SMOKE, AGAIN])
    assert (first.category, first.urgency, second.urgency) == (Category.ENVIRONMENT, Urgency.HIGH, Urgency.MEDIUM)
    assert first.scenario == second.scenario


def test_a_dismissal_says_that_nothing_was_asked_and_the_last_word_counts() -> None:
    assert [each.urgency for each in examples_of("a", [decided(DecisionKind.DISMISS)], [SMOKE, AGAIN])] == [
        "none",
        "none",
    ]
    later = [decided(DecisionKind.DISMISS), decided(DecisionKind.SET_URGENCY, urgency="high")]
    assert [each.urgency for each in examples_of("a", later, [SMOKE])] == ["high"]
    assert list(examples_of("a", [], [SMOKE])) == []


@pytest.mark.parametrize(
    "text",
    [
        "tel. 600 700 800",
        "+48 600-700-800",
        "jan.k@example.com",
        "PESEL 44051401359",
        "auto RP 12345 stoi",
        "https://x.pl/a?b",
    ],
)
def test_what_tells_who_wrote_it_is_left_out(text: str) -> None:
    left = without_personal_data(text)
    assert "[" in left
    assert not any(part in left for part in ("600", "44051401359", "12345", "@", "http"))
