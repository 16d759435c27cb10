"""What the fast tier sees of a text: pieces of words, pairs of words, phrases of the pack and how the text is written."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from zlib import crc32

from services.classifier.assess.core.concepts import Concepts
from services.classifier.assess.core.lexicon import Found
from services.classifier.assess.core.scopes import acting_modifiers, is_in_scope
from shared.pack import PhraseKind, PhraseRule

__all__ = ["TextFeatures", "text_features", "word_pieces"]

SHORTEST_PIECE: Final = 3
LONGEST_PIECE: Final = 5
LONGEST_WORD: Final = 24
"""Letters of a word that count: nobody needs more to know it, and a text cannot make one word expensive."""
SHOUTED_LETTERS: Final = 10
"""In fewer letters capitals say nothing: BMW, PKP."""
POINTS_THAT_DOUBLE: Final = 40.0
"""A phrase with so many points says twice as much about what the report is about as one with none: grave things lead."""
AGAIN_VALUE: Final = 0.3
MOST_WORDS: Final = 400
"""Words of a text that count."""

_LATIN: Final = str.maketrans(
    {
        "а": "a", "б": "b", "в": "w", "г": "h", "ґ": "g", "д": "d", "е": "e", "є": "je", "ж": "z", "з": "z",
        "и": "y", "і": "i", "ї": "i", "й": "j", "к": "k", "л": "l", "м": "m", "н": "n", "о": "o", "п": "p",
        "р": "r", "с": "s", "т": "t", "у": "u", "ф": "f", "х": "ch", "ц": "c", "ч": "cz", "ш": "sz",
        "щ": "szcz", "ь": "", "ю": "ju", "я": "ja", "ы": "y", "э": "e", "ё": "e", "ъ": "",
    }
)  # fmt: skip
"""Ukrainian letters as a Pole would write the sound: kin words meet (вода, woda), and Ukrainian in Latin letters comes near."""


@dataclass(frozen=True, slots=True)
class TextFeatures:
    """`placed` are a feature's name, the word (its position) that it stands at and its value; the rest belong to no place."""

    words: list[str]
    placed: list[tuple[str, int, float]]
    unplaced: list[str]


def word_pieces(word: str) -> Iterator[int]:
    """Hashes (32 bits) of the whole word and of its pieces of three to five letters, edges marked; and the same in Latin letters."""
    word = word[:LONGEST_WORD]
    yield crc32(f"w {word}".encode())
    sound = word.translate(_LATIN)
    marked = f"<{sound}>"
    seen: set[str] = set()
    for size in range(SHORTEST_PIECE, LONGEST_PIECE + 1):
        for start in range(len(marked) - size + 1):
            piece = marked[start : start + size]
            if piece not in seen:
                seen.add(piece)
                yield crc32(piece.encode())


def text_features(found: Found, concepts: Concepts) -> TextFeatures:
    words = found.words.folded[:MOST_WORDS]
    placed = [(f"b {words[at]} {words[at + 1]}", at, 1.0) for at in range(len(words) - 1)]
    placed += _concept_features(words, concepts)
    acting = acting_modifiers(found)
    placed += [(f"m {modifier.kind}", where.first, 1.0) for modifier, where in acting]
    for rule, match in found.phrases:
        if rule.kind is PhraseKind.NEUTRAL:
            continue
        changed = [modifier.kind for modifier, where in acting if is_in_scope(modifier, where, match, found.words)]
        but = f" but {changed[0]}" if changed else ""
        placed += [(name + but, match.first, value) for name, value in _phrase_features(rule)]
    kept = [feature for feature in placed if feature[1] < len(words)]
    return TextFeatures(words, kept, _manner(found.words.text, found, len(words)))


def _concept_features(words: list[str], concepts: Concepts) -> Iterator[tuple[str, int, float]]:
    """The first word of a group says most; further ones confirm it."""
    seen: set[str] = set()
    for at, word in enumerate(words):
        for group in concepts.of(word):
            yield f"c {group}", at, AGAIN_VALUE if group in seen else 1.0
            seen.add(group)


def _phrase_features(rule: PhraseRule) -> Iterator[tuple[str, float]]:
    """What it is about by the pack's weight, how grave by its points: one weight for all phrases learns how far to trust them."""
    if rule.category is not None:
        yield f"p {rule.category}", rule.weight * (1 + max(rule.points, 0.0) / POINTS_THAT_DOUBLE)
    yield "p points", rule.points / POINTS_THAT_DOUBLE
    if rule.kind is not PhraseKind.CATEGORY or rule.floor:
        yield f"p {rule.floor or rule.kind}", 1.0


def _manner(text: str, found: Found, words: int) -> list[str]:
    letters = [letter for letter in text if letter.isalpha()]
    shouted = len(letters) > SHOUTED_LETTERS and sum(map(str.isupper, letters)) > len(letters) / 2
    return [
        *(["t asks"] if "?" in text else []),
        *(["t exclaims"] if "!" in text else []),
        *(["t shouts"] if shouted else []),
        *(["t no phrase"] if not found.phrases else []),
        f"t long {min(words // 8, 5)}",
    ]
