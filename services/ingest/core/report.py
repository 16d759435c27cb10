"""A resident's report: what goes into the log, and what stays here."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from services.ingest.core.contact import email_address, phone_number
from shared.events import Category, Language, ReportReceived
from shared.ids import derived_event_id

__all__ = ["Contact", "IsInside", "Report", "contact_of", "received_report"]

IsInside = Callable[[float, float], bool]
"""Whether a place (latitude, longitude in degrees) is inside the city."""


@dataclass(frozen=True, slots=True, repr=False)
class Contact:
    """Personal data: it is kept encrypted in ingest's database and goes nowhere else. `phone` is E.164."""

    phone: str | None = None
    email: str | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Report:
    """A valid report as it was sent; `fingerprint` is a keyed hash of all of it."""

    text: str
    lat: float | None
    lon: float | None
    address: str | None
    language: Language | None
    category_hint: Category | None
    contact: Contact | None
    fingerprint: str


def received_report(
    report: Report, *, report_id: str, client: str, city: str, at: datetime, is_inside: IsInside
) -> ReportReceived:
    """The record for reports.received.v1: the same report, id and time always make the same record."""
    outside = report.lat is not None and report.lon is not None and not is_inside(report.lat, report.lon)
    return ReportReceived(
        event_id=derived_event_id(report_id, "received"),
        city=city,
        occurred_at=at,
        received_at=at,
        report_id=report_id,
        text=report.text,
        lat=report.lat,
        lon=report.lon,
        address=report.address,
        language=report.language,
        category_hint=report.category_hint,
        client=client,
        outside_city=outside,
    )


def contact_of(phone: str | None, email: str | None, country: str, *, anonymous: bool) -> Contact | None:
    """How the sender may be reached, or None; who wants to stay anonymous is taken at their word.

    Raises Invalid (`phone_not_valid`, `email_not_valid`).
    """
    contact = Contact(phone_number(phone, country) if phone else None, email_address(email) if email else None)
    return None if anonymous or contact == Contact() else contact
