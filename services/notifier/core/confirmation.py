"""Whether a code that somebody typed confirms a subscription."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from services.notifier.core.tokens import same

__all__ = ["MOST_WRONG_CODES", "CodeAnswer", "CodeSent", "judge_code"]

MOST_WRONG_CODES: Final = 5
"""The fifth wrong one kills the code: one guess in 200,000."""


class CodeAnswer(StrEnum):
    CONFIRMED = "confirmed"
    ALREADY_CONFIRMED = "already_confirmed"
    WRONG = "wrong_code"
    DEAD = "code_is_dead"
    """Too many wrong ones: a new subscription is needed."""
    EXPIRED = "code_expired"


@dataclass(frozen=True, slots=True)
class CodeSent:
    code: str
    expires_at: datetime
    wrong_so_far: int
    confirmed: bool


def judge_code(sent: CodeSent, typed: str, now: datetime) -> CodeAnswer:
    if sent.confirmed:
        return CodeAnswer.ALREADY_CONFIRMED
    if sent.wrong_so_far >= MOST_WRONG_CODES:
        return CodeAnswer.DEAD
    if now >= sent.expires_at:
        return CodeAnswer.EXPIRED
    if same(sent.code, typed):
        return CodeAnswer.CONFIRMED
    return CodeAnswer.DEAD if sent.wrong_so_far + 1 >= MOST_WRONG_CODES else CodeAnswer.WRONG
