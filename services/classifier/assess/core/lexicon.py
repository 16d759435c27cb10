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
        kept = without_overlaps(self._matcher.find(words), lambda match: match.means.language is not spoken)
        phrases: list[tuple[PhraseRule, Match[Entry]]] = []
        modifiers: list[tuple[Modifier, Match[Entry]]] = []
        for match in kept:
            rule = match.means.rule
            if isinstance(rule, PhraseRule):
                phrases.append((rule, match))
            else:
                modifiers.append((rule, match))
        return Found(words, spoken, phrases, modifiers)


def _lines(book: PhraseBook) -> list[PhraseRule | Modifier]:
    return [*book.rules, *book.modifiers]


def _hash(parts: list[str]) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:10]
