"""Short names for what has been folded already."""

from base64 import urlsafe_b64encode
from hashlib import blake2b

__all__ = ["short_hash"]


def short_hash(event_id: str) -> str:
    """48 bits in 8 characters: among the 100,000 that a city may remember, one in three billion newcomers is mistaken for an old one."""
    return urlsafe_b64encode(blake2b(event_id.encode(), digest_size=6).digest()).decode()
