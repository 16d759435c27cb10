"""A resident's subscription."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shapely.geometry.base import BaseGeometry

from services.notifier.core.quiet_hours import QuietHours
from shared.events import Category, Channel, Language, Urgency

__all__ = ["Subscription"]


@dataclass(frozen=True, slots=True)
class Subscription:
    """`area` is as the resident gave it; `shape` what it means on the map."""

    subscription_id: str
    channel: Channel
    address: str
    push_keys: Mapping[str, str] | None
    area: Mapping[str, Any]
    shape: BaseGeometry
    categories: tuple[Category, ...]
    least_urgency: Urgency
    language: Language
    quiet_hours: tuple[QuietHours, ...]
    owner_token_digest: str
    code_nonce: str
    code_expires_at: datetime
    wrong_codes: int
    created_at: datetime
    confirmed_at: datetime | None
