"""The links in a message. Only the sender makes them, so that no secret is in Kafka."""

from dataclasses import dataclass

from services.notifier.core.tokens import acknowledge_token, confirmation_code, leave_token
from services.notifier.send.core.message import Address, Links
from shared.events import NotificationRequested

__all__ = ["LinkPlaces", "links_for", "stand_in_links"]

_ASKING = frozenset({"alert", "escalation"})
_NO_ID = "00000000-0000-7000-8000-000000000000"


@dataclass(frozen=True, slots=True)
class LinkPlaces:
    """`alert_url` has `{alert_id}` in it; `base_url` is where this service is reached from outside; `secret` signs."""

    alert_url: str
    public_url: str
    base_url: str
    secret: bytes


def links_for(event: NotificationRequested, address: Address, places: LinkPlaces) -> Links:
    """For people on duty one tap to acknowledge, or the console's page where nothing waits for an answer; the public page and the way
    out for subscribers.
    """
    if address.subscription_id is None and event.purpose in _ASKING:
        return Links(f"{places.base_url}/a/{acknowledge_token(places.secret, event.notification_id)}", "", "")
    if address.subscription_id is None:
        return Links(places.alert_url.replace("{alert_id}", event.alert_id or ""), "", "")
    leave = f"{places.base_url}/leave/{leave_token(places.secret, address.subscription_id)}"
    if event.purpose != "code":
        return Links(places.public_url, leave, "")
    code = confirmation_code(places.secret, address.subscription_id, address.code_nonce or "")
    return Links("", leave, code)


def stand_in_links(event: NotificationRequested, places: LinkPlaces) -> Links:
    """Links as long as the real ones: enough to count a message's parts without its address."""
    is_public = event.purpose in {"publish", "warning", "code"} or "{leave_url}" in event.body
    address = Address(event.channel, "", subscription_id=_NO_ID if is_public else None, code_nonce="")
    return links_for(event, address, places)
