"""A push message as the service checks it and as the phone shows it."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

import http_ece
from cryptography.exceptions import InvalidTag

from sandbox.push.phones import Phone

__all__ = ["Asked", "PushError", "Shown", "decrypt", "read_headers"]

_URGENCIES = ("very-low", "low", "normal", "high")
_TOPIC = re.compile(r"[A-Za-z0-9_-]{1,32}")


class PushError(Exception):
    """The request is not a push message; `status` is the HTTP status to answer."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Asked:
    """What the headers ask for (RFC 8030, 5.2 to 5.4)."""

    ttl_s: int
    urgency: str
    topic: str | None


@dataclass(frozen=True, slots=True)
class Shown:
    """What the phone shows."""

    title: str
    text: str
    url: str | None
    reference: str | None


def read_headers(headers: Mapping[str, str]) -> Asked:
    """Names in lower case. Raises PushError."""
    ttl, urgency, topic = headers.get("ttl", ""), headers.get("urgency", "normal"), headers.get("topic")
    if not (ttl.isascii() and ttl.isdigit()):
        raise PushError(400, "TTL has to be given, in whole seconds")
    if urgency not in _URGENCIES:
        raise PushError(400, f"Urgency has to be one of {', '.join(_URGENCIES)}")
    if topic is not None and _TOPIC.fullmatch(topic) is None:
        raise PushError(400, "Topic has to be at most 32 characters of base64url")
    if headers.get("content-encoding") != "aes128gcm":
        raise PushError(415, "Content-Encoding has to be aes128gcm (RFC 8188)")
    return Asked(int(ttl), urgency, topic)


def decrypt(phone: Phone, octets: bytes) -> Shown:
    """With the keys that only the phone has (RFC 8291). Raises PushError."""
    try:
        plain = http_ece.decrypt(octets, private_key=phone.private_key, auth_secret=phone.auth, version="aes128gcm")
    except (http_ece.ECEException, InvalidTag, ValueError) as error:
        raise PushError(400, "the phone cannot decrypt this") from error
    return _read(bytes(plain).decode("utf-8", "replace"))


def _read(text: str) -> Shown:
    try:
        payload = json.loads(text)
    except (ValueError, RecursionError):
        payload = None
    if not isinstance(payload, dict):
        return Shown(title="", text=text, url=None, reference=None)
    return Shown(
        title=_word(payload.get("title")) or "",
        text=_word(payload.get("body")) or "",
        url=_word(payload.get("url")),
        reference=_word(payload.get("notification_id")),
    )


def _word(value: object) -> str | None:
    return value if isinstance(value, str) else None
