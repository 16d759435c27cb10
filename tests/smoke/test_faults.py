"""kill -9 of any one process under load: what was accepted ends, no alert is lost or stale, no phone rings twice in silence."""

import asyncio
import itertools
import uuid
from collections import Counter
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from shared.events import AlertChanged
from shared.topics import ALERTS
from tests.stack import Stack, running_stack

pytestmark = pytest.mark.stack

REPORTS_PER_S = 50
REPORTS = 500
KILLED_AFTER = 200

TEXTS = (
    "Pali się mieszkanie na drugim piętrze, płomienie z okna, w środku są ludzie",
    "Пожежа в будинку, багато диму, у вікні люди",
    "Wyciek gazu, silny zapach gazu na klatce schodowej",
    "Zaginął pies, biszkoptowy labrador",
    "Dziękuję za szybką pomoc wczoraj",
    "Dziura w jezdni przed szkołą",
)


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack of its own: these tests read whole logs."""
    with running_stack(tmp_path_factory.mktemp("faults")) as started:
        yield started


@pytest.mark.parametrize("victim", ["ingest", "classifier", "notifier", "console", "kafka"])
async def test_kill_9_under_load_loses_and_doubles_nothing(city: Stack, victim: str) -> None:
    """Every report answered with 202 ends in an alert or a stated no-action; the ledger accounts for every notification."""
    tickets = await load(city, victim)
    assert len(tickets) == REPORTS, "every client that comes again gets its 202"
    await asyncio.to_thread(city.until_ready)
    states = await ended(city, tickets)
    assert set(states.values()) <= {"joined", "no_action", "in_progress", "resolved"}
    newest = await newest_alerts(city)
    joined = {report for alert in newest.values() for report in reports_of(alert)}
    assert {ticket for ticket, state in states.items() if state == "joined"} <= joined, "a report that nowhere joined"
    await asyncio.to_thread(until_console_agrees, city, newest)
    await asyncio.to_thread(until_ledger_settled, city)
    assert doubled(city) <= unknown(city), "a phone got a message twice and the ledger does not say unknown"


async def load(city: Stack, victim: str) -> list[dict[str, Any]]:
    """Reports at a steady pace from clients that come again, with their key, until they are told 202."""
    places = itertools.cycle(
        [(49.76 + row * 0.004, 22.73 + column * 0.006) for row in range(9) for column in range(12)]
    )
    sending: list[asyncio.Task[dict[str, Any]]] = []
    async with httpx.AsyncClient(timeout=10, limits=httpx.Limits(max_connections=200)) as http, asyncio.timeout(180):
        for number in range(REPORTS):
            lat, lon = next(places)
            body = {"text": f"{TEXTS[number % len(TEXTS)]}, nr {number}", "lat": lat, "lon": lon}
            sending.append(asyncio.create_task(insist(http, city, body)))
            if number == KILLED_AFTER:
                city.kill(victim)
            await asyncio.sleep(1 / REPORTS_PER_S)
        return list(await asyncio.gather(*sending))


async def insist(http: httpx.AsyncClient, city: Stack, body: dict[str, Any]) -> dict[str, Any]:
    key = {"Idempotency-Key": str(uuid.uuid4())}
    while True:
        try:
            answer = await http.post(f"{city.addresses['ingest_url']}/v1/reports", json=body, headers=key)
        except httpx.TransportError:
            await asyncio.sleep(0.2)
            continue
        if answer.status_code == 202:
            return dict(answer.json())
        assert answer.status_code == 503, answer.text
        assert int(answer.headers["retry-after"]) > 0
        await asyncio.sleep(0.5)


async def ended(city: Stack, tickets: list[dict[str, Any]]) -> dict[str, str]:
    """The state of every report, once none is on its way any more."""
    states: dict[str, str] = {}
    async with httpx.AsyncClient(timeout=10) as http:
        for ticket in tickets:
            url = f"{city.addresses['ingest_url']}/v1/reports/{ticket['report_id']}"
            try:
                async with asyncio.timeout(90):
                    while True:
                        answer = await http.get(url, params={"code": ticket["tracking_code"]})
                        assert answer.status_code == 200, f"accepted and not known: {answer.text}"
                        state = answer.json()["state"]
                        if state not in {"received", "assessed"}:
                            break
                        await asyncio.sleep(0.1)
            except TimeoutError:
                pytest.fail(f"report {ticket['report_id']} is still {state}")
            states[ticket["report_id"]] = state
    return states


async def newest_alerts(city: Stack) -> dict[str, list[AlertChanged]]:
    """Every committed version of each alert, in the log's order: the truth that all others are held to."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=city.addresses["kafka_bootstrap_servers"],
        isolation_level="read_committed",
        auto_offset_reset="earliest",
    )
    await consumer.start()
    versions: dict[str, list[AlertChanged]] = {}
    try:
        partitions = [TopicPartition(ALERTS.name, number) for number in range(ALERTS.partitions)]
        consumer.assign(partitions)
        ends = await consumer.end_offsets(partitions)
        while any([await consumer.position(one) < ends[one] for one in partitions]):
            for records in (await consumer.getmany(timeout_ms=200)).values():
                for record in records:
                    one = AlertChanged.model_validate_json(record.value)
                    versions.setdefault(one.alert_id, []).append(one)
    finally:
        await consumer.stop()
    for history in versions.values():
        numbers = [one.version for one in history]
        assert numbers == sorted(numbers), "a snapshot went back"
    return versions


