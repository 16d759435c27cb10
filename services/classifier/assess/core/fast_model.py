"""The fast tier's model: a table of weights, one row for each (hashed) feature, added up."""

from typing import Any, Final
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from services.classifier.assess.core.concepts import Concepts
from services.classifier.assess.core.lexicon import Found
from services.classifier.assess.core.scored import OUTPUTS, Floats, Scored
from services.classifier.assess.core.word_features import text_features, word_pieces

__all__ = ["ROWS", "FastModel", "length_scale"]

ROWS: Final = 1 << 17
_REMEMBERED_WORDS: Final = 20_000


def length_scale(words: int) -> float:
    """A long text has more words, not more urgency: each counts by the root of how many there are."""
    return float(1 / np.sqrt(max(words, 1)))


class FastModel:
    """`weights` has shape (ROWS, OUTPUTS), `start` (OUTPUTS,). Keeps what known words are worth, a bounded number of them."""

    def __init__(self, weights: NDArray[np.floating[Any]], start: Floats, concepts: Concepts) -> None:
        self._weights = weights
        self._start = start.astype(np.float32)
        self._concepts = concepts
        self._words: dict[str, Floats] = {}

    def score(self, found: Found) -> Scored:
        features = text_features(found, self._concepts)
        by_word = np.zeros((len(found.words.folded), OUTPUTS), dtype=np.float32)
        if features.words:
            known = [self._words.get(word) for word in features.words]
            vectors = [
                self._look_up(word) if at is None else at for word, at in zip(features.words, known, strict=True)
            ]
            by_word[: len(vectors)] = np.array(vectors) * length_scale(len(vectors))
        if features.placed:
            rows = self._weights[[crc32(name.encode()) % ROWS for name, _, _ in features.placed]].astype(np.float32)
            rows *= np.array([value for _, _, value in features.placed], dtype=np.float32)[:, None]
            np.add.at(by_word, [at for _, at, _ in features.placed], rows)
        rest = self._weights[[crc32(name.encode()) % ROWS for name in features.unplaced]].sum(axis=0, dtype=np.float32)
        return Scored(self._start, by_word, rest)

    def _look_up(self, word: str) -> Floats:
        if len(self._words) >= _REMEMBERED_WORDS:
            self._words.clear()  # bounded: texts from outside must not fill the memory
        rows = [piece % ROWS for piece in word_pieces(word)]
        worth: Floats = self._weights[rows].sum(axis=0, dtype=np.float32) / np.float32(np.sqrt(len(rows)))
        self._words[word] = worth
        return worth
