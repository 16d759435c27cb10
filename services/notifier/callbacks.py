"""Delivery reports that providers send over HTTP."""

import hmac
from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Literal, Self

from pydantic import BaseModel, Field, TypeAdapter, ValidationError, model_validator

from services.notifier.send.core.outcomes import Receipt
from shared.errors import Invalid
from shared.events import NotificationState

__all__ = ["Callbacks", "DeliveryReport"]

_STATES = {
    "handed_over": NotificationState.HANDED_OVER,
    "delivered": NotificationState.DELIVERED,
    "failed": NotificationState.FAILED,
    "expired": NotificationState.EXPIRED,
}
_Id = Annotated[str, Field(min_length=1, max_length=80)]


class DeliveryReport(BaseModel):
    """`reference` is the notification's id as it was handed over; `provider_message_id` what the provider calls it. One is enough."""

    provider_message_id: _Id | None = None
    reference: Annotated[str, Field(min_length=1, max_length=36)] | None = None
    state: Literal["handed_over", "delivered", "failed", "expired"]
    reason: Annotated[str, Field(max_length=80, pattern=r"^[a-z0-9_]+$")] = "callback"

    @model_validator(mode="after")
    def _about_something(self) -> Self:
        if self.provider_message_id is None and self.reference is None:
            raise ValueError("give a `provider_message_id` or a `reference`")
        return self


class _Reports(BaseModel):
    reports: Annotated[list[DeliveryReport], Field(min_length=1, max_length=1_000)]


_BODY: TypeAdapter[_Reports | DeliveryReport] = TypeAdapter(_Reports | DeliveryReport)


class Callbacks:
    """`tokens` by provider; `book` keeps a receipt, and raises Transient when it can't."""

    def __init__(self, tokens: Mapping[str, str], book: Callable[[Receipt], Awaitable[None]]) -> None:
        self._tokens = tokens
        self._book = book

    def knows(self, provider: str) -> bool:
        return provider in self._tokens

    def is_from(self, provider: str, body: bytes, authorization: str | None, signature: str | None) -> bool:
        """By the token itself, or by `sha256=<hex>` of the body with the token as key."""
        token = self._tokens[provider].encode()
        if signature is not None:
            right = f"sha256={hmac.new(token, body, 'sha256').hexdigest()}"
            return hmac.compare_digest(signature.encode(), right.encode())
        scheme, _, given = (authorization or "").partition(" ")
        return scheme.lower() == "bearer" and hmac.compare_digest(given.strip().encode(), token)

    async def take(self, provider: str, body: bytes) -> int:
        """Books the reports; returns how many. A repeated or late one changes nothing. Raises Invalid and Transient."""
        try:
            read = _BODY.validate_json(body)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            reason = "not_json" if first["type"] == "json_invalid" else "not_valid"
            raise Invalid(reason, f"{'/'.join(map(str, first['loc']))}: {first['msg']}") from error
        reports = read.reports if isinstance(read, _Reports) else [read]
        for report in reports:
            state = _STATES[report.state]
            await self._book(Receipt(provider, report.provider_message_id, report.reference, state, report.reason))
        return len(reports)