def reports_of(history: list[AlertChanged]) -> set[str]:
    return {report for version in history for report in version.joined_report_ids}


def until_console_agrees(city: Stack, newest: dict[str, list[AlertChanged]]) -> None:
    """The board shows the newest version of every alert: none lost, none stale."""
    wanted = {alert_id: history[-1].version for alert_id, history in newest.items()}
    city.until(
        "the console shows the newest version of every alert",
        lambda: (
            (shown := {one["alert_id"]: one["version"] for one in city.alerts()})
            and all(shown.get(alert_id, 0) >= version for alert_id, version in wanted.items())
        ),
    )


def until_ledger_settled(city: Stack) -> None:
    """Everything that was requested is delivered, failed, expired or unknown."""

    def on_the_way() -> int:
        text = city.http.get(f"{city.addresses['notifier_url']}/metrics").text
        counts = [line for line in text.splitlines() if line.startswith("hejnal_notifier_notifications{")]
        pending = [line for line in counts if 'state="requested"' in line or 'state="claimed"' in line]
        return sum(int(float(line.rsplit(" ", 1)[1])) for line in pending)

    city.until("nothing is requested or claimed any more", lambda: on_the_way() == 0, deadline_s=120)


def doubled(city: Stack) -> set[str]:
    """Notifications that reached their phone more than once."""
    counts = Counter((message["to"], message["reference"]) for message in city.messages())
    return {reference for (_, reference), count in counts.items() if count > 1}


def unknown(city: Stack) -> set[str]:
    return {
        one["notification_id"]
        for alert in city.alerts()
        for one in city.alert(alert["alert_id"])["notifications"]
        if one["state"] == "unknown"
    }


async def test_a_record_that_cannot_be_read_goes_to_dead_letters_and_the_next_is_handled(city: Stack) -> None:
    """On every topic that a service reads."""
    from aiokafka import AIOKafkaProducer

    from shared.topics import TOPICS

    read = [topic for topic in TOPICS if set(topic.read_by) & {"classifier", "notifier", "ingest", "console"}]
    producer = AIOKafkaProducer(bootstrap_servers=city.addresses["kafka_bootstrap_servers"])
    await producer.start()
    try:
        for topic in read:
            await producer.send_and_wait(topic.name, b"{not json", key=b"poison")
            await producer.send_and_wait(topic.name, b"{}", key=b"poison", headers=[("traceparent", b"\xff\xfe")])
    finally:
        await producer.stop()
    ticket = await asyncio.to_thread(city.report, "Pali się garaż, duży ogień", 49.7600, 22.8200)
    await asyncio.to_thread(city.until_status, ticket, "joined")

    def letters() -> set[tuple[str, str]]:
        import json

        listed = city.hejnal("dead-letters", "list", "--json", "--limit", "10000")
        return {(one["topic"], one["reason"]) for one in map(json.loads, listed.stdout.splitlines())}

    wanted = {(topic.name, reason) for topic in read for reason in ("not_json", "undecodable_header")}
    await asyncio.to_thread(city.until, "each is in dead letters with its reason", lambda: wanted <= letters())
