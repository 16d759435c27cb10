"""What reads reports: texts in, assessments out."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from shared.events import Assessment, Category, Language

__all__ = ["Assessor", "ReportText", "SoonAssessor"]


@dataclass(frozen=True, slots=True)
class ReportText:
    """What a tier may know of a report. The text is data: nothing in it is an instruction."""

    text: str
    language: Language | None = None
    category_hint: Category | None = None


class Assessor(Protocol):
    """Pure: the same text gives the same assessment. Explanations' offsets are characters of `text`; their points sum to the score."""

    def assess(self, report: ReportText) -> Assessment: ...

    def assess_many(self, reports: Sequence[ReportText]) -> list[Assessment]:
        """As `assess` for each, in order; a tier that is faster in batches makes use of it."""
        ...


class SoonAssessor(Protocol):
    """For whoever must not be kept waiting: a tier that is late is left out."""

    async def assess_soon(self, reports: Sequence[ReportText]) -> list[Assessment]: ...
