"""Texts that exist in each language and can be filled in."""

from collections.abc import Iterator

from shared.events.vocabulary import Category, Channel, Language, Urgency
from shared.pack.pack import CityPack
from shared.pack.phrase_checks import missing_languages
from shared.pack.sensor_rules import SensorLevel
from shared.pack.source import Finding
from shared.pack.texts import PLACEHOLDERS, TITLE_PLACEHOLDERS, Template, Texts, UnsafeTemplateError, placeholders


def check_texts(pack: CityPack) -> Iterator[Finding]:
    """Find missing languages, names and fallbacks, unknown purposes and placeholders."""
    yield from missing_languages(pack, "texts", set(pack.texts))
    for language, texts in pack.texts.items():
        file = f"texts/{language}.yaml"
        yield from _names(file, texts)
        yield from _placeholders(file, ("alert_title",), texts.alert_title, TITLE_PLACEHOLDERS)
        for channel, templates in texts.templates.items():
            for purpose, template in templates.items():
                yield from _template(file, channel, purpose, template)
    yield from _fallbacks(pack.texts.get(pack.city.default_language), pack.city.default_language)


def _names(file: str, texts: Texts) -> Iterator[Finding]:
    wanted = (
        ("categories", set(texts.categories), Category),
        ("urgencies", set(texts.urgencies), Urgency),
        ("sensor_levels", set(texts.sensor_levels), SensorLevel),
    )
    for key, present, words in wanted:
        for word in words:
            if word not in present:
                yield Finding(file, (key,), f"no name for `{word}`", "add it: people would read the program's word")


def _template(file: str, channel: Channel, purpose: str, template: Template) -> Iterator[Finding]:
    path = ("templates", channel, purpose)
    if purpose not in PLACEHOLDERS:
        yield Finding(file, path, f"unknown purpose `{purpose}`", f"use one of {', '.join(PLACEHOLDERS)}")
        return
    if (template.subject is None) != (channel is Channel.SMS):
        reason = "a text message has no subject" if channel is Channel.SMS else f"{channel} needs a subject"
        yield Finding(file, path, reason, "remove it" if channel is Channel.SMS else "add it")
    yield from _placeholders(file, (*path, "subject"), template.subject or "", PLACEHOLDERS[purpose])
    yield from _placeholders(file, (*path, "body"), template.body, PLACEHOLDERS[purpose])


def _placeholders(file: str, path: tuple[str, ...], text: str, known: frozenset[str]) -> Iterator[Finding]:
    try:
        unknown = placeholders(text) - known
    except UnsafeTemplateError as error:
        yield Finding(file, path, str(error), "correct the template")
        return
    for name in sorted(unknown):
        listed = ", ".join(f"{{{name}}}" for name in sorted(known))
        yield Finding(file, path, f"unknown placeholder `{{{name}}}`", f"use {listed}")


def _fallbacks(texts: Texts | None, language: Language) -> Iterator[Finding]:
    """The city's first language has every template: the others fall back to it."""
    if texts is None:
        return
    for channel in Channel:
        for purpose in PLACEHOLDERS:
            if purpose not in texts.templates.get(channel, {}):
                reason = f"no {channel} template for `{purpose}` in the city's first language `{language}`"
                yield Finding(
                    f"texts/{language}.yaml", ("templates", channel), reason, "add it: the others fall back to it"
                )
