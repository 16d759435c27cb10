"""A subscription as residents and cities write it, checked against the city's pack."""

from datetime import time
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

import phonenumbers
from pydantic import AfterValidator, BaseModel, Field, PlainSerializer, model_validator
from shapely import make_valid
from shapely.errors import ShapelyError
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry
from shapely.ops import unary_union

from services.notifier.core.quiet_hours import QuietHours
from services.notifier.plan.broadcasting import circle
from shared.errors import Invalid
from shared.events import Category, Channel, Language, Urgency
from shared.pack import City, District
from shared.web.text import CleanText, RequestBody

__all__ = [
    "Confirmation",
    "GeoArea",
    "PushSubscription",
    "QuietHoursBody",
    "SubscriptionBody",
    "address_of",
    "mail_address",
    "phone_number",
    "shape_of",
]

_MOST_POSITIONS = 2_000
_Longitude = Annotated[float, Field(ge=-180, le=180)]
_Latitude = Annotated[float, Field(ge=-90, le=90)]
_Position = Annotated[tuple[_Longitude, _Latitude], Field()]
_Ring = Annotated[list[_Position], Field(min_length=4, max_length=_MOST_POSITIONS)]
_Rings = Annotated[list[_Ring], Field(min_length=1, max_length=20)]


class PolygonArea(RequestBody):
    type: Literal["Polygon"]
    coordinates: _Rings


class MultiPolygonArea(RequestBody):
    type: Literal["MultiPolygon"]
    coordinates: Annotated[list[_Rings], Field(min_length=1, max_length=20)]


class DistrictsArea(RequestBody):
    districts: Annotated[list[CleanText], Field(min_length=1, max_length=100)]


GeoArea = PolygonArea | MultiPolygonArea | DistrictsArea


class PushKeys(RequestBody):
    p256dh: Annotated[str, Field(min_length=80, max_length=100, pattern=r"^[A-Za-z0-9_-]+=*$")]
    auth: Annotated[str, Field(min_length=20, max_length=30, pattern=r"^[A-Za-z0-9_-]+=*$")]


def _web_address(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in {"https", "http"} or not parts.hostname:
        raise ValueError("an endpoint is an https address")
    return url


class PushSubscription(BaseModel):
    """What a browser's `pushManager.subscribe` gives; other members are left alone."""

    endpoint: Annotated[str, Field(max_length=2_000), AfterValidator(_web_address)]
    keys: PushKeys


_Clock = Annotated[time, PlainSerializer(lambda at: at.strftime("%H:%M"), return_type=str)]


class QuietHoursBody(RequestBody):
    """On these days (1 Monday – 7 Sunday), in the city's time; an end before the beginning is on the next day."""

    days: Annotated[list[Annotated[int, Field(ge=1, le=7)]], Field(min_length=1, max_length=7)]
    begins: Annotated[_Clock, Field(alias="from")]
    ends: Annotated[_Clock, Field(alias="to")]

    def hours(self) -> QuietHours:
        return QuietHours(frozenset(self.days), self.begins, self.ends)


class SubscriptionBody(RequestBody):
    channel: Channel
    address: Annotated[CleanText, Field(min_length=1, max_length=320)] | None = None
    push_subscription: PushSubscription | None = None
    area: GeoArea
    categories: Annotated[list[Category], Field(max_length=15)] = Field(default_factory=list)
    least_urgency: Urgency = Urgency.HIGH
    language: Language
    quiet_hours: Annotated[list[QuietHoursBody], Field(max_length=20)] = Field(default_factory=list)

    @model_validator(mode="after")
    def _reachable(self) -> Self:
        if self.channel is Channel.APP and self.push_subscription is None:
            raise ValueError("channel app needs a `push_subscription`")
        if self.channel is not Channel.APP and self.address is None:
            raise ValueError(f"channel {self.channel} needs an `address`")
        if self.address is not None and self.push_subscription is not None:
            raise ValueError("give an `address` or a `push_subscription`, not both")
        return self


class Confirmation(RequestBody):
    code: Annotated[str, Field(pattern=r"^[0-9]{6}$")]


def address_of(body: SubscriptionBody, country: str) -> tuple[str, dict[str, str] | None]:
    """The address in the one form that is kept, and a push subscription's keys. Raises Invalid."""
    if body.push_subscription is not None:
        return body.push_subscription.endpoint, body.push_subscription.keys.model_dump()
    assert body.address is not None
    return (phone_number(body.address, country) if body.channel is Channel.SMS else mail_address(body.address)), None


def shape_of(area: GeoArea, city: City) -> BaseGeometry:
    """What an area means on the map, in degrees. Raises Invalid."""
    if isinstance(area, DistrictsArea):
        known = {district.id: district for district in city.districts}
        unknown = sorted(set(area.districts) - set(known))
        if unknown:
            raise Invalid("unknown_district", f"no such district: {', '.join(unknown)[:100]}")
        return unary_union([_district(known[name]) for name in area.districts])
    positions = area.coordinates if isinstance(area, MultiPolygonArea) else [area.coordinates]
    if sum(len(ring) for rings in positions for ring in rings) > _MOST_POSITIONS:
        raise Invalid("area_too_detailed", f"at most {_MOST_POSITIONS} positions")
    try:
        drawn = make_valid(shape(area.model_dump()))
    except (ShapelyError, ValueError) as error:
        raise Invalid("area_not_valid", "this is no area on the map") from error
    if drawn.is_empty or drawn.area == 0:
        raise Invalid("area_not_valid", "the area has no extent")
    return drawn


def _district(district: District) -> BaseGeometry:
    area = district.area
    if area.shape is not None:
        return area.shape
    assert area.centre is not None
    return circle(area.centre.lat, area.centre.lon, area.radius_m or 0)


def phone_number(written: str, country: str) -> str:
    try:
        number = phonenumbers.parse(written, country)
    except phonenumbers.NumberParseException as error:
        raise Invalid("not_a_phone_number", "write a mobile number with its country, such as +48600100100") from error
    kinds = {phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE}
    if not phonenumbers.is_valid_number(number) or phonenumbers.number_type(number) not in kinds:
        raise Invalid("not_a_mobile_number", "write a mobile number with its country, such as +48600100100")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def mail_address(written: str) -> str:
    name, at, domain = written.rpartition("@")
    plain = written.isascii() and not any(letter.isspace() or letter in '<>"(),;:\\[]' for letter in written)
    if not (name and at and plain and "." in domain.strip(".") and len(name) <= 64):  # noqa: PLR2004 — RFC 5321, 4.5.3.1.1
        raise Invalid("not_an_email_address", "write an address such as name@example.org")
    return f"{name}@{domain.lower()}"
