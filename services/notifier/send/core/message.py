"""A notification as it is handed to a provider: the words with their secrets filled in, and the address."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from shared.events import Category, Channel, Language, NotificationRequested, Urgency
from shared.pack import render

__all__ = ["Address", "Links", "Message", "compose"]


@dataclass(frozen=True, slots=True)
class Address:
    """`text` is a number, a mail address or a push endpoint. `code_nonce` belongs to a subscription that waits for its code."""

    channel: Channel
    text: str
    push_keys: Mapping[str, str] = field(default_factory=dict)
    subscription_id: str | None = None
    code_nonce: str | None = None


@dataclass(frozen=True, slots=True)
class Links:
    """`leave_url` is empty for people on duty, `code` for everything but codes."""

    url: str
    leave_url: str
    code: str


@dataclass(frozen=True, slots=True)
class Message:
    notification_id: str
    alert_id: str | None
    address: Address
    language: Language
    urgency: Urgency
    category: Category
    subject: str
    body: str
    links: Links
    expires_at: datetime
    issued_at: datetime


def compose(event: NotificationRequested, address: Address, links: Links) -> Message:
    """Fills in what only the sender may know. Raises KeyError or UnsafeTemplateError for places that it does not know."""
    values = {"url": links.url, "leave_url": links.leave_url, "code": links.code}
    return Message(
        notification_id=event.notification_id,
        alert_id=event.alert_id,
        address=address,
        language=event.language,
        urgency=event.urgency,
        category=event.category,
        subject=render(event.subject, values),
        body=_closed(render(event.body, values), leaves=bool(links.leave_url)),
        links=links,
        expires_at=event.expires_at,
        issued_at=event.occurred_at,
    )


def _closed(body: str, *, leaves: bool) -> str:
    """For people on duty, who cannot leave, the words before the empty leave link go as well."""
    lines = body.rstrip().split("\n")
    while not leaves and len(lines) > 1 and lines[-1].rstrip().endswith(":"):
        lines.pop()
    return "\n".join(lines).rstrip()
