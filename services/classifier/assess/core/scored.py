"""What a tier makes of a text before anything is decided: sums of terms, each at its place."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from shared.events import Category

__all__ = ["CATEGORIES", "OUTPUTS", "URGENCY", "Floats", "Scored"]

Floats = NDArray[np.float32]

CATEGORIES: Final = tuple(Category)
URGENCY: Final = len(CATEGORIES)
"""The column of urgency: one number, the greater the more urgent. Those before it are the categories, in order."""
OUTPUTS: Final = URGENCY + 1


@dataclass(frozen=True, slots=True)
class Scored:
    """Additive: each of the OUTPUTS is `start` + the sum of `by_word` + `rest`, to rounding."""

    start: Floats
    """What a text is worth before it is read. Shape (OUTPUTS,)."""
    by_word: Floats
    """What each word of the text adds. Shape (words, OUTPUTS)."""
    rest: Floats
    """What belongs to no word: how it is written, its length. Shape (OUTPUTS,)."""

    @property
    def total(self) -> Floats:
        total: Floats = self.start + self.by_word.sum(axis=0, dtype=np.float32) + self.rest
        return total

    def mixed_with(self, other: "Scored", share: Floats) -> "Scored":
        """`share` of the other and the rest of this one, output by output."""
        return Scored(
            (1 - share) * self.start + share * other.start,
            (1 - share) * self.by_word + share * other.by_word,
            (1 - share) * self.rest + share * other.rest,
        )
