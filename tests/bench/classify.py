"""`python -m tests.bench.classify`: texts a second of the fast tier, the full tier's waits and batches, and a usual baseline in the same run."""

from time import process_time

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from threadpoolctl import threadpool_limits

from services.classifier.assess.core.assessor import ReportText
from services.classifier.assess.core.scored import CATEGORIES
from services.classifier.assess.model_assessor import ModelAssessor
from services.classifier.assess.starting import FullTierMode, FullTierSettings, start_assessor
from services.classifier.learning.measuring import macro_f1, quadratic_kappa
from services.classifier.learning.reports import Labelled, read_reports, split_of, training_files
from services.classifier.learning.story import read_all
from tests.bench.lines import print_bench
from tests.classifier_builders import przemysl

ROUNDS = 3
FAST_GOAL_PER_S = 3_000
WAIT_GOAL_MS = 80
MEASURED = 150


def main() -> None:
    reports = read_reports(training_files())
    learn = [each for each in reports if split_of(each) == "train"]
    hold = [each for each in reports if split_of(each) == "development"]
    fast = start_assessor(przemysl(), FullTierSettings(FullTierMode.OFF)).assessor
    baseline = _Baseline(learn)
    print_bench(
        "classify, fast tier", _fast_rate(fast, hold), "texts/s on one core",
        "scikit-learn TF-IDF and logistic regressions", baseline.rate(hold), goal=FAST_GOAL_PER_S,
    )  # fmt: skip
    _quality("fast", fast, hold, baseline)
    started = start_assessor(przemysl(), FullTierSettings(FullTierMode.AUTO))
    if started.full is None:
        print(f"no full tier: {started.why_fast}")
        return
    _waits(started.assessor, hold)
    _quality("full", started.assessor, hold, baseline)


class _Baseline:
    """What one would take from the shelf: TF-IDF over pieces of words, a logistic regression for the category and one for the urgency."""

    def __init__(self, learn: list[Labelled]) -> None:
        texts = [each.text for each in learn]
        self._parts = [
            make_pipeline(
                TfidfVectorizer(
                    analyzer="char_wb", ngram_range=(2, 5), min_df=3, sublinear_tf=True, max_features=30_000
                ),
                LogisticRegression(C=4, max_iter=60, tol=1e-2),
            ).fit(texts, labels)
            for labels in (
                [CATEGORIES.index(each.category) for each in learn],
                [each.urgency.level for each in learn],
            )
        ]

    def read(self, texts: list[str]) -> tuple[np.ndarray, np.ndarray]:
        category, urgency = (part.predict(texts) for part in self._parts)
        return category, urgency

    def rate(self, hold: list[Labelled]) -> float:
        texts = [each.text for each in hold]
        began = process_time()
        self.read(texts)
        return round(len(texts) / (process_time() - began))


def _fast_rate(fast: ModelAssessor, hold: list[Labelled]) -> float:
    """Each text is different, so that nothing but single words is remembered from one to the next."""
    rates = []
    for turn in range(ROUNDS):
        texts = [ReportText(f"{each.text} nr {turn}{number}") for number, each in enumerate(hold)]
        began = process_time()
        fast.assess_many(texts)
        rates.append(len(texts) / (process_time() - began))
    return round(max(rates))


def _waits(full: ModelAssessor, hold: list[Labelled]) -> None:
    full.assess(ReportText("Pali się"))  # loads the model
    waits = []
    for each in hold[:MEASURED]:
        began = process_time()
        full.assess(ReportText(each.text))
        waits.append((process_time() - began) * 1000)
    middle, late = np.percentile(waits, [50, 95])
    print_bench("classify, full tier, p50", round(middle, 1), "ms a text on one core", "goal for p95", WAIT_GOAL_MS)
    print_bench("classify, full tier, p95", round(late, 1), "ms a text on one core", "goal", WAIT_GOAL_MS)
    began = process_time()
    full.assess_many([ReportText(each.text) for each in hold[:MEASURED]])
    rate = MEASURED / (process_time() - began)
    print_bench(
        "classify, full tier, batches",
        round(rate, 1),
        "texts/s on one core",
        "one by one",
        round(1000 / np.mean(waits), 1),
    )


def _quality(tier: str, assessor: ModelAssessor, hold: list[Labelled], baseline: _Baseline) -> None:
    true = np.array([CATEGORIES.index(each.category) for each in hold]), np.array([each.urgency.level for each in hold])
    said = read_all(assessor, hold)
    category = np.array([CATEGORIES.index(each.category) for each in said])
    urgency = np.array([each.urgency.level for each in said])
    theirs = baseline.read([each.text for each in hold])
    name = "scikit-learn TF-IDF and logistic regressions"
    print_bench(
        f"classify, {tier} tier",
        round(macro_f1(true[0], category), 3),
        "macro-F1",
        name,
        round(macro_f1(true[0], theirs[0]), 3),
    )
    print_bench(
        f"classify, {tier} tier", round(quadratic_kappa(true[1], urgency), 3), "kappa",
        name, round(quadratic_kappa(true[1], theirs[1]), 3),
    )  # fmt: skip


if __name__ == "__main__":
    with threadpool_limits(1):  # everything here is measured on one core
        main()
