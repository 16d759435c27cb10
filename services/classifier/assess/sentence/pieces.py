"""Cuts words into the pieces that the sentence model knows (a SentencePiece unigram model), without a heavy dictionary."""

import re
from array import array
from bisect import bisect_left
from typing import Final
from zlib import crc32

import numpy as np

from services.classifier.assess.sentence.base_weights import BaseWeights

__all__ = ["Chunk", "Pieces"]

_META: Final = "▁"
_UNKNOWN_COST: Final = 10.0
_REMEMBERED_WORDS: Final = 20_000
_SPACED: Final = re.compile(r"\S+")

Chunk = tuple[int, int, list[int]]
"""What stands between two blanks: its place in the text, and its pieces."""


class Pieces:
    """A quarter of a million pieces in sorted hashes: 4 MB where a dictionary would take 45."""

    def __init__(self, base: BaseWeights) -> None:
        self._offsets = base.piece_offsets
        self._spelled = base.piece_bytes
        self._scores = base.piece_scores
        self._characters = base.characters
        self._unknown = base.unknown
        ends = base.piece_offsets.tolist()
        hashes = np.fromiter(
            (crc32(base.piece_bytes[ends[at] : ends[at + 1]]) for at in range(len(ends) - 1)),
            dtype=np.uint32,
            count=len(ends) - 1,
        )
        order = np.argsort(hashes, kind="stable")
        self._hashes = array("I", hashes[order].tobytes())
        self._ids = array("I", order.astype(np.uint32).tobytes())
        self._longest = int(np.diff(base.piece_offsets.astype(np.int64)).max())
        self._unknown_score = float(self._scores.min()) - _UNKNOWN_COST
        self._known: dict[str, list[int]] = {}

    def chunks(self, text: str, most: int) -> list[Chunk]:
        """The text's chunks in order, as far as `most` pieces reach."""
        found: list[Chunk] = []
        left = most
        for spaced in _SPACED.finditer(text):
            pieces = self._pieces(spaced.group())[:left]
            found.append((spaced.start(), spaced.end(), pieces))
            left -= len(pieces)
            if left <= 0:
                break
        return found

    def _pieces(self, chunk: str) -> list[int]:
        known = self._known.get(chunk)
        if known is None:
            if len(self._known) >= _REMEMBERED_WORDS:
                self._known.clear()  # bounded: texts from outside must not fill the memory
            read = "".join(self._characters.get(ord(letter), letter) for letter in chunk[:200])
            known = [piece for word in read.split() for piece in self._cut(_META + word)]
            self._known[chunk] = known
        return known

    def _cut(self, word: str) -> list[int]:
        """The most probable row of pieces (Viterbi)."""
        letters = [letter.encode() for letter in word]
        best = [0.0] + [-1e30] * len(letters)
        came: list[tuple[int, int]] = [(0, 0)] * (len(letters) + 1)
        for start in range(len(letters)):
            spelled = b""
            for end in range(start + 1, len(letters) + 1):
                spelled += letters[end - 1]
                if len(spelled) > self._longest:
                    break
                piece = self._find(spelled)
                score = self._unknown_score if piece is None and end == start + 1 else None
                if piece is not None:
                    score = float(self._scores[piece])
                if score is not None and best[start] + score > best[end]:
                    best[end] = best[start] + score
                    came[end] = (start, self._unknown if piece is None else piece)
        found: list[int] = []
        at = len(letters)
        while at > 0:
            at, piece_id = came[at]
            found.append(piece_id)
        return found[::-1]

    def _find(self, spelled: bytes) -> int | None:
        wanted = crc32(spelled)
        at = bisect_left(self._hashes, wanted)
        while at < len(self._hashes) and self._hashes[at] == wanted:
            piece = self._ids[at]
            if self._spelled[int(self._offsets[piece]) : int(self._offsets[piece + 1])] == spelled:
                return None if piece == self._unknown else piece
            at += 1
        return None
