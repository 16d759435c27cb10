"""A request's report: from bytes to what the flow takes."""

from services.ingest.bodies import ReportBody
from services.ingest.core.keyed_hash import Secret
from services.ingest.core.report import Report, contact_of
from shared.errors import Invalid

__all__ = ["parse_report"]

_MOST_COLONS = 5_000
"""A long text full of them has fewer. More is a bomb: each wrong key would be an error to write down."""


def parse_report(body: bytes, secret: Secret, country: str) -> Report:
    """Raises pydantic's ValidationError (not JSON, not valid) and Invalid for what a schema can't know.

    `country` (ISO 3166) is where a telephone number without `+` is meant.
    """
    if body.count(b":") > _MOST_COLONS:
        raise Invalid("too_many_keys", "a report has none but the documented keys")
    given = ReportBody.model_validate_json(body)
    if given.photos:
        raise Invalid("photo_unknown", "no upload has this id")
    contact = given.contact
    return Report(
        text=given.text,
        lat=given.lat,
        lon=given.lon,
        address=given.address,
        language=given.language,
        category_hint=given.category_hint,
        contact=contact_of(contact.phone, contact.email, country, anonymous=given.anonymous) if contact else None,
        fingerprint=secret.body(given.model_dump_json(exclude_none=True).encode()),
    )
