"""Cursors: where a page ended, opaque to the client."""

import base64
import binascii
import json
from datetime import UTC, datetime, timedelta

from shared.errors import Invalid

__all__ = ["after", "cursor"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_LAST_MICROSECOND = 253_402_300_799_999_999  # 9999-12-31T23:59:59.999999Z


def cursor(at: datetime, key: str) -> str:
    """The place behind the row with this time and key."""
    document = json.dumps([(at - _EPOCH) // _MICROSECOND, key], separators=(",", ":"))
    return base64.urlsafe_b64encode(document.encode()).decode().rstrip("=")


def after(given: str) -> tuple[datetime, str]:
    """Raises Invalid for what `cursor` never made."""
    try:
        at, key = json.loads(base64.b64decode(given + "=" * (-len(given) % 4), altchars=b"-_", validate=True))
    except (ValueError, binascii.Error, TypeError) as error:
        raise _unknown() from error
    if not isinstance(at, int) or not isinstance(key, str) or not 0 <= at <= _LAST_MICROSECOND or "\x00" in key:
        raise _unknown()
    return _EPOCH + at * _MICROSECOND, key


def _unknown() -> Invalid:
    return Invalid("unknown_cursor", "pass `next_cursor` of the page before, unchanged")
