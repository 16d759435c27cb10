"""Which language a text is mostly in: only used to choose between phrases of two languages that claim the same words."""

from typing import Final

from services.classifier.words import Words
from shared.events import Language

__all__ = ["guess_language"]

_POLISH: Final = frozenset(
    [
        "nie",
        "jest",
        "na",
        "w",
        "z",
        "sie",
        "do",
        "i",
        "to",
        "przy",
        "ul",
        "po",
        "prosze",
        "u",
        "od",
        "o",
        "za",
        "ze",
        "jak",
        "mi",
        "nas",
        "mam",
        "tu",
        "tam",
        "juz",
        "bardzo",
        "ktos",
        "cos",
        "ma",
        "dzien",
        "dobry",
        "pan",
        "pani",
    ]
)
_ENGLISH: Final = frozenset(
    [
        "the",
        "is",
        "a",
        "of",
        "and",
        "in",
        "on",
        "there",
        "my",
        "at",
        "to",
        "it",
        "i",
        "we",
        "are",
        "was",
        "has",
        "have",
        "from",
        "near",
        "please",
        "someone",
        "with",
        "this",
        "that",
        "not",
        "for",
        "he",
        "she",
        "they",
        "can",
        "you",
    ]
)


def guess_language(words: Words, default: Language) -> Language:
    """Ukrainian when most words are Cyrillic; else by the small words that Polish and English don't share; else `default`."""
    cyrillic = sum("а" <= word[0] <= "я" or word[0] == "і" for word in words.folded)
    if cyrillic * 2 > len(words.folded):
        return Language.UK
    polish = sum(word in _POLISH for word in words.folded)
    english = sum(word in _ENGLISH for word in words.folded)
    if polish == english:
        return default
    return Language.PL if polish > english else Language.EN
