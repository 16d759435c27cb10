"""What people call an alert and its place, in the city's first language."""

from typing import Final

from services.classifier.correlate.core.alert import Alert
from shared.pack import CityPack

__all__ = ["name_near", "title_of"]

_LONGEST: Final = 200
_NEAR_A_PLACE_M: Final = 250.0


def title_of(alert: Alert, pack: CityPack) -> str:
    language = pack.city.default_language
    texts = pack.texts[language]
    place = alert.place or texts.no_place
    return texts.title(texts.categories[alert.category], place)[:_LONGEST]


def name_near(lat: float, lon: float, pack: CityPack) -> str | None:
    """What people call the place: the nearest one of the gazetteer, else the district."""
    language = pack.city.default_language
    if place := pack.place_near(lat, lon, _NEAR_A_PLACE_M):
        return place.names.within(language, language)
    district = pack.city.district_at(lat, lon)
    return district.names.within(language, language) if district else None
