"""Secrets that people and programs bring, and what is kept of them."""

import base64
import hashlib
import hmac

__all__ = ["csrf_token", "fingerprint", "is_csrf_token"]


def fingerprint(secret: str) -> str:
    """SHA-256 of a token or a session's secret: both are long and random, so nothing slower is needed."""
    return hashlib.sha256(secret.encode()).hexdigest()


def csrf_token(session_secret: str) -> str:
    """The token of a session's page, derived from the session's secret: nothing more has to be stored, and a reload finds it again."""
    mac = hmac.digest(session_secret.encode(), b"hejnal csrf", "sha256")
    return base64.urlsafe_b64encode(mac).decode().rstrip("=")


def is_csrf_token(session_secret: str, given: str) -> bool:
    return hmac.compare_digest(csrf_token(session_secret).encode(), given.encode())
