"""Makes evenings of a city whose truth is known: which report is about which event.

What it has: several hazards at once, places that are 5–300 m off, reports without coordinates that name a street (inflected, in three
languages) or nothing at all, house numbers, people who call again, hearsay from far away, rumours of what is not happening, one hazard
that 200 people a minute report. What it does not have: sentences written by many hands (each hazard has about a dozen ways to say it),
typing errors beyond missing diacritics, events that change their kind, reports in the wrong order, sensors, photos, operators.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from math import cos, exp, radians
from pathlib import Path
from typing import Any, Final

import yaml

from tests.classifier_builders import przemysl

__all__ = ["Evening", "Family", "calm", "dispatch", "family", "storm"]

BEGIN: Final = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)
METRES_PER_DEGREE: Final = 111_195.0
AGAIN: Final = {"pl": "Dzwonię drugi raz. ", "uk": "Я вже дзвонив. ", "en": "Calling again. "}
HEARSAY: Final = {"pl": "Mama dzwoniła: ", "uk": "Мама дзвонила: ", "en": "My friend says: "}
LANGUAGES: Final = (("pl", 0.62), ("uk", 0.26), ("en", 0.12))


@dataclass(frozen=True, slots=True)
class Hazard:
    name: str
    spread_m: float
    lasts_s: float
    texts: dict[str, list[str]]
    storm: bool = False


@dataclass(frozen=True, slots=True)
class Spot:
    """Where an event is: a named place of the gazetteer, or nowhere that has a name."""

    lat: float
    lon: float
    names: dict[str, list[str]] = field(default_factory=dict)
    is_street: bool = False


@dataclass(frozen=True, slots=True)
class Family:
    hazards: tuple[Hazard, ...]
    spots: tuple[Spot, ...]


Happening = tuple[Hazard, Spot, float]


@dataclass(slots=True)
class Evening:
    """`lines` are those of `hejnal classifier replay`; `truth` says which event each report is about."""

    lines: list[dict[str, Any]] = field(default_factory=list)
    truth: dict[str, str] = field(default_factory=dict)

    def add(self, event: str, seconds: float, **fields: Any) -> None:
        report = f"r{len(self.lines):05d}"
        received_at = (BEGIN + timedelta(seconds=round(seconds, 3))).isoformat()
        line = {"type": "report", "id": report, "received_at": received_at, **fields}
        self.lines.append({key: value for key, value in line.items() if value is not None})
        self.truth[report] = event


def family(name: str) -> Family:
    """`development`, `held_out` or `dispatch`."""
    read = yaml.safe_load((Path(__file__).parent / f"{name}.yaml").read_text("utf-8"))
    places = {place.id: place for place in przemysl().gazetteer.places}
    hazards = [
        Hazard(
            one["name"],
            one["spread_m"],
            one["lasts_s"],
            {language: one[language] for language, _ in LANGUAGES if language in one},
            one.get("storm", False),
        )
        for one in read["hazards"]
    ]
    spots = [
        Spot(
            places[one["id"]].lat,
            places[one["id"]].lon,
            {language: one[language] for language, _ in LANGUAGES},
            one["id"].startswith("ul-"),
        )
        for one in read.get("places", [])
    ]
    return Family(tuple(hazards), tuple(spots))


def calm(kinds: Family, seed: int, *, events: int = 40, hours: float = 6) -> Evening:
    """Many small events, often several at once."""
    chance, evening = random.Random(f"calm-{seed}"), Evening()
    known: list[Happening] = []
    for number in range(events):
        hazard, spot = chance.choice(kinds.hazards), _spot(chance, kinds.spots)
        count = 1 if chance.random() < 0.35 else chance.randint(2, 12)
        begin = chance.uniform(0, hours * 3600)
        if _can_be_told_apart((hazard, spot, begin), known):
            known.append((hazard, spot, begin))
            _event(chance, evening, f"e{number}", hazard, spot, begin, count)
    _rumours(chance, evening, kinds, hours * 3600, known)
    return evening


def storm(kinds: Family, seed: int, *, minutes: float = 3, others: int = 12) -> Evening:
    """200 reports a minute of one hazard, and what else happens in that hour."""
    chance, evening = random.Random(f"storm-{seed}"), Evening()
    hazard = chance.choice([one for one in kinds.hazards if one.storm])
    _event(chance, evening, "storm", hazard, _spot(chance, kinds.spots), 600, int(200 * minutes), lasts_s=minutes * 60)
    for number in range(others):
        small, spot = chance.choice(kinds.hazards), _spot(chance, kinds.spots)
        if small is not hazard:
            _event(chance, evening, f"e{number}", small, spot, chance.uniform(0, 3600), chance.randint(1, 15))
    return evening


def dispatch(kinds: Family, seed: int, *, events: int = 400, hours: float = 24) -> Evening:
    """A dispatcher's day in a district of 30 by 30 km far away: exact places, short words, two units sent to one accident."""
    chance, evening = random.Random(f"dispatch-{seed}"), Evening()
    corners = [
        Spot(40.0 + chance.uniform(0, 0.27), -75.5 + chance.uniform(0, 0.35)) for _ in range(60)
    ]  # crossings and homes that are called to again and again
    for number in range(events):
        hazard = chance.choice(kinds.hazards)
        spot = (
            chance.choice(corners)
            if chance.random() < 0.3
            else Spot(40.0 + chance.uniform(0, 0.27), -75.5 + chance.uniform(0, 0.35))
        )
        begin = chance.uniform(0, hours * 3600)
        for call in range(chance.choice([1, 1, 1, 2, 2, 3])):
            lat, lon = _moved(chance, spot.lat, spot.lon, chance.uniform(0, 40) if call else 0)
            text = chance.choice(hazard.texts["en"])
            evening.add(f"e{number}", begin + chance.uniform(0, hazard.lasts_s), text=text, lat=lat, lon=lon)
    return evening


