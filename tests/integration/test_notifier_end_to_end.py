"""The notifier as a process: Kafka on one side, phones at the sandbox on the other."""

import asyncio
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.notifier.core.tokens import notification_of_acknowledge_token
from shared.events import AlertState, Channel, NotificationState, Urgency
from tests.notifier_builders import alert
from tests.notifier_world import DEADLINE_S, SECRET, World
from tests.sandbox import RunningSandbox

pytestmark = pytest.mark.kafka


def answered_by(message: Any) -> str | None:
    """The notification that the message's link acknowledges."""
    return notification_of_acknowledge_token(SECRET.encode(), message["text"].rpartition("/a/")[2])


@pytest.fixture
def world(topics: str, sandbox: RunningSandbox, tmp_path: Path) -> World:
    return World(topics, sandbox, tmp_path)


async def test_an_urgent_alert_reaches_an_sms_an_email_and_an_app_once(world: World) -> None:
    await world.seed_duty()
    async with world.running():
        first = alert(datetime.now(UTC), urgency=Urgency.HIGH)
        later = first.model_copy(update={"version": 2, "report_count": 2})
        await world.publish(first, first, later)
        for channel in ("sms", "email", "app"):
            await world.sandbox.message(channel=channel)
        await world.until_rows(
            [("app", "handed_over"), ("email", "handed_over"), ("sms", "delivered")],
            "SELECT channel, state FROM notifications ORDER BY channel",
        )
        assert len(await world.sandbox.messages()) == 3
        wanted = {
            (Channel.SMS, NotificationState.DELIVERED),
            (Channel.EMAIL, NotificationState.HANDED_OVER),
            (Channel.APP, NotificationState.HANDED_OVER),
        }
        # A receipt may be faster than the answer to what it is a receipt for: then nobody is told of a handing over.
        assert await world.told_until(wanted) - wanted <= {(Channel.SMS, NotificationState.HANDED_OVER)}
        (text,) = await world.sandbox.messages(channel="sms")
        assert answered_by(text) == text["reference"]


async def test_escalation_goes_on_after_a_restart_and_stops_when_acknowledged(world: World) -> None:
    await world.seed_duty()
    unanswered = alert(datetime.now(UTC))
    answered = alert(datetime.now(UTC))
    taken = answered.model_copy(update={"version": 2, "state": AlertState.ACKNOWLEDGED})
    async with world.running(HEJNAL_NOTIFIER_TIME_SCALE="0.05"):
        await world.publish(unanswered, answered, taken)
        await world.until_rows(
            [("stopped",)] * 2, "SELECT state FROM escalations WHERE alert_id = ?", answered.alert_id
        )
    async with world.running(HEJNAL_NOTIFIER_TIME_SCALE="0.05"):
        await world.until_rows(
            [(2, "fired"), (3, "fired")],
            "SELECT step, state FROM escalations WHERE alert_id = ? ORDER BY step",
            unanswered.alert_id,
        )
        # A step has fired when its request is in the outbox: the phones ring a little later.
        escalations = "SELECT notification_id FROM notifications WHERE purpose = 'escalation' AND channel = 'sms'"
        async with asyncio.timeout(DEADLINE_S):
            while len(world.rows(escalations)) < 2:
                await asyncio.sleep(0.05)
        await world.until_rows([(0,)], "SELECT count(*) FROM notifications WHERE state IN ('requested', 'claimed')")
        rung = [one for one in await world.sandbox.messages(channel="sms") if "NIEPOTWIERDZONE" in one["text"]]
        assert {one["reference"] for one in rung} == {identity for (identity,) in world.rows(escalations)}
        assert len(rung) == 2
        assert all(answered_by(one) == one["reference"] for one in rung)


async def test_a_resident_subscribes_confirms_hears_what_was_published_and_leaves(world: World) -> None:
    body = {"channel": "sms", "address": "+48 600 300 300", "area": {"districts": ["stare-miasto"]}, "language": "pl"}
    async with world.running(), httpx.AsyncClient(base_url=world.url) as http:
        added = (await http.post("/v1/subscriptions", json=body)).json()
        code = re.search(r"\d{6}", (await world.sandbox.message(to="+48600300300"))["text"])
        assert code is not None
        confirm = f"/v1/subscriptions/{added['subscription_id']}/confirm"
        assert (await http.post(confirm, json={"code": code.group()})).status_code == 200

        at = datetime.now(UTC)
        unpublished = alert(at)
        published = unpublished.model_copy(update={"version": 2, "public": True, "public_text": "Zamknijcie okna."})
        over = published.model_copy(update={"version": 3, "state": AlertState.RESOLVED})
        await world.publish(unpublished, published, published)
        async with asyncio.timeout(20):
            while len(texts := await world.sandbox.messages(to="+48600300300")) < 2:
                await asyncio.sleep(0.02)
        assert "Zamknijcie okna." in texts[1]["text"]
        await world.publish(over)
        async with asyncio.timeout(20):
            while len(texts := await world.sandbox.messages(to="+48600300300")) < 3:
                await asyncio.sleep(0.02)
        link = re.findall(r"http\S+/leave/\S+", texts[2]["text"])[-1]
        assert "<button" in (await http.get(link)).text
        assert (await http.post(link, data={"List-Unsubscribe": "One-Click"})).status_code == 200
        assert world.rows("SELECT count(*) FROM subscriptions") == [(0,)]


async def test_a_refusing_provider_fails_over_and_a_dropped_line_is_settled_by_its_receipt(world: World) -> None:
    await world.seed_duty()
    async with world.running():
        await world.sandbox.behave("sms", "refuse", provider="a")
        await world.publish(alert(datetime.now(UTC)))
        await world.until_rows([("b", "delivered")], "SELECT provider, state FROM notifications WHERE channel = 'sms'")
        await world.sandbox.behave("sms", "drop_after_accept")
        dropped = alert(datetime.now(UTC))
        await world.publish(dropped)
        await world.until_rows(
            [("requested",), ("claimed",), ("unknown",), ("delivered",)],
            "SELECT h.state FROM history h JOIN notifications n USING (notification_id) "
            "WHERE n.channel = 'sms' AND n.alert_id = ? ORDER BY h.at, h.rowid",
            dropped.alert_id,
        )
    assert len(await world.sandbox.messages(channel="sms")) == 2
