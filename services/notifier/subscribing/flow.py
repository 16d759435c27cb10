"""Subscribe with a code to one's own phone, confirm, change, leave."""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Protocol

from services.notifier import metrics
from services.notifier.core.confirmation import CodeAnswer, CodeSent, judge_code
from services.notifier.core.masking import mask
from services.notifier.core.subscription import Subscription
from services.notifier.core.tokens import confirmation_code, owner_token_digest, same, subscription_of_leave_token
from services.notifier.plan.core.requesting import Request
from services.notifier.plan.core.wording import words_for_code
from services.notifier.subscribing.bodies import SubscriptionBody, address_of
from services.notifier.subscribing.entering import new_subscription
from shared.events import Category, NotificationRequested, Urgency
from shared.ids import derived_event_id, derived_id
from shared.pack import CityPack

__all__ = ["Added", "Asking", "Kept", "Subscribing"]


class Kept(Protocol):
    """The subscriptions on disk. All raise Transient."""

    async def add(self, new: Sequence[Subscription]) -> None: ...
    async def find(self, subscription_id: str) -> Subscription | None: ...
    async def put(self, changed: Subscription) -> bool: ...
    async def remove(self, subscription_id: str) -> bool: ...
    async def try_code(
        self, subscription_id: str, judge: Callable[[Subscription], CodeAnswer], now: datetime
    ) -> CodeAnswer | None: ...


class Asking(Protocol):
    async def ask(self, request: Request, now: datetime) -> None:
        """The request is kept when this returns, and goes to its sender. Raises Transient."""
        ...


@dataclass(frozen=True, slots=True)
class Added:
    subscription_id: str
    owner_token: str


class Subscribing:
    def __init__(
        self,
        pack: CityPack,
        kept: Kept,
        asking: Asking,
        secret: bytes,
        clock: Callable[[], datetime],
        *,
        code_good_for: timedelta,
    ) -> None:
        self._pack = pack
        self._kept = kept
        self._asking = asking
        self._secret = secret
        self._clock = clock
        self._code_good_for = code_good_for

    async def subscribe(self, body: SubscriptionBody) -> Added:
        """Kept, and a code is on its way. Raises Invalid and Transient."""
        owner_token = secrets.token_urlsafe(32)
        subscription = new_subscription(body, self._pack, owner_token, self._clock(), self._code_good_for)
        await self._kept.add([subscription])
        await self._asking.ask(self._code_request(subscription), subscription.created_at)
        return Added(subscription.subscription_id, owner_token)

    async def confirm(self, subscription_id: str, code: str) -> CodeAnswer | None:
        """None when there is no such subscription. Raises Transient."""
        now = self._clock()

        def judge(one: Subscription) -> CodeAnswer:
            right = confirmation_code(self._secret, one.subscription_id, one.code_nonce)
            sent = CodeSent(right, one.code_expires_at, one.wrong_codes, confirmed=one.confirmed_at is not None)
            return judge_code(sent, code, now)

        answer = await self._kept.try_code(subscription_id, judge, now)
        metrics.CODES.labels(answer or "no_such_subscription").inc()
        return answer

    async def owned(self, subscription_id: str, owner_token: str) -> Subscription | None:
        """The subscription, if the token is its owner's."""
        found = await self._kept.find(subscription_id)
        if found is None or not same(found.owner_token_digest, owner_token_digest(owner_token)):
            return None
        return found

    async def change(self, present: Subscription, body: SubscriptionBody) -> Subscription | None:
        """The address stays: another phone is another subscription, with a code of its own. Raises Invalid and Transient."""
        new = new_subscription(body, self._pack, "", self._clock(), None)
        changed = replace(
            present,
            area=new.area,
            shape=new.shape,
            categories=new.categories,
            least_urgency=new.least_urgency,
            language=new.language,
            quiet_hours=new.quiet_hours,
        )
        return changed if await self._kept.put(changed) else None

    def reaches_the_same(self, present: Subscription, body: SubscriptionBody) -> bool:
        """Whether the body names the channel and address that the subscription has. Raises Invalid."""
        address, push_keys = address_of(body, self._pack.city.country)
        return (present.channel, present.address) == (body.channel, address) and present.push_keys == push_keys

    async def remove(self, subscription_id: str) -> bool:
        return await self._kept.remove(subscription_id)

    def of_leave_token(self, token: str) -> str | None:
        return subscription_of_leave_token(self._secret, token)

    def shown(self, one: Subscription) -> Mapping[str, Any]:
        """For its owner: everything but the address, which is masked."""
        return {
            "subscription_id": one.subscription_id,
            "channel": one.channel,
            "address": mask(one.channel, one.address),
            "area": one.area,
            "categories": list(one.categories),
            "least_urgency": one.least_urgency,
            "language": one.language,
            "quiet_hours": [
                {"days": sorted(each.days), "from": f"{each.begins:%H:%M}", "to": f"{each.ends:%H:%M}"}
                for each in one.quiet_hours
            ],
            "confirmed": one.confirmed_at is not None,
            "created_at": one.created_at,
        }

    def _code_request(self, one: Subscription) -> Request:
        now, minutes = one.created_at, round(self._code_good_for.total_seconds() / 60)
        words = words_for_code(self._pack, one.channel, one.language, minutes=minutes)
        identity = derived_id(f"{one.subscription_id}|{one.code_nonce}", "code", now)
        event = NotificationRequested(
            event_id=derived_event_id(identity, "requested"),
            city=self._pack.city.id,
            occurred_at=now,
            received_at=now,
            notification_id=identity,
            purpose="code",
            recipient_id=one.subscription_id,
            recipient=mask(one.channel, one.address),
            channel=one.channel,
            language=one.language,
            urgency=Urgency.NONE,
            category=Category.OTHER,
            step=0,
            subject=words.subject,
            body=words.body,
            expires_at=one.code_expires_at,
        )
        return Request(event, None)
