"""Who gets in, and who may do what."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from services.console.adapters.people import People
from services.console.core.credentials import fingerprint
from services.console.core.roles import Role
from shared.pack import CityPack
from tests.console_builders import NOON, PASSWORD, TOKENS, Console

GOOD = {"username": "Operator", "password": PASSWORD}


async def _signed_in(client: httpx.AsyncClient) -> str:
    response = await client.post("/v1/session", json=GOOD)
    assert response.status_code == 200, response.text
    token: str = response.json()["csrf_token"]
    return token


async def test_signing_in_gives_a_strict_cookie_and_the_person(console: Console) -> None:
    async with console.client() as client:
        response = await client.post("/v1/session", json=GOOD)
    cookie = response.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert response.json()["user"]["role"] == "operator"
    assert response.headers["cache-control"] == "no-store"


async def test_behind_tls_the_cookie_is_secure_and_bound_to_the_host(tmp_path: Path, pack: CityPack) -> None:
    console = Console(f"sqlite+aiosqlite:///{tmp_path}/tls.db", pack, behind_tls=True)
    await console.start()
    async with console.client() as client:
        response = await client.post("/v1/session", json=GOOD)
    await console.stop()
    assert response.headers["set-cookie"].startswith("__Host-hejnal=")
    assert "Secure" in response.headers["set-cookie"]
    assert "strict-transport-security" in response.headers


async def test_a_reloaded_page_finds_its_session_and_token_again(console: Console) -> None:
    async with console.client() as client:
        token = await _signed_in(client)
        again = await client.get("/v1/session")
    assert again.json()["csrf_token"] == token
    assert again.json()["user"]["username"] == "operator"


@pytest.mark.parametrize(
    "given", [{"username": "operator", "password": "wrong"}, {"username": "nobody", "password": PASSWORD}]
)
async def test_a_wrong_name_and_a_wrong_password_look_alike(console: Console, given: dict[str, str]) -> None:
    async with console.client() as client:
        response = await client.post("/v1/session", json=given)
    assert response.status_code == 401
    assert response.json()["detail"] == "User name and password do not fit together."
    assert "set-cookie" not in response.headers


async def test_guessing_is_slowed_down_and_says_how_long(console: Console) -> None:
    async with console.client() as client:
        answers = [await client.post("/v1/session", json=GOOD | {"password": "wrong"}) for _ in range(11)]
    assert [one.status_code for one in answers] == [401] * 10 + [429]
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 60


async def test_each_sign_in_makes_a_new_session_and_ends_the_browsers_old_one(console: Console) -> None:
    async with console.client() as client:
        await _signed_in(client)
        old = client.cookies["hejnal-session"]
        await _signed_in(client)
        assert client.cookies["hejnal-session"] != old
    async with console.client() as other:
        assert (await other.get("/v1/session", headers={"Cookie": f"hejnal-session={old}"})).status_code == 401


async def test_signing_out_needs_the_token_and_ends_the_session(console: Console) -> None:
    async with console.client() as client:
        token = await _signed_in(client)
        secret = client.cookies["hejnal-session"]
        assert (await client.delete("/v1/session")).status_code == 403
        assert (await client.delete("/v1/session", headers={"X-CSRF-Token": token})).status_code == 204
        assert (await client.get("/v1/session", headers={"Cookie": f"hejnal-session={secret}"})).status_code == 401


async def test_a_session_ends_by_itself(console: Console) -> None:
    people: People = console.parts.people
    person = await people.named("operator")
    assert person is not None
    await people.open_session(person, "secret", NOON, NOON + timedelta(hours=12), instead_of=None)
    assert await people.by_session(fingerprint("secret"), NOON + timedelta(hours=11)) is not None
    assert await people.by_session(fingerprint("secret"), NOON + timedelta(hours=12)) is None


async def test_nothing_secret_is_kept_in_clear(console: Console, tmp_path: Path) -> None:
    async with console.client() as client:
        await _signed_in(client)
        secret = client.cookies["hejnal-session"]
    await console.stop()
    kept = _bytes_in(tmp_path)
    for hidden in (secret, PASSWORD, TOKENS[Role.OPERATOR]):
        assert hidden.encode() not in kept


async def test_a_disabled_person_is_out_at_once(console: Console) -> None:
    async with console.client() as client:
        await _signed_in(client)
        await console.parts.people.disable("operator")
        assert (await client.get("/v1/session")).status_code == 401
        assert (await client.post("/v1/session", json=GOOD)).status_code == 401
    async with console.client(Role.OPERATOR) as program:
        assert (await program.get("/v1/alerts")).status_code == 401


async def test_a_cookie_alone_changes_nothing(console: Console) -> None:
    async with console.client() as client:
        await _signed_in(client)
        response = await client.post("/v1/alerts/x/decisions", json={"kind": "acknowledge", "if_version": 1})
    assert response.status_code == 403
    assert "X-CSRF-Token" in response.json()["detail"]


def _bytes_in(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.iterdir())


def _asked() -> Iterator[tuple[str, str, Role]]:
    yield "GET", "/v1/audit", Role.SUPERVISOR
    yield "GET", "/v1/alerts", Role.VIEWER
    yield "GET", "/v1/sensors", Role.VIEWER
    yield "POST", "/v1/alerts/none/decisions", Role.OPERATOR
    yield "POST", "/v1/nothing/of/the/kind", Role.ADMINISTRATOR


@pytest.mark.parametrize(("method", "path", "least"), _asked())
async def test_forbidden_is_said_before_anything_else(console: Console, method: str, path: str, least: Role) -> None:
    async with console.client() as client:
        assert (await client.request(method, path, content=b"{", headers=_json)).status_code == 401
    for role in Role:
        async with console.client(role) as client:
            status = (await client.request(method, path, content=b"{", headers=_json)).status_code
        assert (status == 403) == (not role.at_least(least)), (role, status)


_json = {"Content-Type": "application/json"}


async def test_the_audit_tells_sign_ins_and_never_an_unknown_name(console: Console) -> None:
    async with console.client() as client:
        await client.post("/v1/session", json=GOOD | {"password": "wrong"})
        await client.post("/v1/session", json={"username": "my secret password", "password": "x"})
        await _signed_in(client)
    async with console.client(Role.SUPERVISOR) as client:
        answer = await client.get("/v1/audit")
    lines = [(line["actor"], line["action"], line["outcome"]) for line in answer.json()["entries"]]
    assert lines == [
        ("operator", "sign_in", "signed_in"),
        ("unknown", "sign_in", "unknown_user"),
        ("operator", "sign_in", "wrong_password"),
    ]


async def test_the_audit_only_grows(console: Console) -> None:
    async with console.client() as client:
        await _signed_in(client)
    for statement in ("DELETE FROM audit", "UPDATE audit SET actor = 'nobody'"):
        with pytest.raises(Exception, match="only grows"):
            async with console.database.begin() as connection:
                await connection.exec_driver_sql(statement)


async def test_the_audits_pages_follow_one_another(console: Console) -> None:
    async with console.client() as client:
        for _ in range(5):
            await _signed_in(client)
    async with console.client(Role.SUPERVISOR) as client:
        first = (await client.get("/v1/audit?limit=3")).json()
        second = (await client.get(f"/v1/audit?limit=3&cursor={first['next_cursor']}")).json()
    numbers = [line["number"] for line in first["entries"] + second["entries"]]
    assert numbers == [5, 4, 3, 2, 1]
    assert second["next_cursor"] is None
