"""What people hold in their hands: the link to leave or to acknowledge by, the owner's token and the six-digit code.

Links and code are derived from the service's secret, so that the sender can write them at sending and neither stands in Kafka or the
database.
"""

import base64
import binascii
import hashlib
import hmac
import uuid
from typing import Final

__all__ = [
    "acknowledge_token",
    "confirmation_code",
    "leave_token",
    "notification_of_acknowledge_token",
    "owner_token_digest",
    "same",
    "subscription_of_leave_token",
]

_SIGNATURE_BYTES: Final = 16
_ID_BYTES: Final = 16
CODE_DIGITS: Final = 6


def leave_token(secret: bytes, subscription_id: str) -> str:
    """43 characters that are good for leaving, for ever, and for nothing else."""
    return _signed(secret, "leave", subscription_id)


def subscription_of_leave_token(secret: bytes, token: str) -> str | None:
    """The subscription that the token lets go, None for one that this service did not sign."""
    return _verified(secret, "leave", token)


def acknowledge_token(secret: bytes, notification_id: str) -> str:
    """43 characters by which whoever got this notification says that they take it on."""
    return _signed(secret, "acknowledge", notification_id)


def notification_of_acknowledge_token(secret: bytes, token: str) -> str | None:
    """The notification that is answered, None for a token that this service did not sign."""
    return _verified(secret, "acknowledge", token)


def confirmation_code(secret: bytes, subscription_id: str, nonce: str) -> str:
    """Six digits; another `nonce` makes another code."""
    digest = hmac.digest(secret, f"code|{subscription_id}|{nonce}".encode(), "sha256")
    return f"{int.from_bytes(digest[:8], 'big') % 10**CODE_DIGITS:0{CODE_DIGITS}d}"


def owner_token_digest(token: str) -> str:
    """All that is kept of an owner's token: it is 256 random bits, so a plain hash is enough."""
    return hashlib.sha256(token.encode()).hexdigest()


def same(one: str, other: str) -> bool:
    """Compares in constant time."""
    return hmac.compare_digest(one.encode(), other.encode())


def _signed(secret: bytes, purpose: str, identity: str) -> str:
    raw = uuid.UUID(identity).bytes
    return base64.urlsafe_b64encode(raw + _signature(secret, purpose, raw)).rstrip(b"=").decode("ascii")


def _verified(secret: bytes, purpose: str, token: str) -> str | None:
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    identity, signature = raw[:_ID_BYTES], raw[_ID_BYTES:]
    if len(identity) != _ID_BYTES or not hmac.compare_digest(signature, _signature(secret, purpose, identity)):
        return None
    return str(uuid.UUID(bytes=identity))


def _signature(secret: bytes, purpose: str, identity: bytes) -> bytes:
    return hmac.digest(secret, purpose.encode() + b"|" + identity, "sha256")[:_SIGNATURE_BYTES]
