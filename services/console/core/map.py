"""The city for the page's map, as GeoJSON."""

from math import asin, atan2, cos, degrees, pi, radians, sin
from typing import Any

from shared.events import Language, Record
from shared.pack import CityPack
from shared.pack.city import Area
from shared.pack.distance import EARTH_RADIUS_M

__all__ = ["CityMap", "DistrictMap", "PlacePoint", "city_map"]

_CORNERS = 64


class PlacePoint(Record):
    lat: float
    lon: float


class DistrictMap(Record):
    id: str
    name: str
    names: dict[Language, str]
    boundary: dict[str, Any]
    coarse: bool


class CityMap(Record):
    """`boundary` is a GeoJSON geometry (RFC 7946); a circle is drawn as a polygon."""

    id: str
    name: str
    names: dict[Language, str]
    timezone: str
    languages: tuple[Language, ...]
    centre: PlacePoint
    boundary: dict[str, Any]
    boundary_source: str
    """Where the boundary comes from, and how good it is."""
    districts: tuple[DistrictMap, ...]
    publish_recipients: int
    """Above this number of recipients only a warning can tell them, not a published alert."""


def city_map(pack: CityPack) -> CityMap:
    city = pack.city
    own = city.default_language
    return CityMap(
        id=city.id,
        name=city.names.within(own, own),
        names=city.names.root,
        timezone=city.timezone,
        languages=city.languages,
        centre=PlacePoint(lat=city.centre.lat, lon=city.centre.lon),
        boundary=geometry(city.boundary),
        boundary_source=city.boundary.source,
        districts=tuple(
            DistrictMap(
                id=district.id,
                name=district.names.within(own, own),
                names=district.names.root,
                boundary=geometry(district.area),
                coarse=district.area.coarse,
            )
            for district in city.districts
        ),
        publish_recipients=city.limits.publish_recipients,
    )


def geometry(area: Area) -> dict[str, Any]:
    """Return the area as a GeoJSON geometry; a circle as a polygon of 64 corners, within 0.1 % of its radius."""
    if area.outline is not None:
        return area.outline.model_dump(mode="json")
    assert area.centre is not None
    assert area.radius_m is not None
    ring = [
        _at_bearing(area.centre.lat, area.centre.lon, area.radius_m, -2 * pi * n / _CORNERS) for n in range(_CORNERS)
    ]
    return {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}


def _at_bearing(lat: float, lon: float, distance_m: float, bearing: float) -> list[float]:
    """The point at a distance on a sphere, as [longitude, latitude]."""
    angle, north, east = distance_m / EARTH_RADIUS_M, radians(lat), radians(lon)
    to_north = asin(sin(north) * cos(angle) + cos(north) * sin(angle) * cos(bearing))
    to_east = east + atan2(sin(bearing) * sin(angle) * cos(north), cos(angle) - sin(north) * sin(to_north))
    return [round(degrees(to_east), 6), round(degrees(to_north), 6)]
