"""The city itself: where it ends, its districts, its languages and its limits."""

from functools import cached_property
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, model_validator
from shapely import make_valid
from shapely.geometry import Point as MapPoint
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from shared.events.vocabulary import Language
from shared.pack.distance import distance_m
from shared.pack.model import Latitude, Line, Longitude, Metres, Names, PackModel, Point, Slug


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError(f"`{name}` is no time zone of the IANA database") from error
    return name


Position = tuple[Longitude, Latitude]
Ring = Annotated[tuple[Position, ...], Field(min_length=4)]


class Polygon(PackModel):
    """GeoJSON: rings of [longitude, latitude], the first the outline, the others holes."""

    type: Literal["Polygon"]
    coordinates: Annotated[tuple[Ring, ...], Field(min_length=1)]


class MultiPolygon(PackModel):
    """GeoJSON: several polygons."""

    type: Literal["MultiPolygon"]
    coordinates: Annotated[tuple[Annotated[tuple[Ring, ...], Field(min_length=1)], ...], Field(min_length=1)]


Outline = Annotated[Polygon | MultiPolygon, Field(discriminator="type")]


def outline_shape(outline: Polygon | MultiPolygon) -> BaseGeometry:
    """Return the outline as a valid shape: what crosses itself is repaired."""
    document: dict[str, Any] = outline.model_dump()
    return make_valid(shape(document))


class Area(PackModel):
    """Where something is: an outline, or a circle around a point. `coarse` says that it was drawn by eye."""

    outline: Outline | None = None
    centre: Point | None = None
    radius_m: Metres | None = None
    coarse: bool = False
    source: Line

    @model_validator(mode="after")
    def _outline_or_circle(self) -> Self:
        is_circle = self.centre is not None and self.radius_m is not None
        if (self.outline is not None) == is_circle:
            raise ValueError("an area is either an `outline`, or a `centre` with a `radius_m`")
        return self

    @cached_property
    def shape(self) -> BaseGeometry | None:
        """The outline as a shape in degrees, None for a circle."""
        return outline_shape(self.outline) if self.outline else None

    def contains(self, lat: float, lon: float) -> bool:
        """Say whether the place is inside or on the edge."""
        if self.shape is not None:
            return bool(self.shape.covers(MapPoint(lon, lat)))
        return self._from_centre_m(lat, lon) <= (self.radius_m or 0)

    def beyond_box_m(self, lat: float, lon: float) -> float:
        """Return how far the place is outside of the box around the area, 0 inside, in metres."""
        if self.shape is None:
            return max(0.0, self._from_centre_m(lat, lon) - (self.radius_m or 0))
        west, south, east, north = self.shape.bounds
        return distance_m(lat, lon, min(max(lat, south), north), min(max(lon, west), east))

    def _from_centre_m(self, lat: float, lon: float) -> float:
        assert self.centre is not None
        return distance_m(lat, lon, self.centre.lat, self.centre.lon)


class District(PackModel):
    id: Slug
    names: Names
    area: Area


class Limits(PackModel):
    """Above these a person has to do more than press a button."""

    publish_recipients: Annotated[int, Field(gt=0)] = 5_000
    """Above this number of recipients only a warning can tell them, not a published alert."""
    publish_radius_m: Metres = 1_000
    """How far around a published alert subscribers are told, when its own radius is smaller."""
    sensor_outside_m: Annotated[float, Field(ge=0)] = 5_000
    """How far beyond the boundary's box a sensor may stand: a river is measured upstream."""


class SmsStyle(PackModel):
    """How text messages are written."""

    fold_diacritics: bool = True
    """Polish letters cost half the length of a message: `ż` becomes `z`."""
    most_segments: Annotated[int, Field(ge=1, le=10)] = 2


class City(PackModel):
    """city.yaml."""

    id: Slug
    names: Names
    country: Annotated[str, Field(pattern="^[A-Z]{2}$")]
    timezone: Annotated[str, AfterValidator(_known_zone)]
    languages: Annotated[tuple[Language, ...], Field(min_length=1)]
    """The first is the one that everything exists in."""
    centre: Point
    boundary: Area
    districts: tuple[District, ...] = ()
    limits: Limits = Limits()
    sms: SmsStyle = SmsStyle()

    @property
    def default_language(self) -> Language:
        return self.languages[0]

    @cached_property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    def contains(self, lat: float, lon: float) -> bool:
        """Say whether the place is inside the city."""
        return self.boundary.contains(lat, lon)

    def district_at(self, lat: float, lon: float) -> District | None:
        """Return the first district in the file that holds the place."""
        return next((district for district in self.districts if district.area.contains(lat, lon)), None)
