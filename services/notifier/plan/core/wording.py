"""What a message says, in the recipient's language, without what only the sender may know.

The body that travels through Kafka keeps three open places, `{url}`, `{leave_url}` and `{code}`: the sender fills them at sending, so
that no secret is in Kafka. Braces in anything that people wrote are doubled and mean nothing.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from shared.events import AlertChanged, Channel, Language, Purpose
from shared.pack import CityPack, render

__all__ = ["Words", "words_for_alert", "words_for_code"]

_OPEN: Final = {"url": "{url}", "leave_url": "{leave_url}", "code": "{code}"}
_MOST_TEXT: Final = 280


@dataclass(frozen=True, slots=True)
class Words:
    subject: str
    body: str


def words_for_alert(
    pack: CityPack, alert: AlertChanged, channel: Channel, purpose: Purpose, language: Language, *, minutes: int = 0
) -> Words:
    """`minutes` is how long nobody has answered, for escalations."""
    language = pack.language(language)
    texts = pack.texts[language]
    place = alert.place or texts.no_place
    category = pack.category_name(alert.category, language)
    values = {
        "city": pack.city.names.within(language, pack.city.default_language),
        "category": category,
        "urgency": pack.urgency_name(alert.urgency, language),
        "title": _title(pack, alert, language, category, place),
        "place": place,
        "time": _local(alert.opened_at, pack).strftime("%H:%M"),
        "text": _text(alert, purpose),
        "minutes": str(minutes),
    }
    return _write(pack, channel, purpose, language, values, exercise=alert.exercise)


def words_for_code(pack: CityPack, channel: Channel, language: Language, *, minutes: int) -> Words:
    language = pack.language(language)
    city = pack.city.names.within(language, pack.city.default_language)
    return _write(pack, channel, "code", language, {"city": city, "minutes": str(minutes)}, exercise=False)


def _write(
    pack: CityPack, channel: Channel, purpose: Purpose, language: Language, values: dict[str, str], *, exercise: bool
) -> Words:
    template = pack.template(channel, purpose, language)
    closed = {name: _closed(value) for name, value in values.items()} | _OPEN
    mark = pack.texts[language].exercise_mark if exercise else ""
    subject = render(template.subject, closed) if template.subject else ""
    return Words(f"{mark}{subject}" if subject else "", f"{mark}{render(template.body, closed)}".rstrip())


def _closed(value: str) -> str:
    return value.replace("{", "{{").replace("}", "}}")


def _title(pack: CityPack, alert: AlertChanged, language: Language, category: str, place: str) -> str:
    if language is pack.city.default_language and alert.title:
        return alert.title
    return pack.texts[language].title(category, place)


def _text(alert: AlertChanged, purpose: Purpose) -> str:
    """What residents hear is what a person wrote for them, never a report's own words."""
    if purpose in {"publish", "warning"} or alert.public_text:
        return alert.public_text or ""
    told = next((evidence.text for evidence in alert.evidence if evidence.text), "")
    return told[:_MOST_TEXT]


def _local(at: datetime, pack: CityPack) -> datetime:
    return at.astimezone(pack.city.zone)
