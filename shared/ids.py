"""Identifiers: time-ordered when new, derived when a redelivery has to make the same one again."""

import hashlib
import secrets
import uuid
from datetime import UTC, datetime

__all__ = ["derived_event_id", "derived_id", "new_id"]

_EVENTS = uuid.UUID("6f1d0f0e-5a3c-5d0b-9b0e-7c6d6d2b6a51")


def new_id(now: datetime) -> str:
    """A UUIDv7 (RFC 9562, 5.7): 48 bits of milliseconds since 1970, 74 random bits."""
    return _version_7(now, secrets.token_bytes(10))


def derived_id(cause: str, step: str, at: datetime) -> str:
    """An id in the form of a UUIDv7 that is the same for the same cause, step and time.

    For entities that are born from an event (an alert, a notification): sortable by `at`, and a redelivery finds the entity it made before.
    """
    return _version_7(at, hashlib.sha256(f"{cause}|{step}".encode()).digest()[:10])


def derived_event_id(cause: str, step: str) -> str:
    """The uuid5 of an event that follows from `cause` by `step`."""
    digest = bytearray(hashlib.sha1(_EVENTS.bytes + f"{cause}|{step}".encode(), usedforsecurity=False).digest()[:16])
    digest[6] = digest[6] & 0x0F | 0x50
    digest[8] = digest[8] & 0x3F | 0x80
    text = digest.hex()  # a quarter of uuid.uuid5's time, for every record of every stage
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def _version_7(at: datetime, entropy: bytes) -> str:
    milliseconds = int(at.astimezone(UTC).timestamp() * 1000) & 0xFFFF_FFFF_FFFF
    bits = int.from_bytes(entropy, "big")
    value = milliseconds << 80 | 0x7 << 76 | (bits >> 62 & 0xFFF) << 64 | 0b10 << 62 | bits & 0x3FFF_FFFF_FFFF_FFFF
    return str(uuid.UUID(int=value))
