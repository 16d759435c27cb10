"""Gateway keys: who may send readings, and for which sensors."""

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import datetime

from shared.errors import Invalid

__all__ = ["GatewayKey", "IssuedKey", "hash_of", "issue", "key_id_of", "sensor_pattern"]

_PREFIX = "hjg"
_ID_BYTES = 6
_SECRET_BYTES = 32
KEY_BYTES = _ID_BYTES + _SECRET_BYTES
_FORM = re.compile(rf"{_PREFIX}_([0-9a-f]{{{_ID_BYTES * 2}}})_[A-Za-z0-9_-]{{43}}")
_PATTERN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,99}\*?|\*")


@dataclass(frozen=True, slots=True)
class GatewayKey:
    """What is kept of a key. `sensors` holds sensor ids, or beginnings of them with a `*`; empty means every sensor."""

    key_id: str
    name: str
    hash: str
    sensors: tuple[str, ...]
    created_at: datetime
    revoked_at: datetime | None = None

    def opens_with(self, key: str) -> bool:
        """Takes the same time wherever it differs."""
        return self.revoked_at is None and hmac.compare_digest(hash_of(key), self.hash)

    def allows(self, sensor_id: str) -> bool:
        return not self.sensors or any(
            sensor_id.startswith(pattern[:-1]) if pattern.endswith("*") else sensor_id == pattern
            for pattern in self.sensors
        )


@dataclass(frozen=True, slots=True)
class IssuedKey:
    """`key` is shown once, to the one who made it, and never kept."""

    key: str
    kept: GatewayKey


def issue(name: str, sensors: tuple[str, ...], entropy: bytes, now: datetime) -> IssuedKey:
    """Makes a key of 38 random bytes: 6 name it (they are no secret), 32 are its secret. Raises Invalid for a bad sensor pattern."""
    key_id = entropy[:_ID_BYTES].hex()
    secret = base64.urlsafe_b64encode(entropy[_ID_BYTES:KEY_BYTES]).rstrip(b"=").decode()
    key = f"{_PREFIX}_{key_id}_{secret}"
    return IssuedKey(key, GatewayKey(key_id, name, hash_of(key), tuple(map(sensor_pattern, sensors)), now))


def key_id_of(key: str) -> str | None:
    """The part that names the key, or None for what can't be a key."""
    found = _FORM.fullmatch(key)
    return found.group(1) if found else None


def hash_of(key: str) -> str:
    """SHA-256 is enough for 256 random bits: there is nothing to guess, so nothing to slow down."""
    return hashlib.sha256(key.encode()).hexdigest()


def sensor_pattern(text: str) -> str:
    """A sensor id, or its beginning with a `*` at the end. Raises Invalid(`sensor_pattern_not_valid`)."""
    if not _PATTERN.fullmatch(text):
        raise Invalid(
            "sensor_pattern_not_valid", f"`{text}` is neither a sensor id nor its beginning with a `*` at the end"
        )
    return text
