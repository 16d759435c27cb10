"""What a resident's app sees."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_network
from typing import Any

import httpx
import pytest

from tests.ingest_fakes import House

FIRE = {"text": "Pali się dach przy Franciszkańskiej", "lat": 49.7826, "lon": 22.7680}


async def post(http: httpx.AsyncClient, body: Any = None, **headers: str) -> httpx.Response:
    return await http.post("/v1/reports", json=FIRE if body is None else body, headers=headers)


def pointers(answer: httpx.Response) -> list[str]:
    assert answer.headers["content-type"] == "application/problem+json"
    return [error["pointer"] for error in answer.json()["errors"]]


async def test_accepted_means_published_and_kept(house: House, http: httpx.AsyncClient) -> None:
    answer = await post(http)
    assert answer.status_code == 202
    body = answer.json()
    assert set(body) == {"report_id", "tracking_code", "status_url"}
    (event,) = house.log.reports
    assert (event.report_id, event.text, event.city, event.outside_city) == (
        body["report_id"],
        FIRE["text"],
        "przemysl",
        False,
    )
    assert event.received_at == house.now
    assert list(house.reports.kept) == [body["report_id"]]
    assert body["status_url"].startswith("https://hejnal.example/v1/reports/")


async def test_answer_waits_for_the_broker(house: House, http: httpx.AsyncClient) -> None:
    house.log.open = asyncio.Event()
    asked = asyncio.create_task(post(http))
    done, _ = await asyncio.wait({asked}, timeout=0.05)
    assert not done
    house.log.open.set()
    assert (await asked).status_code == 202


async def test_place_outside_the_city_is_accepted_and_marked(house: House, http: httpx.AsyncClient) -> None:
    assert (await post(http, FIRE | {"lon": 23.5})).status_code == 202
    assert house.log.reports[0].outside_city


async def test_personal_data_goes_into_no_record(house: House, http: httpx.AsyncClient) -> None:
    await post(http, FIRE | {"contact": {"phone": "600700800", "email": "jan@example.pl"}})
    published = house.log.reports[0].model_dump_json()
    assert "600700800" not in published
    assert "example.pl" not in published
    (kept,) = house.reports.kept.values()
    assert kept.contact is not None
    assert kept.contact.phone == "+48600700800"


@pytest.mark.parametrize("away", ["log", "reports"])
async def test_nothing_is_promised_while_broker_or_database_is_away(
    house: House, http: httpx.AsyncClient, away: str
) -> None:
    getattr(house, away).away = True
    answer = await post(http)
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0
    assert answer.headers["content-type"] == "application/problem+json"
    assert not house.reports.kept
    getattr(house, away).away = False
    assert (await post(http)).status_code == 202


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/text"),
        ({"text": ""}, "/text"),
        (FIRE | {"text": "x\x00"}, "/text"),
        (FIRE | {"unknown": 1}, "/unknown"),
        (FIRE | {"lat": 91}, "/lat"),
        (FIRE | {"category_hint": "dragons"}, "/category_hint"),
        (FIRE | {"contact": {"phone": "112"}}, "/contact/phone"),
        (FIRE | {"photos": ["01a20d75-db55-7b74-b300-009fb770f616"]}, "/photos"),
        ({"text": "a", "lat": 1}, "/"),
        ([], "/"),
    ],
)
async def test_bad_report_is_told_where_it_is_wrong(http: httpx.AsyncClient, body: Any, pointer: str) -> None:
    answer = await post(http, body)
    assert answer.status_code == 422
    assert pointer in pointers(answer)


@pytest.mark.parametrize(
    ("content", "content_type", "status"),
    [
        (b"{", "application/json", 400),
        (b"", "application/json", 400),
        (b"\xff", "application/json", 400),
        (b'{"text":"a\\ud800"}', "application/json", 400),
        (b"[" * 500_000, "application/json", 400),
        (b'{"text":"a"}', "text/plain", 415),
        (b'{"text":"' + b"a" * 1_100_000 + b'"}', "application/json", 413),
    ],
)
async def test_what_is_no_report_at_all_is_refused_and_the_next_is_unharmed(
    http: httpx.AsyncClient, content: bytes, content_type: str, status: int
) -> None:
    answer = await http.post("/v1/reports", content=content, headers={"content-type": content_type})
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert (await post(http)).status_code == 202


async def test_same_key_and_body_are_one_report(house: House, http: httpx.AsyncClient) -> None:
    answers = [await post(http, **{"Idempotency-Key": "k"}) for _ in range(3)]
    assert len({answer.text for answer in answers}) == 1
    assert len(house.log.reports) == 1


async def test_same_key_twice_at_once_is_one_report(house: House, http: httpx.AsyncClient) -> None:
    answers = await asyncio.gather(*(post(http, **{"Idempotency-Key": "k"}) for _ in range(10)))
    assert len({answer.text for answer in answers}) == 1
    assert len(house.log.reports) == 1


async def test_same_key_with_another_body_is_refused(http: httpx.AsyncClient) -> None:
    await post(http, **{"Idempotency-Key": "k"})
    answer = await post(http, FIRE | {"text": "other"}, **{"Idempotency-Key": "k"})
    assert (answer.status_code, pointers(answer)) == (422, ["header/Idempotency-Key"])


async def test_key_that_failed_is_tried_again_under_the_same_id(house: House, http: httpx.AsyncClient) -> None:
    house.log.away = True
    assert (await post(http, **{"Idempotency-Key": "k"})).status_code == 503
    (pending,) = house.reports.kept
    house.log.away = False
    house.now += timedelta(minutes=1)
    answer = await post(http, **{"Idempotency-Key": "k"})
    assert answer.json()["report_id"] == pending
    (event,) = house.log.reports
    assert event.received_at == house.now - timedelta(minutes=1)


async def test_key_is_forgotten_after_a_day(house: House, http: httpx.AsyncClient) -> None:
    first = await post(http, **{"Idempotency-Key": "k"})
    house.now += timedelta(hours=24)
    assert (await post(http, **{"Idempotency-Key": "k"})).json()["report_id"] != first.json()["report_id"]


@pytest.mark.parametrize("key", ["", "x" * 201, "a\tb"])
async def test_bad_key_is_refused(http: httpx.AsyncClient, key: str) -> None:
    assert (await post(http, **{"Idempotency-Key": key})).status_code == 422


async def test_too_many_reports_of_one_client_wait_and_failures_of_ours_do_not_count() -> None:
    house = House(reports_per_client=3)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(house.app()), base_url="http://ingest") as http:
        house.log.away = True
        assert [(await post(http)).status_code for _ in range(5)] == [503] * 5
        house.log.away = False
        statuses = [(await post(http, body)).status_code for body in (FIRE, {}, FIRE)]
        assert statuses == [202, 422, 202]
        answer = await post(http)
        assert answer.status_code == 429
        assert 0 < int(answer.headers["retry-after"]) <= 600
        assert len(house.log.reports) == 2


async def test_clients_behind_a_trusted_proxy_are_told_apart_and_named_nowhere(house: House) -> None:
    house.door = replace(house.door, trusted_proxies=(ip_network("10.0.0.0/8"),))
    transport = httpx.ASGITransport(house.app(), client=("10.0.0.1", 4000))
    async with httpx.AsyncClient(transport=transport, base_url="http://ingest") as http:
        for address in ("198.51.100.1", "198.51.100.2", "1.1.1.1, 198.51.100.1"):
            await post(http, **{"X-Forwarded-For": address})
    clients = [event.client for event in house.log.reports]
    assert clients[0] == clients[2] != clients[1]


async def test_status_needs_the_right_code(http: httpx.AsyncClient) -> None:
    body = (await post(http)).json()
    path = f"/v1/reports/{body['report_id']}"
    right = await http.get(path, params={"code": body["tracking_code"]})
    assert right.status_code == 200
    assert right.json() == {
        "report_id": body["report_id"],
        "state": "received",
        "category": None,
        "updated_at": "2026-11-24T18:05:00.000Z",
        "messages": [],
    }
    for params in ({}, {"code": ""}, {"code": "ż"}, {"code": body["tracking_code"][:-1]}):
        assert (await http.get(path, params=params)).status_code == 404
    assert (await http.get("/v1/reports/unknown", params={"code": body["tracking_code"]})).status_code == 404
    assert (await http.get(body["status_url"].removeprefix("https://hejnal.example"))).status_code == 200
