"""What people read: templates by channel and purpose, and the names of categories and urgencies, in one language."""

import re
from collections.abc import Mapping
from string import Formatter
from typing import Annotated, Final

from pydantic import Field

from shared.events.vocabulary import Category, Channel, Language, Urgency
from shared.pack.model import Line, PackModel
from shared.pack.sensor_rules import SensorLevel

Text = Annotated[str, Field(min_length=1, max_length=4_000)]


class Template(PackModel):
    """`subject` is an email's subject or a push message's title; text messages have none."""

    subject: Line | None = None
    body: Text


class Texts(PackModel):
    """texts/<language>.yaml. Purposes are those of NotificationRequested."""

    language: Language
    categories: dict[Category, Line]
    urgencies: dict[Urgency, Line]
    sensor_levels: dict[SensorLevel, Line]
    exercise_mark: Line
    """Put in front of everything that belongs to an exercise."""
    no_place: Line
    """Stands for {place} where none is known."""
    alert_title: Line
    """How an alert is named, with {category} and {place}."""
    templates: dict[Channel, dict[str, Template]]

    def title(self, category: str, place: str) -> str:
        """An alert's title, beginning with a capital letter; both as people read them in this language."""
        title = render(self.alert_title, {"category": category, "place": place})
        return title[:1].upper() + title[1:]


_ALERT: Final = frozenset({"city", "category", "urgency", "title", "place", "time", "url", "text"})
_PUBLIC: Final = _ALERT | {"leave_url"}
PLACEHOLDERS: Final[Mapping[str, frozenset[str]]] = {
    "alert": _ALERT,
    "update": _PUBLIC,
    "escalation": _ALERT | {"minutes"},
    "all_clear": _PUBLIC,
    "publish": _PUBLIC,
    "warning": _PUBLIC,
    "code": frozenset({"city", "code", "minutes", "leave_url"}),
}
"""What a template of each purpose may name. `leave_url` is empty for people on duty."""

TITLE_PLACEHOLDERS: Final = frozenset({"category", "place"})

_formatter = Formatter()
_NAME = re.compile(r"[a-z_]+\Z")


class UnsafeTemplateError(ValueError):
    """The template holds more than plain `{name}` placeholders; the message says what to do."""


def placeholders(template: str) -> frozenset[str]:
    """Return the names between braces. `{{` and `}}` stand for braces.

    Raises UnsafeTemplateError for anything but a plain name (`{a.b}`, `{a[0]}`, `{a!r}`, `{a:>9}`, `{}`, a lone brace).
    """
    try:
        fields = [field[1:] for field in _formatter.parse(template) if field[1] is not None]
    except ValueError as error:
        raise UnsafeTemplateError(f"a brace stands alone ({error}); write {{name}}, and {{{{ for a brace") from error
    for name, form, conversion in fields:
        if form or conversion or not _NAME.match(str(name)):
            raise UnsafeTemplateError(f"`{{{name}…}}` is no plain placeholder; write {{name}}, and {{{{ for a brace")
    return frozenset(str(name) for name, _, _ in fields)


def render(template: str, values: Mapping[str, str]) -> str:
    """Fill in the placeholders. Values are put in as they are: braces in them mean nothing.

    Raises UnsafeTemplateError, and KeyError for a placeholder without a value.
    """
    placeholders(template)
    return "".join(
        literal + (values[name] if name is not None else "") for literal, name, _, _ in _formatter.parse(template)
    )
