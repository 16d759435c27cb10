"""The sandbox's push service, by pywebpush."""

import json
import time
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from py_vapid import Vapid02
from pywebpush import WebPushException, webpush_async

from tests.sandbox import RunningSandbox, running_sandbox

PAYLOAD = {
    "title": "Pożar",
    "body": "ul. Kościuszki 5 🔥",
    "url": "https://hejnal.example/a/1",
    "notification_id": "n-1",
}
SUBJECT = "mailto:alarm@hejnal.example"


@pytest.fixture(scope="module")
def vapid() -> Vapid02:
    key = Vapid02()
    key.generate_keys()
    return key


async def new_phone(sandbox: RunningSandbox, **wanted: str) -> dict[str, Any]:
    answer = await sandbox.http.post("/v1/push-subscriptions", json=wanted)
    assert answer.status_code == 201, answer.text
    assert set(answer.json()) == {"endpoint", "keys"}
    return dict(answer.json())


async def push(
    phone: dict[str, Any], vapid: Vapid02 | None, payload: object = PAYLOAD, timeout_s: float = 10, **more: Any
) -> Any:
    claims = {"sub": SUBJECT, **more.pop("claims", {})} if vapid else None
    async with aiohttp.ClientSession() as session:
        return await webpush_async(
            phone,
            data=json.dumps(payload),
            vapid_private_key=vapid,
            vapid_claims=claims,
            ttl=more.pop("ttl", 60),
            aiohttp_session=session,
            timeout=aiohttp.ClientTimeout(
                timeout_s
            ),  # the session's own does not count: pywebpush overrides it with none
            **more,
        )


async def refusal(phone: dict[str, Any], vapid: Vapid02 | None, **more: Any) -> int:
    with pytest.raises(WebPushException) as refused:
        await push(phone, vapid, **more)
    return int(refused.value.response.status)


@pytest.mark.parametrize("provider", ["a", "b"])
async def test_a_push_is_decrypted_as_the_phone_would(sandbox: RunningSandbox, vapid: Vapid02, provider: str) -> None:
    phone = await new_phone(sandbox, provider=provider, phone="+48600100200")
    answer = await push(phone, vapid, headers={"Urgency": "high", "Topic": "alert-1"})
    assert answer.status == 201
    message = await sandbox.message(channel="app", to=phone["endpoint"])
    received_at, message_id = message.pop("received_at"), message.pop("provider_message_id")
    assert answer.headers["Location"].endswith(message_id)
    assert received_at.endswith("Z")
    assert message == {
        "channel": "app",
        "provider": provider,
        "to": phone["endpoint"],
        "from": SUBJECT,
        "title": "Pożar",
        "text": "ul. Kościuszki 5 🔥",
        "url": "https://hejnal.example/a/1",
        "reference": "n-1",
        "urgency": "high",
        "topic": "alert-1",
        "phone": "+48600100200",
    }


async def test_a_phone_may_be_made_without_a_word(sandbox: RunningSandbox) -> None:
    answer = await sandbox.http.post("/v1/push-subscriptions")
    assert answer.status_code == 201
    assert answer.json()["endpoint"].startswith(f"{sandbox.url}/push/a/")


async def test_an_unknown_phone_is_404_and_a_deleted_one_410(sandbox: RunningSandbox, vapid: Vapid02) -> None:
    phone = await new_phone(sandbox)
    stranger = {**phone, "endpoint": phone["endpoint"][:-3] + "xyz"}
    assert await refusal(stranger, vapid) == 404
    assert (await sandbox.http.delete(phone["endpoint"])).status_code == 204
    assert await refusal(phone, vapid) == 410
    assert (await sandbox.http.delete(phone["endpoint"])).status_code == 410


async def test_phones_and_their_keys_outlive_a_restart(tmp_path: Path, vapid: Vapid02) -> None:
    origin = "http://sandbox.example:8009"
    async with running_sandbox(tmp_path, public_url=origin) as first:
        phone, gone = await new_phone(first), await new_phone(first)
        await first.http.delete(gone["endpoint"].replace(origin, first.url))
    async with running_sandbox(tmp_path, public_url=origin) as second:
        local = {**phone, "endpoint": phone["endpoint"].replace(origin, second.url)}
        assert (await push(local, vapid, claims={"aud": origin})).status == 201
        assert (await second.http.delete(gone["endpoint"].replace(origin, second.url))).status_code == 410


