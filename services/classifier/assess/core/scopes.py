"""Which phrases a modifier acts on, and which modifiers do not count."""

from typing import Final

from services.classifier.assess.core.lexicon import Entry, Found
from services.classifier.matching import Match
from services.classifier.words import Words
from shared.pack import Modifier, ModifierKind, Scope

__all__ = ["acting_modifiers", "is_in_scope"]

_CAN_BE_DENIED: Final = frozenset(
    {ModifierKind.EXERCISE, ModifierKind.FILM, ModifierKind.TEST, ModifierKind.SPAM, ModifierKind.PRAISE}
)


def acting_modifiers(found: Found) -> list[tuple[Modifier, Match[Entry]]]:
    """The modifiers that count: `to nie są ćwiczenia` is no exercise, and words of a question count where something is asked."""
    negations = [(modifier, match) for modifier, match in found.modifiers if modifier.kind is ModifierKind.NEGATION]
    return [
        (modifier, match)
        for modifier, match in found.modifiers
        if not _is_denied(modifier, match, negations, found.words) and _is_asked(modifier, match, found.words)
    ]


def is_in_scope(modifier: Modifier, at: Match[Entry], phrase: Match[Entry], words: Words) -> bool:
    """Whether the modifier found at `at` acts on the phrase. Reach is counted in words and ends at a comma."""
    if modifier.scope is Scope.REPORT:
        return True
    if words.sentences[at.first] != words.sentences[phrase.first]:
        return False
    if modifier.scope is Scope.SENTENCE:
        return True
    if words.clauses[at.first] != words.clauses[phrase.first]:
        return False
    if modifier.scope is Scope.FOLLOWING:
        return 0 < phrase.first - at.last <= modifier.reach_words
    return 0 < at.first - phrase.last <= modifier.reach_words


def _is_denied(
    modifier: Modifier, match: Match[Entry], negations: list[tuple[Modifier, Match[Entry]]], words: Words
) -> bool:
    return modifier.kind in _CAN_BE_DENIED and any(is_in_scope(no, at, match, words) for no, at in negations)


def _is_asked(modifier: Modifier, match: Match[Entry], words: Words) -> bool:
    """`Nie wiem, czy ktoś żyje` asks nothing: a question has its mark, or begins its sentence."""
    if modifier.kind is not ModifierKind.QUESTION:
        return True
    sentence = words.sentences[match.first]
    begins = match.first == 0 or words.sentences[match.first - 1] != sentence
    return begins or sentence in words.questions or not words.questions
