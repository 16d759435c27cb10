"""What one report or reading says of its event: when, where, about which things. Joining compares accounts."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from math import inf
from typing import Final

from services.classifier.correlate.core.inflecting import spoken_forms
from services.classifier.matching import Match, PhraseMatcher, without_overlaps
from services.classifier.words import Words, words_of
from shared.events import Category, Evidence
from shared.pack import CityPack, Form, Place, PlaceKind, ThingKind, distance_m, parse_phrase

__all__ = ["Account", "AccountReader", "PlacedBy", "Spot", "kind_of"]

_VAGUE: Final = frozenset({PlaceKind.RIVER, PlaceKind.DISTRICT})
_ELSEWHERE_M: Final = 300.0
"""A named place so far beyond its own reach from the coordinates is somewhere else: somebody speaks of what they heard."""
_ANOTHER_TOWN_M: Final = 5_000.0
"""Beyond this it is a street of the same name in another town."""
_STEM: Final = 5
_SHORTEST_WORD: Final = 4
_STREET_BEFORE: Final = frozenset(
    {"ul", "ulica", "ulicy", "ulice", "al", "aleja", "alei", "вул", "вулиця", "вулиці", "вулицю"}
)
_STREET_AFTER: Final = frozenset({"street", "st", "road", "rd", "avenue", "ave", "lane", "ln", "drive", "dr", "pike"})
_SAYS_NOTHING: Final = frozenset(
    [
        "jest",
        "tutaj",
        "prosze",
        "szybko",
        "pomocy",
        "pomoc",
        "ktos",
        "cos",
        "bardzo",
        "chyba",
        "prawdopodobnie",
        "podobno",
        "teraz",
        "dzwonie",
        "drugi",
        "mama",
        "dzwonila",
        "ulica",
        "ulicy",
        "przy",
        "kolo",
        "obok",
        "przed",
        "przez",
        "wszystko",
        "jeden",
        "dwa",
        "trzy",
        "juz",
        "nadal",
        "znowu",
        "sie",
        "tego",
        "tym",
        "тут",
        "дуже",
        "зараз",
        "допоможіть",
        "допомога",
        "біля",
        "вже",
        "хтось",
        "щось",
        "вулиця",
        "вулиці",
        "мама",
        "дзвонила",
        "дзвонив",
        "знову",
        "один",
        "два",
        "there",
        "here",
        "please",
        "help",
        "near",
        "very",
        "street",
        "some",
        "somebody",
        "someone",
        "with",
        "from",
        "this",
        "that",
        "again",
        "calling",
        "friend",
        "says",
        "traffic",
        "needed",
        "emergency",
        "victim",
        "subject",
    ]
)


class PlacedBy(StrEnum):
    COORDINATES = "coordinates"
    ADDRESS = "address"
    TEXT = "text"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Spot:
    """A point, and how far off it may be because a named place is large."""

    lat: float
    lon: float
    coarse_m: float = 0.0


@dataclass(frozen=True, slots=True)
class Account:
    """`spots` are where it may be: the coordinates, else (or, when those are far from it, also) the place that is named."""

    at: datetime
    spots: tuple[Spot, ...]
    by: PlacedBy
    things: frozenset[str]
    """What it is about, each as `<kind>/<id>` of the pack."""
    kinds: frozenset[str]
    categories: tuple[Category, ...]
    """Where such things are told."""
    happens_in: frozenset[Category]
    """The foremost category of each happening."""
    within_m: float
    """How far apart reports of such things can be."""
    stems: frozenset[str]
    places: frozenset[str]
    """The named places that are small enough to tell events apart; `~name` for a street that the gazetteer lacks."""
    numbers: frozenset[tuple[str, str]]
    """House numbers, each with its street."""
    client: str
    name: str | None
    """The place as it was named, for people."""


class AccountReader:
    """Reads texts by one pack's things and gazetteer, in all its languages."""

    def __init__(self, pack: CityPack) -> None:
        language = pack.city.default_language
        places = [
            *pack.gazetteer.places,
            *_districts(pack),
        ]  # of a street and a district with one name the street is meant
        self._names = {place.id: place.names.within(language, language) for place in places}
        self._places = PhraseMatcher((place, _forms(place)) for place in places)
        self._things = PhraseMatcher((f"{thing.kind}/{thing.id}", thing.forms) for thing in pack.correlation.things)

        self._told_in = {f"{thing.kind}/{thing.id}": thing.categories for thing in pack.correlation.things}
        self._within_m = {f"{one.kind}/{one.id}": one.within_m or inf for one in pack.correlation.things}

    def read(self, piece: Evidence) -> Account:
        """The account of a piece of evidence: the same now as after a restart, for it needs nothing else."""
        words = words_of(piece.text or "")
        addressed = words_of(piece.place or "")
        in_address = without_overlaps(self._places.find(addressed))
        in_text = without_overlaps(self._places.find(words))
        by_address = min((match.means for match in in_address), key=_vagueness, default=None)
        named = by_address or min((match.means for match in in_text), key=_vagueness, default=None)
        owned = {position for match in in_text for position in match.words}
        places, numbers = _streets([(addressed, in_address), (words, in_text)])
        found = without_overlaps(self._things.find(words))  # no water is not water
        things = frozenset(match.means for match in found if owned.isdisjoint(match.words))
        return Account(
            at=piece.at,
            spots=_spots(piece, named),
            by=_placed_by(piece, named, by_address),
            things=things,
            kinds=frozenset(kind_of(thing) for thing in things),
            categories=tuple(sorted({category for thing in things for category in self._told_in[thing]})),
            happens_in=frozenset(
                self._told_in[thing][0]
                for thing in things
                if kind_of(thing) == ThingKind.HAPPENING and self._told_in[thing]
            ),
            within_m=min((self._within_m[thing] for thing in things), default=inf),
            stems=_stems(words, owned),
            places=places,
            numbers=numbers,
            client=piece.client or f"sensor/{piece.sensor_id}",
            name=piece.place or (self._names[named.id] if named and piece.lat is None else None),
        )


