"""What every part of a city pack shares: strict frozen models, names in several languages, places on the map."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, RootModel

from shared.events.vocabulary import Language

Slug = Annotated[str, Field(pattern=r"^[a-z0-9]+([._-][a-z0-9]+)*$", max_length=80)]
"""An id: lower-case letters and digits, joined by single `.`, `_` or `-`."""

Latitude = Annotated[float, Field(ge=-90, le=90)]
Longitude = Annotated[float, Field(ge=-180, le=180)]
Metres = Annotated[float, Field(gt=0, le=200_000)]
Seconds = Annotated[float, Field(ge=0, le=31 * 86_400)]
Line = Annotated[str, Field(min_length=1, max_length=200)]


class PackModel(BaseModel):
    """Frozen; an unknown key, NaN or infinity is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Names(RootModel[dict[Language, Line]]):
    """The same name in one or more languages."""

    model_config = ConfigDict(frozen=True)

    root: dict[Language, Line] = Field(min_length=1)

    def within(self, language: Language, fallback: Language) -> str:
        """Return the name in `language`, else in `fallback`, else in whichever language the pack has."""
        return self.root.get(language) or self.root.get(fallback) or next(iter(self.root.values()))


class Point(PackModel):
    """A place in degrees, WGS 84."""

    lat: Latitude
    lon: Longitude
