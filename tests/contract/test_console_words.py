"""The page has words, in each of its languages, for every code that the classifier gives as a reason."""

import json
from pathlib import Path

import pytest

from services.classifier.assess.core.explaining import RuleCode
from services.classifier.correlate.core.corroboration import StrengthReason
from services.classifier.correlate.core.decisions import Verdict
from services.classifier.correlate.core.joining import JoinReason
from services.classifier.correlate.core.reasons import AlertReason
from shared.events import Category, DecisionKind, Urgency
from tests.classifier_builders import przemysl

WORDS = Path(__file__).parents[2] / "web" / "console" / "words"

NOT_TOLD = {StrengthReason.ONE_WITNESS, DecisionKind.NOTE, DecisionKind.ASK}
"""One witness is no reason of its own; notes and questions stand in the timeline."""
CODES = {
    "why": {*JoinReason, *StrengthReason, *AlertReason, *DecisionKind} - NOT_TOLD,
    "rule": set(RuleCode),
    "merge": {
        JoinReason.NEAR_IN_PLACE_AND_TIME,
        JoinReason.PLACE_UNKNOWN_SEVERAL_FIT,
        JoinReason.CRITICAL_STANDS_ALONE,
        JoinReason.FITS_NEARLY,
    },
    "refusal": set(Verdict) - {Verdict.APPLIED},
    "category": set(Category),
    "urgency": set(Urgency),
    "decision": set(DecisionKind),
}


@pytest.mark.parametrize("language", ["pl", "uk", "en"])
@pytest.mark.parametrize("family", CODES)
def test_the_page_says_every_code_in_each_language(family: str, language: str) -> None:
    words = json.loads((WORDS / f"{language}.json").read_text("utf-8"))
    assert [code for code in CODES[family] if not words.get(f"{family}.{code}")] == []


@pytest.mark.parametrize("language", ["pl", "uk", "en"])
def test_the_page_says_what_the_citys_sensors_measure(language: str) -> None:
    words = json.loads((WORDS / f"{language}.json").read_text("utf-8"))
    assert [sensor.id for sensor in przemysl().sensors if f"quantity.{sensor.quantity}" not in words] == []


def test_the_page_has_no_words_for_codes_that_nothing_says() -> None:
    words = json.loads((WORDS / "en.json").read_text("utf-8"))
    known = {f"{family}.{code}" for family, codes in CODES.items() for code in codes}
    assert {word for word in words if word.split(".")[0] in CODES} - known == set()
