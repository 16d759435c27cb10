"""Is the training data fit to be used: balance, near-duplicates, leaks between the sides of the split, personal data."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path
from typing import Final
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from services.classifier.assess.core.scored import CATEGORIES
from services.classifier.learning.reports import DATA, Labelled, author_of, read_reports, split_of, training_files
from shared.errors import Invalid
from shared.events import Urgency

__all__ = ["Checked", "check", "near_duplicates", "personal_data"]

SHINGLE: Final = 5
HASHES: Final = 64
BAND: Final = 4
"""Sixteen bands of four: pairs as like as 0.6 meet with nine chances in ten (Leskovec, Rajaraman, Ullman 2020, ch. 3)."""
TOO_LIKE: Final = 0.7
LEAST_OF_A_CATEGORY: Final = 10
"""Reports of each category in each language, on a file set of the project's size."""
_PRIME: Final = (1 << 61) - 1

_PERSONAL: Final = {
    "telephone number": re.compile(r"(?<![\d.,])(?:\+?\d{2}[ -]?)?\d{3}[ -]?\d{3}[ -]?\d{3}(?![\d.,])"),
    "e-mail address": re.compile(r"[\w.+-]+@[\w-]+\.\w+"),
    "national id": re.compile(r"(?<!\d)\d{11}(?!\d)"),
    "number plate": re.compile(r"\b(?:R[A-Z]{1,2}|K[A-Z]{1,2}|W[A-Z]{1,2}|[A-Z]{2})\s?\d{4,5}[A-Z]{0,2}\b"),
    "payment card": re.compile(r"(?<!\d)(?:\d{4}[ -]?){3}\d{4}(?!\d)"),
    "web address": re.compile(r"https?://\S+"),
}


@dataclass(slots=True)
class Checked:
    """What to print, and what has to be mended."""

    lines: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def check(folder: Path | None = None) -> Checked:
    found = Checked()
    paths = training_files(folder or DATA)
    try:
        reports = read_reports(paths)
    except Invalid as error:
        found.problems.append(str(error))
        return found
    found.lines.append(
        f"{len(reports)} reports, {len({each.scenario for each in reports})} scenarios, {len(paths)} files"
    )
    _balance(reports, found)
    _identity(reports, found)
    for kind, report in personal_data(reports):
        found.problems.append(f"{report.id}: looks like a {kind}")
    _likeness(reports, found)
    return found


def personal_data(reports: Sequence[Labelled]) -> Iterator[tuple[str, Labelled]]:
    for report in reports:
        for kind, pattern in _PERSONAL.items():
            if pattern.search(report.text):
                yield kind, report


def near_duplicates(texts: Sequence[str]) -> list[tuple[int, int, float]]:
    """Pairs whose shingles (five letters, case aside) are as like as TOO_LIKE by Jaccard: found by MinHash, counted exactly."""
    shingles = [_shingles(text) for text in texts]
    signatures = np.array([_signature(each) for each in shingles])
    candidates: set[tuple[int, int]] = set()
    for start in range(0, HASHES, BAND):
        met: dict[bytes, list[int]] = {}
        for at, band in enumerate(signatures[:, start : start + BAND]):
            met.setdefault(band.tobytes(), []).append(at)
        for group in met.values():
            candidates.update(combinations(group[:50], 2))
    likeness = ((a, b, len(shingles[a] & shingles[b]) / len(shingles[a] | shingles[b])) for a, b in sorted(candidates))
    return [pair for pair in likeness if pair[2] >= TOO_LIKE]


def _shingles(text: str) -> frozenset[int]:
    plain = re.sub(r"\W+", " ", text.lower()).strip()
    return frozenset(crc32(plain[at : at + SHINGLE].encode()) for at in range(max(1, len(plain) - SHINGLE + 1)))


_FACTORS: Final = np.random.default_rng(1).integers(1, 1 << 31, size=HASHES, dtype=np.uint64)
_ADDENDS: Final = np.random.default_rng(2).integers(0, 1 << 31, size=HASHES, dtype=np.uint64)


def _signature(shingles: frozenset[int]) -> NDArray[np.uint64]:
    values = np.fromiter(shingles, dtype=np.uint64, count=len(shingles))
    hashed: NDArray[np.uint64] = ((values[:, None] * _FACTORS[None, :] + _ADDENDS[None, :]) % np.uint64(_PRIME)).min(
        axis=0
    )
    return hashed


def _balance(reports: Sequence[Labelled], found: Checked) -> None:
    by_language = Counter(each.language for each in reports)
    by_urgency = Counter(each.urgency for each in reports)
    by_author = Counter(map(author_of, reports))
    by_side = Counter(map(split_of, reports))
    for name, counts in (("language", by_language), ("urgency", by_urgency), ("voice", by_author), ("side", by_side)):
        found.lines.append(f"{name}: " + ", ".join(f"{key} {count}" for key, count in sorted(counts.items())))
    asking = Counter((each.category, each.language) for each in reports if each.urgency is not Urgency.NONE)
    for category in CATEGORIES:
        counts_by_language = {language: asking[category, language] for language in ("pl", "uk", "en")}
        found.lines.append(f"{category}: " + ", ".join(f"{key} {count}" for key, count in counts_by_language.items()))
        found.problems += [
            f"{category}: only {count} reports in {language}"
            for language, count in counts_by_language.items()
            if count < LEAST_OF_A_CATEGORY
        ]


def _identity(reports: Sequence[Labelled], found: Checked) -> None:
    for name, values in (("id", [each.id for each in reports]), ("text", [each.text for each in reports])):
        for value, count in Counter(values).items():
            if count > 1:
                found.problems.append(f"the same {name} {count} times: {value[:60]}")


def _likeness(reports: Sequence[Labelled], found: Checked) -> None:
    """Within a scenario people may say the same; across the split it would be a leak."""
    for first, second, likeness in near_duplicates([each.text for each in reports]):
        a, b = reports[first], reports[second]
        if split_of(a) != split_of(b):
            found.problems.append(f"leak between the sides: {a.id} and {b.id} are {likeness:.2f} alike")
        elif a.scenario != b.scenario:
            found.problems.append(f"near-duplicates: {a.id} and {b.id} are {likeness:.2f} alike")
