"""What is kept or sent instead of the thing itself: hashes that only the holder of ingest's secret can make."""

import base64
import hashlib
import hmac
from dataclasses import dataclass
from enum import StrEnum

__all__ = ["Purpose", "Secret"]

_TRACKING_BYTES = 10
"""80 bits, 16 letters of base32: short enough to read out on the telephone, far too many to guess."""
_CLIENT_HEX = 16


class Purpose(StrEnum):
    """One secret, a key for each purpose: a hash made for one says nothing about another."""

    CLIENT = "client"
    CONTACT = "contact"
    IDEMPOTENCY = "idempotency"
    BODY = "body"
    TRACKING = "tracking"


@dataclass(frozen=True, slots=True, repr=False)
class Secret:
    """HEJNAL_INGEST_SECRET. A new one makes every tracking code invalid and every client a stranger."""

    value: bytes

    def key(self, purpose: Purpose) -> bytes:
        """32 bytes for one purpose (HMAC-SHA256 as a key derivation)."""
        return hmac.digest(self.value, b"hejnal ingest " + purpose.encode(), "sha256")

    def client(self, address: str) -> str:
        """Tells clients apart and names nobody; `address` as client_address.py gives it."""
        return self._hash(Purpose.CLIENT, address).hex()[:_CLIENT_HEX]

    def idempotency(self, client: str, key: str) -> str:
        """Where an Idempotency-Key is kept: a key is one client's own, so that guessing another's key yields nothing."""
        return self._hash(Purpose.IDEMPOTENCY, f"{client}|{key}").hex()

    def body(self, canonical: bytes) -> str:
        return hmac.digest(self.key(Purpose.BODY), canonical, hashlib.sha256).hex()

    def tracking_code(self, report_id: str) -> str:
        """Lets the one who sent the report, and nobody else, follow it. It follows from the id, so that nothing has to be stored."""
        return base64.b32encode(self._hash(Purpose.TRACKING, report_id)[:_TRACKING_BYTES]).decode().lower()

    def is_tracking_code(self, code: str, report_id: str) -> bool:
        """Takes the same time whether and wherever it differs."""
        given = code.strip().lower().encode("utf-8", "replace")
        return hmac.compare_digest(given, self.tracking_code(report_id).encode())

    def _hash(self, purpose: Purpose, value: str) -> bytes:
        return hmac.digest(self.key(purpose), value.encode("utf-8", "replace"), hashlib.sha256)
