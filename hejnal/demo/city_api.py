"""Hejnał as any program outside sees it: the public HTTP addresses of the four services and the sandbox, and nothing else."""

from collections.abc import Mapping
from datetime import datetime
from types import TracebackType
from typing import Final, Self

import aiohttp
from pydantic import BaseModel, JsonValue, TypeAdapter

from hejnal.stack.stack_file import StackFile

__all__ = ["Alert", "CityApi", "Message", "Refused", "ReportState", "Ticket"]

TIMEOUT: Final = aiohttp.ClientTimeout(total=15)


class Refused(RuntimeError):
    """A service answered with an error. `status` is HTTP's; `retry_after_s` is set where it asks to come again."""

    def __init__(self, method: str, url: str, status: int, body: str, retry_after_s: float | None) -> None:
        super().__init__(f"{method} {url} answered {status}: {body[:500]}")
        self.status: Final = status
        self.retry_after_s: Final = retry_after_s


class Ticket(BaseModel):
    """The answer to a report."""

    report_id: str
    tracking_code: str


class ReportState(BaseModel):
    state: str
    category: str | None

    @property
    def has_ended(self) -> bool:
        """`received` and `assessed` pass; each report ends in one of the others."""
        return self.state not in {"received", "assessed"}


class Evidence(BaseModel):
    kind: str
    report_id: str | None = None
    sensor_id: str | None = None
    at: datetime


class Notification(BaseModel):
    notification_id: str
    channel: str
    recipient: str | None
    state: str
    reason: str | None = None


class Alert(BaseModel):
    alert_id: str
    version: int
    state: str
    category: str
    urgency: str
    title: str
    opened_at: datetime
    report_count: int
    reading_count: int
    evidence: list[Evidence]
    notifications: list[Notification] = []


class Message(BaseModel):
    """What a phone or mailbox got; `reference` is the notification's id."""

    channel: str
    provider: str
    to: str
    received_at: datetime
    reference: str | None
    text: str | None = None


class _Alerts(BaseModel):
    alerts: list[Alert]


class _Messages(BaseModel):
    messages: list[Message]


class _DecisionAnswer(BaseModel):
    decision_id: str
    state: str = "pending"
    reason: str | None = None


class _Subscription(BaseModel):
    subscription_id: str
    owner_token: str


class CityApi:
    """An async context; every call raises Refused, or aiohttp.ClientError when nobody answers."""

    def __init__(self, stack: StackFile) -> None:
        self._stack = stack
        self._gateway = {"Authorization": f"Bearer {stack.gateway_key}"}
        self._operator = {"Authorization": f"Bearer {stack.operator.token}"}

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(timeout=TIMEOUT)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.close()

    async def report(self, body: Mapping[str, JsonValue]) -> Ticket:
        return Ticket.model_validate_json(await self._ask("POST", f"{self._stack.ingest_url}/v1/reports", body))

    async def report_state(self, ticket: Ticket) -> ReportState:
        url = f"{self._stack.ingest_url}/v1/reports/{ticket.report_id}?code={ticket.tracking_code}"
        return ReportState.model_validate_json(await self._ask("GET", url))

    async def reading(self, body: Mapping[str, JsonValue]) -> None:
        await self._ask("POST", f"{self._stack.ingest_url}/v1/readings", body, self._gateway)

    async def alerts(self) -> list[Alert]:
        """The newest 500 of every state."""
        url = f"{self._stack.console_url}/v1/alerts?state=open,acknowledged,resolved,dismissed&limit=500"
        return _Alerts.model_validate_json(await self._ask("GET", url, headers=self._operator)).alerts

    async def alert(self, alert_id: str) -> Alert:
        url = f"{self._stack.console_url}/v1/alerts/{alert_id}"
        return Alert.model_validate_json(await self._ask("GET", url, headers=self._operator))

    async def decide(self, alert_id: str, body: Mapping[str, JsonValue]) -> str:
        """The decision's id; 409 when the alert has changed since `if_version`."""
        url = f"{self._stack.console_url}/v1/alerts/{alert_id}/decisions"
        answer = await self._ask("POST", url, body, self._operator)
        return _DecisionAnswer.model_validate_json(answer).decision_id

    async def decision(self, decision_id: str) -> tuple[str, str | None]:
        """Its state, and the reason when it was refused."""
        url = f"{self._stack.console_url}/v1/decisions/{decision_id}"
        answer = _DecisionAnswer.model_validate_json(await self._ask("GET", url, headers=self._operator))
        return answer.state, answer.reason

    async def messages(self, since: datetime, to: str | None = None) -> list[Message]:
        """What has reached the sandbox's phones and mailboxes since then."""
        query = {"since": since.isoformat(), "limit": "10000"} | ({"to": to} if to else {})
        answer = await self._ask("GET", f"{self._stack.sandbox_url}/v1/messages", query=query)
        return _Messages.model_validate_json(answer).messages

    async def subscribe(self, body: Mapping[str, JsonValue]) -> tuple[str, str]:
        """The subscription's id and its owner's token; it counts once it is confirmed."""
        answer = await self._ask("POST", f"{self._stack.notifier_url}/v1/subscriptions", body)
        made = _Subscription.model_validate_json(answer)
        return made.subscription_id, made.owner_token

    async def confirm(self, subscription_id: str, code: str) -> None:
        url = f"{self._stack.notifier_url}/v1/subscriptions/{subscription_id}/confirm"
        await self._ask("POST", url, {"code": code})

    async def leave(self, subscription_id: str, owner_token: str) -> None:
        url = f"{self._stack.notifier_url}/v1/subscriptions/{subscription_id}"
        await self._ask("DELETE", url, headers={"Authorization": f"Bearer {owner_token}"})

    async def _ask(
        self,
        method: str,
        url: str,
        body: Mapping[str, JsonValue] | None = None,
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
    ) -> bytes:
        async with self._session.request(method, url, json=body, headers=headers, params=query) as response:
            answer = await response.read()
            if not response.ok:
                raise Refused(method, url, response.status, answer.decode(errors="replace"), _retry_after_s(response))
            return answer


def _retry_after_s(response: aiohttp.ClientResponse) -> float | None:
    said = response.headers.get("Retry-After", "")
    return TypeAdapter(float).validate_python(said) if said.isdigit() else None
