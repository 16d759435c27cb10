"""The sandbox's HTTP API and its page."""

import asyncio
import re
from pathlib import Path

import pytest
import smpp34

from tests.sandbox import RunningSandbox


async def text(sandbox: RunningSandbox, to: str, *words: str) -> None:
    host, port = sandbox.addresses["smpp-a"]
    client = smpp34.Client(host, port, "hejnal", "secret", bind_type="TX")
    session = await client.connect()
    for word in words:
        assert (await session.submit_sm(to, word.encode(), dest_addr_ton=1)).is_success
    await session.unbind()
    await client.stop()


async def test_messages_come_oldest_first_and_since_is_inclusive(sandbox: RunningSandbox) -> None:
    await text(sandbox, "48600100200", "one", "two", "three")
    messages = await sandbox.messages()
    assert [message["text"] for message in messages] == ["one", "two", "three"]
    assert set(messages[0]) >= {
        "channel",
        "provider",
        "to",
        "from",
        "text",
        "received_at",
        "provider_message_id",
        "reference",
    }
    last = messages[-1]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", last["received_at"])
    assert last in await sandbox.messages(since=last["received_at"])
    assert [message["text"] for message in await sandbox.messages(limit="2")] == ["one", "two"]
    assert await sandbox.messages(channel="email") == []


async def test_a_number_is_found_with_its_plus_escaped_or_not(sandbox: RunningSandbox) -> None:
    await text(sandbox, "48600100200", "one")
    for query in ("to=%2B48600100200", "to=+48600100200"):
        answer = await sandbox.http.get(f"/v1/messages?{query}")
        assert [message["to"] for message in answer.json()["messages"]] == ["+48600100200"]
    assert await sandbox.messages(to="+48600100201") == []


@pytest.mark.parametrize(
    "query", ["channel=fax", "limit=0", "limit=10001", "since=yesterday", "since=2026-11-24T18:00:00", "unknown=1"]
)
async def test_a_query_that_is_not_valid_is_a_problem(sandbox: RunningSandbox, query: str) -> None:
    answer = await sandbox.http.get(f"/v1/messages?{query}")
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert answer.json()["errors"][0]["pointer"].startswith("query/")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        (b'{"channel":"sms"}', 422),
        (b'{"channel":"sms","mode":"explode"}', 422),
        (b'{"channel":"sms","mode":"slow","seconds":-1}', 422),
        (b'{"channel":"sms","mode":"slow","provider":"c"}', 422),
        (b'{"channel":"sms","mode":"slow","more":1}', 422),
        (b"[" * 70_000, 413),
    ],
)
async def test_a_behaviour_that_is_not_valid_is_a_problem(sandbox: RunningSandbox, body: bytes, status: int) -> None:
    answer = await sandbox.http.post("/v1/behaviour", content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")


async def test_one_provider_is_broken_or_both(sandbox: RunningSandbox) -> None:
    await sandbox.behave("sms", "refuse", provider="b", seconds=600)
    await sandbox.behave("app", "slow")
    states = {
        (state["channel"], state["provider"]): state["mode"]
        for state in (await sandbox.http.get("/v1/behaviour")).json()["providers"]
    }
    assert states == {
        ("sms", "a"): "normal",
        ("sms", "b"): "refuse",
        ("email", "a"): "normal",
        ("email", "b"): "normal",
        ("app", "a"): "slow",
        ("app", "b"): "slow",
    }


async def test_it_has_what_every_service_has(sandbox: RunningSandbox) -> None:
    await text(sandbox, "48600100200", "one")
    for path in ("/healthz", "/readyz", "/openapi.json", "/docs"):
        assert (await sandbox.http.get(path)).status_code == 200
    metrics = (await sandbox.http.get("/metrics")).text
    assert 'hejnal_sandbox_messages_total{channel="sms",outcome="accepted",provider="a"}' in metrics


async def test_the_page_runs_nothing_but_its_own_files(sandbox: RunningSandbox) -> None:
    page = await sandbox.http.get("/")
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert not re.search(r"<style|style=|<script(?![^>]*src=)|\son\w+=", page.text)
    for address in re.findall(r'(?:src|href)="([^"]+)"', page.text):
        assert (await sandbox.http.get("/" + address)).status_code == 200
    script = (Path(__file__).parents[2] / "sandbox" / "static" / "page.js").read_text("utf-8")
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write", script)


async def test_the_page_is_told_only_what_has_changed(sandbox: RunningSandbox) -> None:
    await text(sandbox, "48600100200", "one", "two")
    first = await sandbox.http.get("/v1/owners")
    (owner,) = first.json()["owners"]
    assert (owner["kind"], owner["name"], owner["count"]) == ("phone", "+48600100200", 2)
    assert [message["text"] for message in owner["messages"]] == ["two", "one"]
    unchanged = {"If-None-Match": first.headers["etag"]}
    assert (await sandbox.http.get("/v1/owners", headers=unchanged)).status_code == 304
    await sandbox.behave("sms", "refuse")
    assert (await sandbox.http.get("/v1/owners", headers=unchanged)).status_code == 200


async def test_other_requests_are_answered_while_messages_pour_in(sandbox: RunningSandbox) -> None:
    pouring = asyncio.gather(*(text(sandbox, "48600100200", *["x"] * 200) for _ in range(3)))
    while not pouring.done():
        assert (await sandbox.http.get("/healthz")).status_code == 200
    await pouring
    assert len(await sandbox.messages()) == 600
