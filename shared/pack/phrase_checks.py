"""Phrases that can be read, mean one thing, and say what they are for."""

from collections.abc import Iterator

from shared.events.vocabulary import Urgency
from shared.pack.pack import CityPack
from shared.pack.phrase_syntax import Form, PhraseSyntaxError
from shared.pack.phrases import Modifier, PhraseBook, PhraseKind, PhraseRule
from shared.pack.source import Finding
from shared.pack.unique_ids import repeated


def check_phrases(pack: CityPack) -> Iterator[Finding]:
    """Find languages without phrases, phrases that cannot be read or are written twice, rules without effect."""
    yield from missing_languages(pack, "phrases", set(pack.phrases))
    for language, book in pack.phrases.items():
        file = f"phrases/{language}.yaml"
        yield from repeated(file, ("rules",), (rule.id for rule in book.rules))
        yield from repeated(file, ("modifiers",), (modifier.id for modifier in book.modifiers))
        yield from _book(file, book)


def missing_languages(pack: CityPack, folder: str, present: set[str]) -> Iterator[Finding]:
    """Find the city's languages that have no file in `folder`."""
    for index, language in enumerate(pack.city.languages):
        if language not in present:
            reason = f"the language `{language}` has no {folder}/{language}.yaml"
            yield Finding("city.yaml", ("languages", index), reason, "write the file, or remove the language")


def _book(file: str, book: PhraseBook) -> Iterator[Finding]:
    seen: dict[Form, str] = {}
    for index, rule in enumerate(book.rules):
        yield from _forms(file, ("rules", index), rule, seen)
        yield from _purpose(file, ("rules", index), rule)
    seen_modifiers: dict[Form, str] = {}
    for index, modifier in enumerate(book.modifiers):
        yield from _forms(file, ("modifiers", index), modifier, seen_modifiers)
        if modifier.factor == 1 and modifier.points == 0:
            path = ("modifiers", index)
            yield Finding(file, path, "neither factor nor points: it changes nothing", "give one, or remove it")


def _forms(
    file: str, path: tuple[int | str, ...], rule: PhraseRule | Modifier, seen: dict[Form, str]
) -> Iterator[Finding]:
    at = (*path, "phrase")
    try:
        forms = rule.forms
    except PhraseSyntaxError as error:
        yield Finding(file, at, f"cannot be read: {error}", "correct the phrase")
        return
    for form in forms:
        if (owner := seen.setdefault(form, rule.id)) != rule.id:
            words = " ".join(f"{word.text}{'*' if word.is_stem else ''}" for word in form)
            yield Finding(
                file, at, f"`{words}` already belongs to {owner}", "keep it in one rule: the later would never match"
            )


def _purpose(file: str, path: tuple[int | str, ...], rule: PhraseRule) -> Iterator[Finding]:
    if rule.kind is PhraseKind.CATEGORY and rule.category is None:
        yield Finding(file, path, "kind category without a category", "add its category, or another kind")
    if rule.kind is PhraseKind.NEUTRAL and (rule.points or rule.category or rule.floor):
        yield Finding(file, path, "kind neutral with points, category or floor", "remove them, or choose another kind")
    if rule.kind is PhraseKind.RELIEF and rule.points > 0:
        yield Finding(file, (*path, "points"), "relief adds points", "make them negative, or choose another kind")
    if rule.floor in {Urgency.NONE, Urgency.LOW, Urgency.MEDIUM}:
        reason = f"the floor {rule.floor} is no safety floor"
        yield Finding(file, (*path, "floor"), reason, "floors are high or critical; use points below that")