@pytest.mark.parametrize(
    ("claims", "status"),
    [
        ({"aud": "https://elsewhere.example"}, 403),
        ({"exp": int(time.time()) + 3 * 86_400}, 403),
        ({"exp": int(time.time()) + 3_600}, 201),
    ],
    ids=["other-audience", "too-long", "good"],
)
async def test_the_senders_claims_are_checked(
    sandbox: RunningSandbox, vapid: Vapid02, claims: dict[str, Any], status: int
) -> None:
    phone = await new_phone(sandbox)
    assert (await push_status(phone, signed(phone, vapid, claims))) == status


def signed(phone: dict[str, Any], vapid: Vapid02, claims: dict[str, Any]) -> dict[str, str]:
    origin = "/".join(phone["endpoint"].split("/")[:3])
    return dict(vapid.sign({"aud": origin, "sub": SUBJECT, "exp": int(time.time()) + 600, **claims}))


async def push_status(phone: dict[str, Any], headers: dict[str, str]) -> int:
    """Without pywebpush's own signature: the headers given are all there are."""
    try:
        return int((await push(phone, None, headers=headers)).status)
    except WebPushException as error:
        return int(error.response.status)


async def test_another_key_or_a_touched_token_is_refused(sandbox: RunningSandbox, vapid: Vapid02) -> None:
    other = Vapid02()
    other.generate_keys()
    phone = await new_phone(sandbox)
    good, foreign = (signed(phone, key, {})["Authorization"] for key in (vapid, other))
    mixed = good.rpartition("k=")[0] + "k=" + foreign.rpartition("k=")[2]
    assert await push_status(phone, {"Authorization": mixed}) == 403
    assert await push_status(phone, {"Authorization": "vapid t=a.b.c, k=d"}) == 401
    assert await push_status(phone, {}) == 401
    bound = await new_phone(sandbox, vapid_public_key=good.rpartition("k=")[2])
    assert await push_status(bound, signed(bound, vapid, {})) == 201
    assert await push_status(bound, signed(bound, other, {})) == 403


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        ({"TTL": None}, b"x", 400),
        ({"TTL": "soon"}, b"x", 400),
        ({"Urgency": "now"}, b"x", 400),
        ({"Topic": "has space"}, b"x", 400),
        ({"Content-Encoding": "gzip"}, b"x", 415),
        ({}, b"not encrypted", 400),
        ({}, bytes(120), 400),
        ({}, bytes(5_000), 413),
    ],
)
async def test_what_is_not_a_push_message_is_named(
    sandbox: RunningSandbox, vapid: Vapid02, headers: dict[str, str | None], body: bytes, status: int
) -> None:
    phone = await new_phone(sandbox)
    given = {"TTL": "60", "Content-Encoding": "aes128gcm", **signed(phone, vapid, {}), **headers}
    kept = {name: value for name, value in given.items() if value is not None}
    answer = await sandbox.http.post(phone["endpoint"], content=body, headers=kept)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert await sandbox.messages() == []


@pytest.mark.parametrize(("permanent", "status"), [(False, 503), (True, 410)])
async def test_refuse_says_no_and_delivers_nothing(
    sandbox: RunningSandbox, vapid: Vapid02, permanent: bool, status: int
) -> None:
    phone = await new_phone(sandbox)
    await sandbox.behave("app", "refuse", permanent=permanent)
    assert await refusal(phone, vapid) == status
    assert await sandbox.messages() == []


async def test_slow_delivers_late(sandbox: RunningSandbox, vapid: Vapid02) -> None:
    phone = await new_phone(sandbox)
    await sandbox.behave("app", "slow", seconds=0.3)
    began = time.monotonic()
    await push(phone, vapid)
    assert time.monotonic() - began >= 0.29
    assert len(await sandbox.messages()) == 1


async def test_timeout_neither_answers_nor_delivers(sandbox: RunningSandbox, vapid: Vapid02) -> None:
    phone = await new_phone(sandbox)
    await sandbox.behave("app", "timeout")
    with pytest.raises(TimeoutError):
        await push(phone, vapid, timeout_s=0.5)
    assert await sandbox.messages() == []


async def test_drop_after_accept_delivers_and_breaks_the_line(sandbox: RunningSandbox, vapid: Vapid02) -> None:
    phone = await new_phone(sandbox)
    await sandbox.behave("app", "drop_after_accept")
    with pytest.raises(aiohttp.ClientError):
        await push(phone, vapid)
    assert (await sandbox.message())["reference"] == "n-1"


async def test_text_that_is_not_json_is_shown_as_it_is(sandbox: RunningSandbox, vapid: Vapid02) -> None:
    await push(await new_phone(sandbox), vapid, payload="<b>hello</b>")
    message = await sandbox.message()
    assert (message["text"], message["title"], message["reference"]) == ('"<b>hello</b>"', "", None)
