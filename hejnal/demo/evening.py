"""Plays the story at its pace through the public addresses, and waits until everything has come to its end."""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from pydantic import JsonValue

from hejnal.demo.city_api import Alert, CityApi, Message, Refused, ReportState
from hejnal.demo.outcome import (
    Sent,
    SentCall,
    SentDecision,
    SentReading,
    alert_of_report,
    alert_of_sensor,
    has_been_told,
)
from hejnal.demo.story import DURATION_S, Act, Call, Decision, Measurement, Resident

__all__ = ["Evening", "NotInTime", "Outcome", "resolve_all", "subscribed"]

CONFLICT = 409
TOO_MANY = 429
POLL_S = 0.2
PATIENCE_S = 60.0
"""For one alert, one decision or the whole end of the evening."""

Say = Callable[[str, str], None]
"""Tells the audience: who, and what."""


class NotInTime(RuntimeError):
    """Something that the evening waits for did not come; the message says what."""


@dataclass(frozen=True, slots=True)
class Outcome:
    states: list[ReportState]
    alerts: list[Alert]
    """With their notifications."""
    messages: list[Message]


@dataclass(slots=True)
class Evening:
    api: CityApi
    say: Say
    began: datetime = field(default_factory=lambda: datetime.now(UTC))
    sent: Sent = field(default_factory=Sent)

    async def play(self, story: Sequence[Act], duration_s: float) -> None:
        """Raises NotInTime, Refused and aiohttp.ClientError."""
        started = time.monotonic()
        for act in sorted(story, key=lambda one: one.at_s):
            await asyncio.sleep(max(0.0, started + act.at_s * duration_s / DURATION_S - time.monotonic()))
            match act:
                case Call():
                    await self._call(act)
                case Measurement():
                    await self._measure(act)
                case Decision():
                    await self._decide(act)

    async def outcome(self) -> Outcome:
        """Once every report has ended and every alert's messages are out. Raises NotInTime with what is not."""
        deadline = time.monotonic() + PATIENCE_S
        while True:
            states = await asyncio.gather(*(self.api.report_state(call.ticket) for call in self.sent.calls))
            mine = self._mine(await self.api.alerts())
            alerts = list(await asyncio.gather(*(self.api.alert(alert.alert_id) for alert in mine)))
            messages = await self.api.messages(self.began)
            pending = _pending(self.sent.calls, states, alerts, messages)
            if not pending:
                return Outcome(list(states), alerts, messages)
            if time.monotonic() > deadline:
                raise NotInTime(f"after {PATIENCE_S:g} s still: {'; '.join(pending)}")
            await asyncio.sleep(POLL_S)

    def _mine(self, alerts: Sequence[Alert]) -> list[Alert]:
        found = [alert_of_report(alerts, call.ticket.report_id) for call in self.sent.calls]
        found += [alert_of_sensor(alerts, reading.sensor_id, self.began) for reading in self.sent.readings[:1]]
        return list({alert.alert_id: alert for alert in found if alert}.values())

    async def _call(self, call: Call) -> None:
        self.say(f"☎ {call.name}", call.text)
        body: dict[str, JsonValue] = {"text": call.text, "lat": call.lat, "lon": call.lon, "language": call.language}
        while True:
            sent_at = datetime.now(UTC)
            try:
                ticket = await self.api.report(body)
            except Refused as refused:
                if refused.status != TOO_MANY or refused.retry_after_s is None:
                    raise
                self.say("  ingest", f"limits reports by address; waiting {refused.retry_after_s:g} s as it asks")
                await asyncio.sleep(refused.retry_after_s)
            else:
                self.sent.calls.append(SentCall(call.name, call.text, ticket, sent_at))
                return

    async def _measure(self, one: Measurement) -> None:
        self.say(f"≈ {one.sensor_id}", f"{one.value:g} {one.unit}")
        sent_at = datetime.now(UTC)
        at = sent_at.isoformat(timespec="milliseconds")
        await self.api.reading(
            {"sensor_id": one.sensor_id, "quantity": one.quantity, "value": one.value, "unit": one.unit, "at": at}
        )
        self.sent.readings.append(SentReading(one.sensor_id, one.value, one.unit, sent_at))

    async def _decide(self, decision: Decision) -> None:
        """As a person would: look, decide on what is seen, and look again when it has changed meanwhile."""
        call = next(call for call in self.sent.calls if call.name == decision.about)
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            alert = alert_of_report(await self.api.alerts(), call.ticket.report_id)
            sent_at = datetime.now(UTC)
            if alert and await decide(self.api, alert, decision.kind, decision.text):
                self.sent.decisions.append(SentDecision(alert.alert_id, decision.kind, sent_at))
                self.say("☑ operator", f"{decision.kind}: {alert.title}")
                return
            await asyncio.sleep(POLL_S)
        raise NotInTime(f"no alert of {decision.about!r} could be decided on within {PATIENCE_S:g} s")


