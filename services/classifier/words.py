"""A report's text as words that phrases can be matched against, each still knowing where it stands in the text."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from shared.pack import fold

__all__ = ["Words", "words_of"]

_TOKEN: Final = re.compile(r"(?P<word>[^\W_][\w']*)|(?P<end>[.!?…\n]+)|(?P<pause>[,;:()–—]|\s-\s)")
_STRETCHED: Final = re.compile(r"(.)\1{2,}")
_ABBREVIATIONS: Final = frozenset(
    [
        "ul",
        "al",
        "pl",
        "os",
        "nr",
        "godz",
        "sw",
        "dr",
        "m",
        "in",
        "np",
        "tel",
        "kl",
        "вул",
        "бул",
        "буд",
        "кв",
        "пл",
        "просп",
        "st",
        "no",
        "mr",
        "mrs",
    ]
)
"""A full stop after these does not end a sentence."""


@dataclass(frozen=True, slots=True)
class Words:
    """`text[starts[i]:ends[i]]` is the i-th word as it was written; `folded[i]` how phrases see it."""

    text: str
    folded: list[str]
    starts: list[int]
    ends: list[int]
    sentences: list[int]
    """The sentence each word belongs to, counted from 0."""
    clauses: list[int]
    """What stands between two commas or other pauses, counted from 0 through the whole text."""
    questions: frozenset[int]
    """The sentences that end with a question mark."""

    def span(self, first: int, last: int) -> tuple[int, int]:
        """Characters from the first word's start to the last word's end."""
        return self.starts[first], self.ends[last]


def words_of(text: str) -> Words:
    """Cuts into words: lower case, no diacritics, letters that somebody leaned on (`pożaaaar`) once. Offsets are those of `text`."""
    composed, origin = _composed(text)
    folded: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    sentences: list[int] = []
    clauses: list[int] = []
    questions: set[int] = set()
    sentence, clause, began = 0, 0, 0
    for token in _TOKEN.finditer(fold(composed)):
        mark = token.group()
        if token.lastgroup == "word":
            folded.append(_STRETCHED.sub(r"\1", mark))
            starts.append(token.start())
            ends.append(token.end())
            sentences.append(sentence)
            clauses.append(clause)
        elif token.lastgroup == "pause":
            clause += 1
        elif len(folded) > began and not (mark == "." and _is_abbreviated(folded[-1], ends[-1], token.start())):
            if "?" in mark:
                questions.add(sentence)
            sentence, clause, began = sentence + 1, clause + 1, len(folded)
    if origin is not None:
        starts, ends = [origin[at] for at in starts], [origin[at] for at in ends]
    return Words(text, folded, starts, ends, sentences, clauses, frozenset(questions))


def _is_abbreviated(word: str, word_ends: int, stop_at: int) -> bool:
    return word_ends == stop_at and (word in _ABBREVIATIONS or word.isdigit())


def _composed(text: str) -> tuple[str, list[int] | None]:
    """The text in NFC, and for each of its characters (and its end) where it came from; None when nothing moved."""
    if unicodedata.is_normalized("NFC", text):
        return text, None
    pieces: list[str] = []
    origin: list[int] = []
    at = 0
    for cluster in re.findall(r"(?s)[^\u0300-\u036f][\u0300-\u036f]*|[\u0300-\u036f]+", text):
        piece = unicodedata.normalize("NFC", cluster)
        pieces.append(piece)
        origin += [at] * len(piece)
        at += len(cluster)
    return "".join(pieces), [*origin, len(text)]
