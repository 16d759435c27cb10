"""Everything a city says about itself, loaded and checked as one."""

from functools import cached_property

from pydantic import ConfigDict

from shared.events.vocabulary import Category, Channel, Language, Urgency
from shared.pack.city import City
from shared.pack.correlation import Correlation
from shared.pack.distance import distance_m
from shared.pack.model import PackModel
from shared.pack.phrases import PhraseBook
from shared.pack.places import Gazetteer, Place
from shared.pack.routing import Delivery, Routing
from shared.pack.scoring import Scoring
from shared.pack.sensors import Sensor, SensorGroup, Sensors
from shared.pack.texts import Template, Texts


class CityPack(PackModel):
    """A city's pack. Made by `load_pack`, which checks what a single file cannot know."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    city: City
    gazetteer: Gazetteer
    sensors: tuple[Sensor, ...]
    sensor_groups: tuple[SensorGroup, ...] = ()
    phrases: dict[Language, PhraseBook]
    correlation: Correlation
    scoring: Scoring
    routing: Routing
    texts: dict[Language, Texts]

    @cached_property
    def _sensors_by_key(self) -> dict[tuple[str, str], Sensor]:
        return {(sensor.id, sensor.quantity): sensor for sensor in self.sensors}

    def sensor(self, sensor_id: str, quantity: str) -> Sensor | None:
        return self._sensors_by_key.get((sensor_id, quantity))

    def language(self, wanted: Language | None) -> Language:
        """Return `wanted` where the city has it, else the city's first language."""
        return wanted if wanted in self.city.languages and wanted is not None else self.city.default_language

    def template(self, channel: Channel, purpose: str, language: Language) -> Template:
        """Return the template in `language`, else in the city's first language (load_pack made sure that it is there)."""
        own = self.texts[self.language(language)].templates.get(channel, {}).get(purpose)
        return own or self.texts[self.city.default_language].templates[channel][purpose]

    def category_name(self, category: Category, language: Language) -> str:
        return self.texts[self.language(language)].categories[category]

    def urgency_name(self, urgency: Urgency, language: Language) -> str:
        return self.texts[self.language(language)].urgencies[urgency]

    def delivery(self, channel: Channel, urgency: Urgency) -> Delivery:
        return self.routing.delivery[channel][urgency]

    def place_near(self, lat: float, lon: float, within_m: float) -> Place | None:
        """Return the place whose edge is nearest, if that is within `within_m`, else None.

        Of several that hold the point, it is the one whose middle is nearest.
        """
        nearest = min(
            self.gazetteer.places,
            key=lambda place: (_beyond_m(place, lat, lon), distance_m(lat, lon, place.lat, place.lon)),
        )
        return nearest if _beyond_m(nearest, lat, lon) <= within_m else None


def _beyond_m(place: Place, lat: float, lon: float) -> float:
    return max(0.0, distance_m(lat, lon, place.lat, place.lon) - place.radius_m)


FILES = {
    "city": "city.yaml",
    "gazetteer": "places.yaml",
    "sensors": "sensors.yaml",
    "correlation": "correlation.yaml",
    "scoring": "scoring.yaml",
    "routing": "routing.yaml",
}
"""Each part of the pack in one file; `phrases/` and `texts/` have one for each language."""

MODELS: dict[str, type[PackModel]] = {
    "city": City,
    "gazetteer": Gazetteer,
    "sensors": Sensors,
    "correlation": Correlation,
    "scoring": Scoring,
    "routing": Routing,
}
LANGUAGE_MODELS: dict[str, type[PackModel]] = {"phrases": PhraseBook, "texts": Texts}