async def decide(api: CityApi, alert: Alert, kind: str, text: str) -> bool:
    """Whether it was applied; False when the alert has changed since it was looked at. Raises NotInTime and Refused."""
    body: dict[str, JsonValue] = {"kind": kind, "if_version": alert.version}
    body["text" if kind == "publish" else "reason"] = text
    try:
        decision_id = await api.decide(alert.alert_id, body)
    except Refused as refused:
        if refused.status == CONFLICT:
            return False
        raise
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        state, _ = await api.decision(decision_id)
        if state != "pending":
            return state == "applied"
        await asyncio.sleep(POLL_S)
    raise NotInTime(f"decision {decision_id} is pending after {PATIENCE_S:g} s")


async def resolve_all(api: CityApi, alert_ids: Sequence[str]) -> None:
    """Closes what an earlier evening left open, so that this one begins with a quiet city."""
    live = [
        alert for alert in await api.alerts() if alert.alert_id in alert_ids and alert.state in {"open", "acknowledged"}
    ]
    for alert in live:
        await decide(api, alert, "resolve", "Poprzedni wieczór")


@asynccontextmanager
async def subscribed(api: CityApi, resident: Resident) -> AsyncIterator[None]:
    """Inside it the resident is a confirmed subscriber, and has left again after it."""
    began = datetime.now(UTC)
    body: Mapping[str, JsonValue] = {
        "channel": "sms",
        "address": resident.phone,
        "area": _square(resident),
        "language": resident.language,
        "least_urgency": "low",
    }
    subscription_id, owner_token = await api.subscribe(body)
    try:
        await api.confirm(subscription_id, await _code(api, resident.phone, began))
        yield
    finally:
        await api.leave(subscription_id, owner_token)


async def _code(api: CityApi, phone: str, since: datetime) -> str:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        for message in await api.messages(since, to=phone):
            found = re.search(r"\b\d{6}\b", message.text or "")
            if found:
                return found[0]
        await asyncio.sleep(POLL_S)
    raise NotInTime(f"the code for a new subscription did not reach {phone} within {PATIENCE_S:g} s")


def _square(resident: Resident) -> JsonValue:
    west, east = resident.around_lon - resident.half_width_degrees, resident.around_lon + resident.half_width_degrees
    south, north = resident.around_lat - resident.half_width_degrees, resident.around_lat + resident.half_width_degrees
    ring: JsonValue = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


def _pending(
    calls: Sequence[SentCall], states: Sequence[ReportState], alerts: Sequence[Alert], messages: Sequence[Message]
) -> list[str]:
    passing = [
        f"report {call.name!r} is {state.state}"
        for call, state in zip(calls, states, strict=True)
        if not state.has_ended
    ]
    seen = [
        f"report {call.name!r} has joined an alert that the console does not show"
        for call, state in zip(calls, states, strict=True)
        if state.has_ended and state.state != "no_action" and not alert_of_report(alerts, call.ticket.report_id)
    ]
    untold = [f"messages of {alert.title!r} are on their way" for alert in alerts if not has_been_told(alert, messages)]
    return passing + seen + untold
