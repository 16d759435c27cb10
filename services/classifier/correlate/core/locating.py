"""Where a signal speaks from: its coordinates, else a place of the gazetteer that its address or text names."""

from dataclasses import dataclass
from enum import StrEnum

from services.classifier.matching import PhraseMatcher, without_overlaps
from services.classifier.words import words_of
from shared.events import ReadingSignal, ReportSignal
from shared.pack import CityPack, Place, PlaceKind, parse_phrase

__all__ = ["Locator", "PlacedBy", "Whereabouts"]

_NEAR_A_PLACE_M = 250.0


class PlacedBy(StrEnum):
    COORDINATES = "coordinates"
    ADDRESS = "address"
    TEXT = "text"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """`coarse_m` is how far off the point may be because a named place is large."""

    lat: float | None
    lon: float | None
    coarse_m: float
    name: str | None
    by: PlacedBy


class Locator:
    """Knows the gazetteer by heart. Places of a kind that says little about where (a river, a district) come last."""

    def __init__(self, pack: CityPack) -> None:
        self._pack = pack
        self._matcher = PhraseMatcher(
            (place, [form for spoken in _spoken(place) for form in parse_phrase(spoken)])
            for place in pack.gazetteer.places
        )

    def locate(self, signal: ReportSignal | ReadingSignal) -> Whereabouts:
        if signal.lat is not None and signal.lon is not None:
            return Whereabouts(signal.lat, signal.lon, 0.0, signal.place, PlacedBy.COORDINATES)
        if signal.place and (place := self._named_in(signal.place)):
            return Whereabouts(place.lat, place.lon, place.radius_m, signal.place, PlacedBy.ADDRESS)
        if isinstance(signal, ReportSignal) and (place := self._named_in(signal.text)):
            return Whereabouts(place.lat, place.lon, place.radius_m, self._name(place), PlacedBy.TEXT)
        return Whereabouts(None, None, 0.0, signal.place, PlacedBy.NOTHING)

    def name_near(self, lat: float, lon: float) -> str | None:
        """What people call the place: the nearest one of the gazetteer, else the district."""
        if place := self._pack.place_near(lat, lon, _NEAR_A_PLACE_M):
            return self._name(place)
        district = self._pack.city.district_at(lat, lon)
        language = self._pack.city.default_language
        return district.names.within(language, language) if district else None

    def _named_in(self, text: str) -> Place | None:
        found = without_overlaps(self._matcher.find(words_of(text)))
        return min((match.means for match in found), key=_vagueness, default=None)

    def _name(self, place: Place) -> str:
        language = self._pack.city.default_language
        return place.names.within(language, language)


def _spoken(place: Place) -> list[str]:
    """Names are plain words, not phrase syntax: what has a meaning there is taken out."""
    plain = ["".join(c if c.isalnum() or c == "'" else " " for c in name).strip() for name in place.names.root.values()]
    return [*dict.fromkeys(plain), *place.forms]


def _vagueness(place: Place) -> tuple[bool, float]:
    return place.kind in {PlaceKind.RIVER, PlaceKind.DISTRICT}, place.radius_m
