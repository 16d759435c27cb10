"""The classifier over HTTP: for try-outs and other software, not on the alert's way."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from services.classifier.assess.core.assessor import ReportText, SoonAssessor
from shared.events import Category, Explanation, Language, Record, Urgency
from shared.web import CleanText, RequestBody, problem_responses

__all__ = ["Classified", "make_router"]


class Classified(Record):
    """An assessment as POST /v1/classify and `hejnal classifier classify` answer it."""

    category: Category
    also: tuple[Category, ...]
    urgency: Urgency
    score: float
    probability: float
    raises_alert: bool
    needs_review: bool
    tier: str
    model: str
    explanation: Explanation


def make_router(assessor: SoonAssessor, text_characters: int) -> APIRouter:
    class Classify(RequestBody):
        """A text to try."""

        text: Annotated[
            CleanText,
            Field(min_length=1, max_length=text_characters, examples=["Pali się dom, w środku są ludzie!"]),
        ]
        language: Language | None = None

    router = APIRouter(prefix="/v1", tags=["classify"])

    @router.post("/classify", responses=problem_responses(400, 413, 415, 422))
    async def classify(body: Classify) -> Classified:
        """What a report with this text would be assessed as, and why. Nothing is kept and nobody is told."""
        (assessment,) = await assessor.assess_soon([ReportText(body.text, body.language)])
        return Classified.model_validate(assessment, from_attributes=True)

    return router
