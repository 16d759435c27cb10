"""The gazetteer: streets, squares, bridges and landmarks by which people say where they are."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from shared.pack.model import Latitude, Line, Longitude, Metres, Names, PackModel, Slug


class PlaceKind(StrEnum):
    STREET = "street"
    SQUARE = "square"
    BRIDGE = "bridge"
    DISTRICT = "district"
    LANDMARK = "landmark"
    RIVER = "river"


class Place(PackModel):
    """`forms` are other and inflected ways to say the name, in the syntax of phrases (shared/pack/phrase_syntax.py)."""

    id: Slug
    kind: PlaceKind
    names: Names
    forms: tuple[Line, ...] = ()
    lat: Latitude
    lon: Longitude
    radius_m: Metres
    """How far the place reaches from its point, and so how coarse the point is."""


class Gazetteer(PackModel):
    """places.yaml."""

    source: Line
    places: Annotated[tuple[Place, ...], Field(min_length=1)]
