"""The notifier's API as residents and providers meet it; the database is real, the outbox is kept."""

import hmac
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from services.notifier.adapters.client_limit import ClientLimit
from services.notifier.adapters.store.book import LedgerBook
from services.notifier.adapters.store.subscriptions import Subscriptions
from services.notifier.adapters.store.writing import Store
from services.notifier.api import make_router
from services.notifier.callbacks import Callbacks
from services.notifier.core.tokens import confirmation_code, leave_token
from services.notifier.migrations import MIGRATIONS
from services.notifier.plan.core.requesting import Request
from services.notifier.send.core.writing import NewEntry
from services.notifier.subscribing.flow import Subscribing
from shared.database import Database, upgrade
from shared.web import make_app
from tests.notifier_builders import pack, requested

SECRET = b"s" * 32
BODY = {
    "channel": "sms",
    "address": "600 100 100",
    "area": {"districts": ["stare-miasto"]},
    "language": "pl",
    "quiet_hours": [{"days": [1, 2], "from": "22:00", "to": "06:00"}],
}


class Api:
    """The application, its store and what it asked to be sent."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.asked: list[Request] = []
        self.book = LedgerBook(store, "me", timedelta(5), lambda: datetime.now(UTC), lambda _: 1, lambda _: None)
        subscribing = Subscribing(
            pack(), Subscriptions(store), self, SECRET, lambda: datetime.now(UTC), code_good_for=timedelta(minutes=15)
        )
        callbacks = Callbacks({"a": "token-of-a"}, self.book.book)
        self.app = make_app(
            "notifier", version="1", description="", lifespan=_no_lifespan, readiness=_ready, max_body_bytes=100_000,
            media_types={"/leave/": frozenset({"application/x-www-form-urlencoded"})},
        )  # fmt: skip
        self.app.include_router(make_router(subscribing, callbacks, ClientLimit(12, 600), ()))
        self.http = httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url="http://notifier")

    async def ask(self, request: Request, now: datetime) -> None:
        self.asked.append(request)

    async def code_of(self, subscription_id: str) -> str:
        found = await Subscriptions(self.store).find(subscription_id)
        assert found is not None
        return confirmation_code(SECRET, subscription_id, found.code_nonce)


@asynccontextmanager
async def _no_lifespan(_: FastAPI) -> AsyncIterator[None]:
    yield


async def _ready() -> list[str]:
    return []


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[Api]:
    url = f"sqlite+aiosqlite:///{tmp_path / 'n.db'}"
    await upgrade(url, MIGRATIONS)
    store = Store(Database(url))
    yield Api(store)
    await store.stop()


async def test_subscribe_confirm_read_change_and_leave(api: Api) -> None:
    answer = await api.http.post("/v1/subscriptions", json=BODY)
    assert answer.status_code == 201, answer.text
    added = answer.json()
    (asked,) = api.asked
    assert (asked.event.purpose, asked.event.recipient) == ("code", "+48 ••• ••• •00")
    code = await api.code_of(added["subscription_id"])
    assert code not in asked.event.model_dump_json()
    path = f"/v1/subscriptions/{added['subscription_id']}"
    assert (await api.http.post(f"{path}/confirm", json={"code": code})).json()["state"] == "confirmed"
    owner = {"Authorization": f"Bearer {added['owner_token']}"}
    shown = (await api.http.get(path, headers=owner)).json()
    assert (shown["confirmed"], shown["address"]) == (True, "+48 ••• ••• •00")
    changed = await api.http.put(path, headers=owner, json=BODY | {"categories": ["fire"], "quiet_hours": []})
    assert changed.json()["categories"] == ["fire"]
    other = await api.http.put(path, headers=owner, json=BODY | {"address": "+48600100101"})
    assert other.status_code == 422
    assert (await api.http.delete(path, headers=owner)).status_code == 204
    assert (await api.http.get(path, headers=owner)).status_code == 404


async def test_only_the_owner_sees_a_subscription(api: Api) -> None:
    added = (await api.http.post("/v1/subscriptions", json=BODY)).json()
    path = f"/v1/subscriptions/{added['subscription_id']}"
    assert (await api.http.get(path)).status_code == 401
    for method in ("GET", "PUT", "DELETE"):
        content = BODY if method == "PUT" else None
        answer = await api.http.request(method, path, headers={"Authorization": "Bearer wrong"}, json=content)
        assert answer.status_code == 404, method


async def test_the_fifth_wrong_code_is_429_and_then_the_right_one_is_dead_too(api: Api) -> None:
    added = (await api.http.post("/v1/subscriptions", json=BODY)).json()
    code = await api.code_of(added["subscription_id"])
    wrong = f"{(int(code) + 1) % 10**6:06d}"
    path = f"/v1/subscriptions/{added['subscription_id']}/confirm"
    statuses = [(await api.http.post(path, json={"code": wrong})).status_code for _ in range(5)]
    assert statuses == [422, 422, 422, 422, 429]
    assert (await api.http.post(path, json={"code": code})).status_code == 429


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"address": "112"}, "/address"),
        ({"address": "+48 22 621 00 00"}, "/address"),
        ({"channel": "email", "address": "not an address"}, "/address"),
        ({"area": {"districts": ["atlantis"]}}, "/area/districts"),
        ({"area": {"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [0, 0], [0, 0]]]}}, "/area"),
        ({"area": {"type": "Polygon", "coordinates": [[[0, 0], [500, 1], [0, 1], [0, 0]]]}}, "/area"),
        ({"quiet_hours": [{"days": [9], "from": "22:00", "to": "06:00"}]}, "/quiet_hours"),
        ({"categories": ["dragons"]}, "/categories"),
        ({"address": None}, ""),
        ({"surprise": 1}, "/surprise"),
        ({"language": "xx"}, "/language"),
    ],
)
async def test_what_is_wrong_is_named(api: Api, change: dict[str, Any], pointer: str) -> None:
    answer = await api.http.post("/v1/subscriptions", json=BODY | change)
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert any(error["pointer"].startswith(pointer) for error in answer.json()["errors"]), answer.text
    assert api.asked == []


async def test_a_client_that_subscribes_too_often_is_told_when_to_come_again(api: Api) -> None:
    statuses = [(await api.http.post("/v1/subscriptions", json=BODY)).status_code for _ in range(13)]
    assert statuses == [201] * 12 + [429]


async def test_the_leave_link_works_once_and_again_and_only_when_signed(api: Api) -> None:
    added = (await api.http.post("/v1/subscriptions", json=BODY)).json()
    link = f"/leave/{leave_token(SECRET, added['subscription_id'])}"
    assert "<button" in (await api.http.get(link)).text
    assert await Subscriptions(api.store).find(added["subscription_id"]) is not None  # a look does not leave
    for _ in range(2):
        assert (await api.http.post(link, data={"List-Unsubscribe": "One-Click"})).status_code == 200
    assert await Subscriptions(api.store).find(added["subscription_id"]) is None
    assert (await api.http.post("/leave/forged")).status_code == 404


async def test_callbacks_are_authenticated_and_late_ones_turn_nothing_back(api: Api) -> None:
    (entry,) = await api.book.enter([NewEntry(requested(), None)], 1)
    report = {"reference": entry.notification_id, "state": "delivered"}
    assert (await api.http.post("/v1/callbacks/a", json=report)).status_code == 401
    assert (await api.http.post("/v1/callbacks/zzz", json=report)).status_code == 404
    bearer = {"Authorization": "Bearer token-of-a"}
    assert (await api.http.post("/v1/callbacks/a", json=report, headers=bearer)).status_code == 202
    late = json.dumps({"reports": [report | {"state": "failed"}]}).encode()
    signature = f"sha256={hmac.new(b'token-of-a', late, 'sha256').hexdigest()}"
    headers = {"X-Hejnal-Signature": signature, "Content-Type": "application/json"}
    assert (await api.http.post("/v1/callbacks/a", content=late, headers=headers)).status_code == 202
    assert await api.book.counts() == [("sms", "delivered", 1)]
    assert (
        await api.http.post("/v1/callbacks/a", content=b"{", headers=bearer | {"Content-Type": "application/json"})
    ).status_code == 400
    assert (await api.http.post("/v1/callbacks/a", json={"state": "delivered"}, headers=bearer)).status_code == 422
