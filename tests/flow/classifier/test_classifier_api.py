"""POST /v1/classify and the probes, with no broker in reach."""

from collections.abc import AsyncIterator

import httpx
import pytest

from services.classifier.app import make_classifier
from services.classifier.settings import ClassifierSettings
from tests.classifier_builders import przemysl


@pytest.fixture
async def client(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[httpx.AsyncClient]:
    monkeypatch.setattr("services.classifier.app.load_pack", lambda _: przemysl())
    app = make_classifier(ClassifierSettings(kafka_bootstrap_servers="127.0.0.1:1"))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://classifier") as client:
        yield client


async def test_a_text_is_classified_and_explained(client: httpx.AsyncClient) -> None:
    answer = await client.post("/v1/classify", json={"text": "Pali się dom, w środku są ludzie"})
    assert answer.status_code == 200
    found = answer.json()
    assert (found["category"], found["urgency"], found["tier"]) == ("fire", "critical", "fast")
    assert found["explanation"]["points_sum"] == found["score"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        (b"{}", 422),
        (b'{"text": ""}', 422),
        (b'{"text": "a", "more": 1}', 422),
        (b'{"text": "a", "language": "de"}', 422),
        (b'{"text": "a\\u0000"}', 422),
        (b'{"text": "' + b"a" * 4001 + b'"}', 422),
        (b'{"text": "' + b"a" * 2_000_000 + b'"}', 413),
    ],
)
async def test_bad_input_is_refused_clearly(client: httpx.AsyncClient, body: bytes, status: int) -> None:
    answer = await client.post("/v1/classify", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


async def test_it_is_alive_but_not_ready_while_the_broker_is_away(client: httpx.AsyncClient) -> None:
    assert (await client.get("/healthz")).status_code == 200
    answer = await client.get("/readyz")
    assert answer.status_code == 503
    assert "kafka" in answer.text
    assert "hejnal_classifier_open_alerts" in (await client.get("/metrics")).text
