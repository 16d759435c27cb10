"""From what somebody asked for to the subscription that is kept."""

import secrets
from datetime import datetime, timedelta

from services.notifier.core.subscription import Subscription
from services.notifier.core.tokens import owner_token_digest
from services.notifier.subscribing.bodies import SubscriptionBody, address_of, shape_of
from shared.ids import new_id
from shared.pack import CityPack

__all__ = ["new_subscription"]


def new_subscription(
    body: SubscriptionBody, pack: CityPack, owner_token: str, now: datetime, code_good_for: timedelta | None
) -> Subscription:
    """As it is to be kept; without a code to wait for it is confirmed. Raises Invalid."""
    address, push_keys = address_of(body, pack.city.country)
    return Subscription(
        subscription_id=new_id(now),
        channel=body.channel,
        address=address,
        push_keys=push_keys,
        area=body.area.model_dump(mode="json"),
        shape=shape_of(body.area, pack.city),
        categories=tuple(body.categories),
        least_urgency=body.least_urgency,
        language=body.language,
        quiet_hours=tuple(each.hours() for each in body.quiet_hours),
        owner_token_digest=owner_token_digest(owner_token),
        code_nonce=secrets.token_hex(8),
        code_expires_at=now + (code_good_for or timedelta(0)),
        wrong_codes=0,
        created_at=now,
        confirmed_at=now if code_good_for is None else None,
    )
