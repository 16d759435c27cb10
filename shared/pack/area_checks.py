"""Outlines that are areas, and places inside of the city's surroundings."""

from collections.abc import Iterator

from shapely.geometry.base import BaseGeometry

from shared.pack.city import Area, MultiPolygon, Polygon
from shared.pack.pack import FILES, CityPack
from shared.pack.phrase_syntax import PhraseSyntaxError, parse_phrase
from shared.pack.source import Finding
from shared.pack.unique_ids import repeated

CITY, PLACES = FILES["city"], FILES["gazetteer"]
PLACE_OUTSIDE_M = 5_000
"""How far beyond the boundary's box a named place may be: beyond it a coordinate is more likely wrong."""


def check_areas(pack: CityPack) -> Iterator[Finding]:
    """Find outlines that are none, a centre outside, ids used twice, places far away."""
    yield from _outline(("boundary",), pack.city.boundary)
    for index, district in enumerate(pack.city.districts):
        yield from _outline(("districts", index, "area"), district.area)
    yield from repeated(CITY, ("districts",), (district.id for district in pack.city.districts))
    yield from repeated(PLACES, ("places",), (place.id for place in pack.gazetteer.places))
    if not pack.city.contains(pack.city.centre.lat, pack.city.centre.lon):
        yield Finding(CITY, ("centre",), "outside of the city's boundary", "check lat and lon: they are easily swapped")
    yield from _places(pack)


def _outline(path: tuple[int | str, ...], area: Area) -> Iterator[Finding]:
    if area.outline is None:
        return
    at = (*path, "outline", "coordinates")
    polygons = area.outline.coordinates if isinstance(area.outline, MultiPolygon) else (area.outline.coordinates,)
    for number, polygon in enumerate(polygons):
        for index, ring in enumerate(polygon):
            where = (*at, index) if isinstance(area.outline, Polygon) else (*at, number, index)
            if ring[0] != ring[-1]:
                yield Finding(CITY, where, "the ring is not closed", "repeat its first position as the last one")
    shape: BaseGeometry | None = area.shape
    if shape is None or shape.area == 0:
        yield Finding(CITY, at, "the outline encloses no area", "give at least three positions that are no line")


def _places(pack: CityPack) -> Iterator[Finding]:
    for index, place in enumerate(pack.gazetteer.places):
        beyond_m = pack.city.boundary.beyond_box_m(place.lat, place.lon)
        if beyond_m > PLACE_OUTSIDE_M:
            reason = f"{beyond_m:,.0f} m outside of the city's box, over {PLACE_OUTSIDE_M:,} m"
            yield Finding(PLACES, ("places", index, "lat"), reason, "check lat and lon: they are easily swapped")
        for number, form in enumerate(place.forms):
            try:
                parse_phrase(form)
            except PhraseSyntaxError as error:
                path = ("places", index, "forms", number)
                yield Finding(PLACES, path, f"cannot be read as a phrase: {error}", "correct the form")
