"""`python -m tests.bench.classify`: texts a second of the fast tier on one core."""

from time import process_time

from services.classifier.assess.core.assessor import ReportText
from services.classifier.assess.core.phrase_assessor import PhraseAssessor
from tests.bench.assess import texts
from tests.bench.lines import print_bench
from tests.classifier_builders import przemysl

ROUNDS = 5
GOAL_PER_S = 3_000


def main() -> None:
    """Each text is different, so that nothing but single words is remembered from one to the next."""
    assessor = PhraseAssessor(przemysl())
    known = texts()
    rates = []
    for turn in range(ROUNDS):
        reports = [ReportText(f"{known[number % len(known)]} nr {turn}{number}") for number in range(3000)]
        began = process_time()
        assessor.assess_many(reports)
        rates.append(len(reports) / (process_time() - began))
    print_bench("classify, fast tier", round(max(rates)), "texts/s on one core", "goal", GOAL_PER_S)


if __name__ == "__main__":
    main()
