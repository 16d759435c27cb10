"""Who pushes: the sender's signed token (RFC 8292)."""

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

__all__ = ["Sender", "VapidError", "VapidReason", "decode_base64url", "read_vapid"]

_LONGEST = timedelta(hours=24)
_SIGNATURE_BYTES = 64


class VapidReason(StrEnum):
    """Why a token does not count."""

    MISSING = "missing"
    MALFORMED = "malformed"
    BAD_SIGNATURE = "bad_signature"
    EXPIRED = "expired"
    EXPIRES_TOO_LATE = "expires_too_late"
    OTHER_AUDIENCE = "other_audience"
    OTHER_KEY = "other_key"


class VapidError(Exception):
    """`reason` says what is wrong."""

    def __init__(self, reason: VapidReason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Sender:
    """`public_key` as given, base64url of the uncompressed point; `subject` is a mailto: or https: address."""

    public_key: str
    subject: str


def read_vapid(authorization: str | None, origin: str, now: datetime, only_key: str | None = None) -> Sender:
    """`origin` is that of the endpoint, `only_key` the one that the subscription is restricted to. Raises VapidError."""
    token, key = _credentials(authorization)
    head, _, signature = token.rpartition(".")
    try:
        header, claims = (json.loads(decode_base64url(part)) for part in head.split("."))
        point = decode_base64url(key)
        public_key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
        raw = decode_base64url(signature)
    except (ValueError, RecursionError) as error:
        raise VapidError(VapidReason.MALFORMED, "the token or its key cannot be read") from error
    if not isinstance(header, dict) or header.get("alg") != "ES256" or not isinstance(claims, dict):
        raise VapidError(VapidReason.MALFORMED, "the token has to be an ES256 JWT")
    _check_signature(public_key, raw, head)
    _check_claims(claims, origin, now)
    if only_key not in {None, key.rstrip("=")}:
        raise VapidError(VapidReason.OTHER_KEY, "the subscription is for another application server key")
    return Sender(public_key=key.rstrip("="), subject=str(claims.get("sub", "")))


def decode_base64url(text: str) -> bytes:
    """With or without padding. Raises ValueError."""
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError("not base64url") from error


def _credentials(authorization: str | None) -> tuple[str, str]:
    scheme, _, rest = (authorization or "").partition(" ")
    if scheme.lower() != "vapid":
        raise VapidError(VapidReason.MISSING, "Authorization: vapid t=<token>, k=<key> is needed")
    fields = dict(field.strip().split("=", 1) for field in rest.split(",") if "=" in field)
    if not fields.get("t") or not fields.get("k"):
        raise VapidError(VapidReason.MALFORMED, "both t and k are needed")
    return fields["t"].strip('"'), fields["k"].strip('"')


def _check_signature(public_key: ec.EllipticCurvePublicKey, raw: bytes, signed: str) -> None:
    if len(raw) != _SIGNATURE_BYTES:
        raise VapidError(VapidReason.BAD_SIGNATURE, "an ES256 signature has 64 octets")
    half = _SIGNATURE_BYTES // 2
    signature = encode_dss_signature(int.from_bytes(raw[:half], "big"), int.from_bytes(raw[half:], "big"))
    try:
        public_key.verify(signature, signed.encode("ascii"), ec.ECDSA(hashes.SHA256()))
    except (InvalidSignature, UnicodeEncodeError) as error:
        raise VapidError(VapidReason.BAD_SIGNATURE, "the signature is not by this key") from error


def _check_claims(claims: dict[str, object], origin: str, now: datetime) -> None:
    expires = claims.get("exp")
    if not isinstance(expires, int | float) or isinstance(expires, bool):
        raise VapidError(VapidReason.MALFORMED, "exp has to be a number of seconds")
    if expires <= now.timestamp():
        raise VapidError(VapidReason.EXPIRED, "the token has expired")
    if expires > (now + _LONGEST).timestamp():
        raise VapidError(VapidReason.EXPIRES_TOO_LATE, "exp is more than 24 hours ahead")
    if claims.get("aud") != origin:
        raise VapidError(VapidReason.OTHER_AUDIENCE, f"aud has to be {origin}")
