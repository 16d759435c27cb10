"""What operators have corrected, as labelled reports: the next model learns from it. Pure."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from shared.events import Category, DecisionKind, DecisionTaken, Urgency

__all__ = ["CORRECTIONS", "LearningExample", "ReportRead", "examples_of", "without_personal_data"]

CORRECTIONS: Final = (DecisionKind.SET_CATEGORY, DecisionKind.SET_URGENCY, DecisionKind.DISMISS)

_PERSONAL: Final = (
    (re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+"), "[e-mail]"),
    (re.compile(r"https?://\S+"), "[web]"),
    (re.compile(r"(?<!\d)\d{11}(?!\d)"), "[number]"),
    (re.compile(r"(?<![\d.,])(?:\+?\d{2}[ -]?)?\d{3}[ -]?\d{3}[ -]?\d{3}(?!\d)"), "[phone]"),
    (re.compile(r"\b[A-Z]{2,3}\s?\d{4,5}[A-Z]{0,2}\b"), "[plate]"),
)


@dataclass(frozen=True, slots=True)
class ReportRead:
    """A report of the alert, and what it was read as."""

    report_id: str
    text: str
    category: Category
    urgency: Urgency


@dataclass(frozen=True, slots=True)
class LearningExample:
    """One line of the export. `scenario` keeps an alert's reports on one side of every split."""

    id: str
    scenario: str
    text: str
    urgency: Urgency
    category: Category
    why: str


def examples_of(
    alert_id: str, decisions: Iterable[DecisionTaken], reports: Iterable[ReportRead]
) -> Iterator[LearningExample]:
    """The last word counts. An urgency is said of the alert: it labels a report only where the alert has no other."""
    category: Category | None = None
    urgency: Urgency | None = None
    kinds: list[str] = []
    for decision in decisions:
        kinds.append(decision.kind)
        if decision.kind is DecisionKind.DISMISS:
            urgency = Urgency.NONE
        category, urgency = decision.category or category, decision.urgency or urgency
    told = list(reports)
    if urgency is not None and urgency is not Urgency.NONE and len(told) > 1:
        urgency = None
    if category is None and urgency is None:
        return
    for report in told:
        yield LearningExample(
            id=f"o-{report.report_id}",
            scenario=f"o-{alert_id}",
            text=without_personal_data(report.text),
            urgency=urgency or report.urgency,
            category=category or report.category,
            why="an operator's decision: " + ", ".join(dict.fromkeys(kinds)),
        )


def without_personal_data(text: str) -> str:
    """Telephone numbers, addresses of mail and web, national ids and number plates are left out; names cannot be told by a rule."""
    for pattern, instead in _PERSONAL:
        text = pattern.sub(instead, text)
    return text
