"""A pack's phrases and modifiers of all its languages, ready to be found in a text."""

import hashlib
from dataclasses import dataclass

from services.classifier.assess.core.language import guess_language
from services.classifier.matching import Match, PhraseMatcher, without_overlaps
from services.classifier.words import Words, words_of
from shared.events import Language
from shared.pack import CityPack, Modifier, PhraseBook, PhraseRule

__all__ = ["Entry", "Found", "Lexicon"]


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the pack, and the language whose file it stands in."""

    rule: PhraseRule | Modifier
    language: Language


@dataclass(frozen=True, slots=True)
class Found:
    """What a text holds: none of them shares a word with another."""

    words: Words
    language: Language
    phrases: list[tuple[PhraseRule, Match[Entry]]]
    modifiers: list[tuple[Modifier, Match[Entry]]]


class Lexicon:
    """`version` changes whenever a phrase, a modifier or the scoring does."""

    def __init__(self, pack: CityPack) -> None:
        self._default = pack.city.default_language
        entries = [
            Entry(rule, language)
            for language in pack.city.languages
            if (book := pack.phrases.get(language)) is not None
            for rule in _lines(book)
        ]
        self._matcher = PhraseMatcher((entry, entry.rule.forms) for entry in entries)
        self.version = _hash([entry.rule.model_dump_json() for entry in entries] + [pack.scoring.model_dump_json()])

    def find(self, text: str, language: Language | None) -> Found:
        words = words_of(text)
        spoken = language or guess_language(words, self._default)
        matches = self._matcher.find(words)
        phrases: list[tuple[PhraseRule, Match[Entry]]] = []
        modifiers: list[tuple[Modifier, Match[Entry]]] = []
        for match in without_overlaps(matches, lambda match: match.means.language is not spoken):
            rule = match.means.rule
            if isinstance(rule, PhraseRule):
                phrases.append((rule, match))
            else:
                modifiers.append((rule, match))
        if modifiers:
            modifiers += _sharing_words(modifiers, matches)
        return Found(words, spoken, phrases, modifiers)


def _sharing_words(
    modifiers: list[tuple[Modifier, Match[Entry]]], matches: list[Match[Entry]]
) -> list[tuple[Modifier, Match[Entry]]]:
    """Modifiers of one kind may share words: in `pożaru nie ma` and `nie ma pożaru` the same words reach back and forth."""
    owner = {word: modifier.kind for modifier, match in modifiers for word in match.words}
    kept = {id(match) for _, match in modifiers}
    return [
        (rule, match)
        for match in matches
        if isinstance(rule := match.means.rule, Modifier)
        and id(match) not in kept
        and all(owner.get(word) is rule.kind for word in match.words)
    ]


def _lines(book: PhraseBook) -> list[PhraseRule | Modifier]:
    return [*book.rules, *book.modifiers]


def _hash(parts: list[str]) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:10]
