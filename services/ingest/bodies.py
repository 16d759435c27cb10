"""What comes in and goes out over HTTP. Strict: a number is a number, and an unknown key is an error."""

import re
from datetime import UTC, datetime
from typing import Annotated, Self

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

from services.ingest.core.alert_view import MessageKind
from services.ingest.core.readings import Refusal
from services.ingest.core.report_state import ReportState
from shared.events import Category, Language, UtcTime
from shared.web import CleanText, RequestBody

__all__ = [
    "BatchBody",
    "ContactBody",
    "ReadingBody",
    "ReadingsAccepted",
    "RefusedItem",
    "ReportAccepted",
    "ReportBody",
    "ReportStatus",
    "StatusMessage",
]

LONGEST_TEXT = 4_000
LONGEST_ADDRESS = 300
MOST_PHOTOS = 10
MOST_READINGS = 1_000
_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
_LARGEST_SEQ = 2**63 - 1

Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,99}$")]
"""A sensor's id or a quantity's name: it is also a level of an MQTT topic, so no blank, `/`, `+` or `#`."""


_DATE_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt ]")


def _rfc3339(value: object) -> object:
    # Pydantic would take seconds since 1970 as well, even as text: a gateway's counter must not pass for a time.
    if isinstance(value, str) and _DATE_TIME.match(value):
        return value
    raise ValueError("write the time as RFC 3339 does, such as 2026-11-24T18:05:00Z")


Time = Annotated[AwareDatetime, Field(ge=_EARLIEST, strict=False), BeforeValidator(_rfc3339)]


class _Body(RequestBody):
    model_config = ConfigDict(strict=True)


class _Placed(_Body):
    model_config = ConfigDict(json_schema_extra={"dependentRequired": {"lat": ["lon"], "lon": ["lat"]}})

    lat: Annotated[float, Field(ge=-90, le=90)] | None = None
    lon: Annotated[float, Field(ge=-180, le=180)] | None = None

    @model_validator(mode="after")
    def _both_or_none(self) -> Self:
        if (self.lat is None) != (self.lon is None):
            raise ValueError("lat and lon come together or not at all")
        return self


class ContactBody(_Body):
    """How the resident may be reached. Kept encrypted in ingest's own database, never passed on."""

    phone: Annotated[CleanText, StringConstraints(min_length=3, max_length=40)] | None = None
    email: Annotated[CleanText, StringConstraints(min_length=3, max_length=254)] | None = None


class ReportBody(_Placed):
    """A resident's report. With `anonymous` no contact is kept."""

    text: Annotated[CleanText, StringConstraints(min_length=1, max_length=LONGEST_TEXT)]
    address: Annotated[CleanText, StringConstraints(min_length=1, max_length=LONGEST_ADDRESS)] | None = None
    language: Language | None = None
    category_hint: Category | None = None
    contact: ContactBody | None = None
    photos: Annotated[tuple[str, ...], Field(max_length=MOST_PHOTOS)] = ()
    anonymous: bool = False


class ReportAccepted(BaseModel):
    """The broker has the report. `tracking_code` lets its sender follow it at `status_url`."""

    report_id: str
    tracking_code: str
    status_url: str


class StatusMessage(BaseModel):
    kind: MessageKind
    at: UtcTime
    text: str


class ReportStatus(BaseModel):
    report_id: str
    state: ReportState
    category: Category | None
    updated_at: UtcTime
    messages: tuple[StatusMessage, ...]


class ReadingBody(_Placed):
    """One value that a sensor measured at `at` (RFC 3339 with zone)."""

    sensor_id: Id
    quantity: Id
    value: float
    unit: Annotated[CleanText, StringConstraints(min_length=1, max_length=20)] | None = None
    at: Time
    seq: Annotated[int, Field(ge=0, le=_LARGEST_SEQ)] | None = None


class BatchBody(_Body):
    """1–1,000 readings; each is judged by itself."""

    # The number is checked in reading_bodies.py: pydantic would count the valid ones only.
    readings: Annotated[tuple[ReadingBody, ...], Field(json_schema_extra={"minItems": 1, "maxItems": MOST_READINGS})]


class RefusedItem(BaseModel):
    index: int
    reason: Refusal
    pointer: str
    detail: str


class ReadingsAccepted(BaseModel):
    """The broker has `accepted` readings; the others are named with their place in the request."""

    accepted: int
    rejected: tuple[RefusedItem, ...]
