"""Reads reports with the trained models: the fast tier always, the full tier where it is there and in time."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final
from zlib import crc32

import numpy as np

from services.classifier.assess.core.assessor import ReportText
from services.classifier.assess.core.deciding import Read, Tier, decide
from services.classifier.assess.core.instructions import without_instructions
from services.classifier.assess.core.levels import ASCENDING
from services.classifier.assess.core.lexicon import Found, Lexicon
from services.classifier.assess.core.scored import OUTPUTS, URGENCY, Floats, Scored
from services.classifier.assess.sentence.full_tier import FullTier
from services.classifier.assess.trained import Trained
from services.classifier.words import Words
from shared.events import Assessment, Urgency
from shared.pack import CityPack

__all__ = ["ModelAssessor"]

SHORTEST_TELLING_WORD: Final = 3
"""Letters of a word that can show that a text is understood."""


class ModelAssessor:
    """Implements Assessor. Pure, apart from the full tier being late: the same text gives the same assessment by the same tier."""

    def __init__(self, pack: CityPack, trained: Trained, full: FullTier | None = None) -> None:
        self._lexicon = Lexicon(pack)
        self._scoring = pack.scoring
        self._fast = trained.fast
        self._known = trained.known_words
        self._full = full
        manifest = trained.manifest
        version = f"{manifest.version}-{self._lexicon.version}"
        self._fast_tier: Final = manifest.fast.tier("fast", version)
        self._full_tier: Final = manifest.full.tier("full", version) if manifest.full is not None else self._fast_tier
        self._fast_share = _shares(manifest.mix)
        self._confident_from = manifest.second_opinion

    @property
    def tier(self) -> str:
        """The best tier that reads at the moment."""
        return "full" if self._full is not None and self._full.failed is None else "fast"

    def assess(self, report: ReportText) -> Assessment:
        return self.assess_many([report])[0]

    def assess_many(self, reports: Sequence[ReportText]) -> list[Assessment]:
        """In the caller's thread, the full tier without a deadline."""
        found = [self._find(report) for report in reports]
        full: list[Scored | None] = [None] * len(found)
        if self._full is not None:
            full = self._full.score_now(_masked(found))
        return [self._decide(*each) for each in zip(reports, found, full, strict=True)]

    async def assess_soon(self, reports: Sequence[ReportText]) -> list[Assessment]:
        """As `assess_many`; what the full tier does not read within its deadline is read by the fast tier alone."""
        found = [self._find(report) for report in reports]
        full: list[Scored | None] = [None] * len(found)
        if self._full is not None:
            full = await self._full.score(_masked(found))
        return [self._decide(*each) for each in zip(reports, found, full, strict=True)]

    def _find(self, report: ReportText) -> Found:
        """The words and phrases of what speaks to no reader, with the places of the text as it was written."""
        found = self._lexicon.find(without_instructions(report.text), report.language)
        return replace(found, words=replace(found.words, text=report.text))

    def _decide(self, report: ReportText, found: Found, full: Scored | None) -> Assessment:
        fast = self._fast.score(found)
        speaks = without_instructions(report.text) != report.text
        if full is None:
            read = Read(self._fast_tier, found, fast, report.category_hint, speaks, self._is_understood(found))
        else:
            mixed = full.mixed_with(fast, self._fast_share)
            second = _confident(self._fast_tier, fast, self._confident_from)
            read = Read(self._full_tier, found, mixed, report.category_hint, speaks, self._is_understood(found), second)
        return decide(read, self._scoring)

    def _is_understood(self, found: Found) -> bool:
        """Somebody has used one of these words before, or the pack knows them; or there is nothing left to understand."""
        words = [word for word in found.words.folded if len(word) >= SHORTEST_TELLING_WORD]
        return not words or bool(found.phrases) or any(crc32(word.encode()) in self._known for word in words)


def _masked(found: Sequence[Found]) -> list[Words]:
    return [replace(each.words, text=without_instructions(each.words.text)) for each in found]


def _confident(tier: Tier, fast: Scored, least: float) -> Urgency:
    """The highest urgency that the tier gives at least this chance."""
    steps = tier.levels.at_least(float(fast.total[URGENCY]))
    return ASCENDING[sum(chance >= least for chance in steps)]


def _shares(mix: tuple[float, float]) -> Floats:
    shares: Floats = np.full(OUTPUTS, mix[0], dtype=np.float32)
    shares[URGENCY] = mix[1]
    return shares