def _can_be_told_apart(newcomer: Happening, known: Sequence[Happening]) -> bool:
    """Not the same hazard again around the same corner while the first goes on: nobody could say which of the two a caller means."""
    hazard, spot, begin = newcomer
    for other, there, began in known:
        if other is not hazard or abs(begin - began) > hazard.lasts_s + 5400:
            continue
        north, east = spot.lat - there.lat, (spot.lon - there.lon) * cos(radians(spot.lat))
        if METRES_PER_DEGREE * (north**2 + east**2) ** 0.5 < 700 + 4 * hazard.spread_m:
            return False
    return True


def _spot(chance: random.Random, spots: Sequence[Spot]) -> Spot:
    near = chance.choice(spots)
    lat, lon = _moved(chance, near.lat, near.lon, chance.uniform(0, 150))
    return Spot(lat, lon, near.names, near.is_street)


def _event(  # noqa: PLR0917
    chance: random.Random,
    evening: Evening,
    name: str,
    hazard: Hazard,
    spot: Spot,
    begin: float,
    count: int,
    *,
    lasts_s: float | None = None,
) -> None:
    number = str(chance.randint(1, 90)) if spot.is_street and hazard.spread_m <= 60 and chance.random() < 0.6 else None
    callers: list[str] = []
    for at in sorted(chance.random() ** 1.5 for _ in range(count)):
        language = chance.choices([one for one, _ in LANGUAGES], [weight for _, weight in LANGUAGES])[0]
        again = bool(callers) and chance.random() < 0.12
        client = chance.choice(callers) if again else f"{name}-c{len(callers)}"
        callers.append(client)
        text, place = _said(chance, hazard, spot, number, language)
        text = (AGAIN[language] if again else "") + text
        evening.add(name, begin + at * (lasts_s or hazard.lasts_s), text=text, client=client, **place)


def _said(
    chance: random.Random, hazard: Hazard, spot: Spot, number: str | None, language: str
) -> tuple[str, dict[str, float]]:
    """The words and the coordinates, if any."""
    how = chance.random()
    named = chance.choice(spot.names[language])
    if number is not None and chance.random() < 0.5:
        named = f"{named} {number}"
    template = chance.choice(hazard.texts[language])
    if how < 0.05:  # neither a name nor a place
        return _spoken(chance, template, ""), {}
    if how < 0.27:
        return _spoken(chance, template, named), {}
    lat, lon = _moved(chance, spot.lat, spot.lon, hazard.spread_m * chance.random() ** 0.5)
    if how < 0.31:  # somebody far away who heard of it
        lat, lon = _moved(chance, lat, lon, chance.uniform(1000, 3000))
        return HEARSAY[language] + _spoken(chance, template, named), {"lat": lat, "lon": lon}
    error_m = min(300.0, max(5.0, exp(chance.gauss(3.4, 1.0))))
    lat, lon = _moved(chance, lat, lon, error_m)
    return _spoken(chance, template, named if chance.random() < 0.5 else ""), {"lat": lat, "lon": lon}


def _spoken(chance: random.Random, template: str, named: str) -> str:
    text = " ".join(template.format(at=named).replace(" ,", ",").split())
    if chance.random() < 0.15:
        text = text.translate(str.maketrans("ąćęłńóśźż", "acelnoszz"))
    return text.lower() if chance.random() < 0.2 else text


def _rumours(chance: random.Random, evening: Evening, kinds: Family, lasts_s: float, known: list[Happening]) -> None:
    """Somebody heard of something that is not happening: an event of its own."""
    for number in range(4):
        hazard, spot, begin = chance.choice(kinds.hazards), _spot(chance, kinds.spots), chance.uniform(0, lasts_s)
        text = "Podobno: " + _spoken(chance, chance.choice(hazard.texts["pl"]), chance.choice(spot.names["pl"]))
        if _can_be_told_apart((hazard, spot, begin), known):
            known.append((hazard, spot, begin))
            evening.add(f"rumour{number}", begin, text=text, client=f"rumour-{number}")


def _moved(chance: random.Random, lat: float, lon: float, by_m: float) -> tuple[float, float]:
    north, east = chance.gauss(0, 1), chance.gauss(0, 1)
    length = (north * north + east * east) ** 0.5 or 1.0
    return (
        round(lat + by_m * north / length / METRES_PER_DEGREE, 6),
        round(lon + by_m * east / length / METRES_PER_DEGREE / cos(radians(lat)), 6),
    )
