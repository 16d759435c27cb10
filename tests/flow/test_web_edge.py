"""The edge that every service shares: whatever comes in, a clear problem goes out and the next request is unharmed."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

import httpx
import pytest
from fastapi import FastAPI
from pydantic import Field

from shared.errors import Transient
from shared.web import CleanText, Problem, RequestBody, make_app

PROBLEM = "application/problem+json"


class Note(RequestBody):
    text: Annotated[CleanText, Field(min_length=1, max_length=100)]
    weight: float = 1.0


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    yield


async def ready() -> list[str]:
    return ["kafka: not reached yet"]


@pytest.fixture
def app() -> FastAPI:
    app = make_app("classifier", version="1", description="", lifespan=lifespan, readiness=ready, max_body_bytes=1000)

    @app.post("/notes")
    async def add(note: Note) -> dict[str, str]:
        if note.text == "away":
            raise Transient("broker_away")
        if note.text == "bug":
            raise ZeroDivisionError
        if note.text == "conflict":
            raise Problem(409, "Somebody was faster.", extra={"alert": {"version": 2}})
        return {"text": note.text}

    return app


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        yield client


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        (b"\xff\xfe", 400),
        (b"[" * 400 + b"]" * 400, 422),
        (b'{"text": NaN}', 422),
        (b'{"text":"a","weight":NaN}', 422),
        (b'{"text":"a","weight":1e999}', 422),
        (b'{"text":"a","extra":1}', 422),
        (b'{"text":""}', 422),
        (b'{"text":"   "}', 422),
        (b'{"text":"a\\u0000b"}', 422),
        (b'{"text":"a\\u0007b"}', 422),
        (b'{"text":"\\ud800"}', 422),
        (b'{"text":5}', 422),
        (b'"text"', 422),
        (b"null", 422),
        (b'{"text":"' + b"a" * 2000 + b'"}', 413),
        (b'{"text":"away"}', 503),
        (b'{"text":"bug"}', 500),
        (b'{"text":"conflict"}', 409),
    ],
)
async def test_bad_input_gets_a_problem_and_the_next_request_is_unharmed(
    client: httpx.AsyncClient, body: bytes, status: int
) -> None:
    """No stack trace, ever."""
    answer = await client.post("/notes", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == status
    assert answer.headers["content-type"] == PROBLEM
    problem = answer.json()
    assert {"type", "title", "status", "detail"} <= problem.keys()
    assert problem["status"] == status
    assert "Traceback" not in answer.text
    if status == 422:
        assert all({"pointer", "detail"} == error.keys() for error in problem["errors"])
    if status == 503:
        assert int(answer.headers["retry-after"]) > 0
    if status == 409:
        assert problem["alert"] == {"version": 2}
    assert (await client.post("/notes", json={"text": "żółć"})).json() == {"text": "żółć"}


async def test_a_body_without_a_length_is_counted_while_it_comes(client: httpx.AsyncClient) -> None:
    """The rest is not read."""
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while True:
            sent += 500
            yield b" " * 500

    answer = await client.post("/notes", content=endless(), headers={"Content-Type": "application/json"})
    assert answer.status_code == 413
    assert sent <= 2000


@pytest.mark.parametrize("media_type", ["text/plain", "application/xml", ""])
async def test_another_media_type_is_refused(client: httpx.AsyncClient, media_type: str) -> None:
    """415 says which one is taken."""
    answer = await client.post("/notes", content=b'{"text":"a"}', headers={"Content-Type": media_type})
    assert answer.status_code == 415
    assert "application/json" in answer.json()["detail"]


async def test_unknown_addresses_and_methods_are_problems_too(client: httpx.AsyncClient) -> None:
    """404 and 405, with Allow."""
    assert (await client.get("/nowhere")).headers["content-type"] == PROBLEM
    answer = await client.get("/notes")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


async def test_a_pointer_names_the_place_in_the_body(client: httpx.AsyncClient) -> None:
    """RFC 6901."""
    answer = await client.post("/notes", json={"text": "a", "weight": "heavy"})
    assert answer.json()["errors"][0]["pointer"] == "/weight"


async def test_readiness_tells_the_reasons(client: httpx.AsyncClient) -> None:
    """And being alive is another question."""
    assert (await client.get("/healthz")).status_code == 200
    answer = await client.get("/readyz")
    assert (answer.status_code, answer.json()["reasons"]) == (503, ["kafka: not reached yet"])


async def test_metrics_speak_both_formats_and_hold_no_ids(client: httpx.AsyncClient) -> None:
    """The route's template is the label."""
    await client.get("/some/01900000-0000-7000-8000-000000000000")
    plain = await client.get("/metrics")
    assert "hejnal_http_requests_total" in plain.text
    assert "01900000" not in plain.text
    open_metrics = await client.get("/metrics", headers={"Accept": "application/openmetrics-text; version=1.0.0"})
    assert open_metrics.headers["content-type"].startswith("application/openmetrics-text")
    assert open_metrics.text.endswith("# EOF\n")


async def test_the_topics_of_a_service_are_described(client: httpx.AsyncClient) -> None:
    """AsyncAPI, from the registry."""
    document = (await client.get("/asyncapi")).json()
    assert document["asyncapi"] == "3.0.0"
    assert "signals.raised.v1" in document["channels"]


async def test_the_docs_need_nothing_from_outside(client: httpx.AsyncClient) -> None:
    """A city's bunker has no CDN."""
    page = (await client.get("/docs")).text
    assert "http://" not in page
    assert "https://" not in page