def kind_of(thing: str) -> str:
    return thing.partition("/")[0]


def _placed_by(piece: Evidence, named: Place | None, by_address: Place | None) -> PlacedBy:
    if piece.lat is not None:
        return PlacedBy.COORDINATES
    if by_address is not None:
        return PlacedBy.ADDRESS
    return PlacedBy.TEXT if named is not None else PlacedBy.NOTHING


def _districts(pack: CityPack) -> list[Place]:
    """Those that are circles, as large places."""
    return [
        Place(
            id=f"district.{district.id}",
            kind=PlaceKind.DISTRICT,
            names=district.names,
            lat=district.area.centre.lat,
            lon=district.area.centre.lon,
            radius_m=district.area.radius_m,
        )
        for district in pack.city.districts
        if district.area.centre is not None and district.area.radius_m is not None
    ]


def _forms(place: Place) -> list[Form]:
    """As the pack writes them, as the names are spelled, and inflected by rule."""
    plain = ["".join(c if c.isalnum() or c == "'" else " " for c in name).strip() for name in place.names.root.values()]
    written = [form for spoken in (*dict.fromkeys(plain), *place.forms) for form in parse_phrase(spoken)]
    return [*dict.fromkeys((*written, *spoken_forms(place)))]


def _spots(piece: Evidence, named: Place | None) -> tuple[Spot, ...]:
    if piece.lat is None or piece.lon is None:
        return (Spot(named.lat, named.lon, named.radius_m),) if named else ()
    measured = Spot(piece.lat, piece.lon)
    if named is None or named.kind in _VAGUE or piece.kind == "reading":
        return (measured,)
    beyond_m = distance_m(piece.lat, piece.lon, named.lat, named.lon) - named.radius_m
    is_elsewhere = _ELSEWHERE_M < beyond_m < _ANOTHER_TOWN_M
    return (measured, Spot(named.lat, named.lon, named.radius_m)) if is_elsewhere else (measured,)


def _streets(
    texts: Iterable[tuple[Words, list[Match[Place]]]],
) -> tuple[frozenset[str], frozenset[tuple[str, str]]]:
    """Which places are named, the gazetteer's and others, and the house numbers that stand behind them."""
    places: dict[str, None] = {}
    numbers: dict[tuple[str, str], None] = {}
    for words, matches in texts:
        known = {position: match.means for match in matches for position in match.words}
        ends = {match.last: match.means.id for match in matches if match.means.kind not in _VAGUE}
        ends |= {at: f"~{words.folded[at][:_STEM]}" for at in _unknown_streets(words) if at not in known}
        for at, place in ends.items():
            places[place] = None
            behind = words.folded[at + 1] if at + 1 < len(words.folded) else ""
            behind = words.folded[at + 2] if behind in _STREET_AFTER and at + 2 < len(words.folded) else behind
            before = words.folded[at - 1] if at and place[0] == "~" else ""
            for number in (behind, before):
                if number[:1].isdigit() and number.rstrip("abcdefghабвг").isdigit():
                    numbers[place, number] = None
    return frozenset(places), frozenset(numbers)


def _unknown_streets(words: Words) -> list[int]:
    """Where a street's name must stand: after `ul.`, before `street`."""
    folded = words.folded
    after = [at + 1 for at, word in enumerate(folded[:-1]) if word in _STREET_BEFORE]
    before = [at - 1 for at, word in enumerate(folded) if at and word in _STREET_AFTER]
    return [at for at in (*after, *before) if len(folded[at]) >= _SHORTEST_WORD and folded[at].isalpha()]


def _stems(words: Words, owned: set[int]) -> frozenset[str]:
    return frozenset(
        word[:_STEM]
        for at, word in enumerate(words.folded)
        if len(word) >= _SHORTEST_WORD and at not in owned and word not in _SAYS_NOTHING
    )


def _vagueness(place: Place) -> tuple[bool, float]:
    return place.kind in _VAGUE, place.radius_m
