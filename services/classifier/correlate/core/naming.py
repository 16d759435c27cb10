"""An alert's title, from its category and place, in the city's first language."""

from services.classifier.correlate.core.alert import Alert
from shared.pack import CityPack

__all__ = ["title_of"]

_LONGEST = 200


def title_of(alert: Alert, pack: CityPack) -> str:
    language = pack.city.default_language
    texts = pack.texts[language]
    place = alert.place or texts.no_place
    return texts.title(texts.categories[alert.category], place)[:_LONGEST]
