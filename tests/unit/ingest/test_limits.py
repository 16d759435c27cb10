import pytest

from services.ingest.adapters import limits
from services.ingest.adapters.limits import ClientLimit


async def test_client_waits_once_its_share_is_used_up_and_others_do_not() -> None:
    limit = ClientLimit(3, 600)
    assert [await limit.seconds_to_wait("a") for _ in range(3)] == [0, 0, 0]
    assert 0 < await limit.seconds_to_wait("a") <= 600
    assert await limit.seconds_to_wait("b") == 0


async def test_what_is_given_back_can_be_used_again() -> None:
    limit = ClientLimit(3, 600)
    await limit.seconds_to_wait("a", 3)
    await limit.give_back("a", 2)
    assert [await limit.seconds_to_wait("a") > 0 for _ in range(3)] == [False, False, True]


async def test_clients_of_long_ago_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    limit = ClientLimit(3, 600)
    monkeypatch.setattr(limits, "_SWEEP_S", 0)
    await limit.seconds_to_wait("a")
    storage = limit._storage
    for key in storage.expirations:
        storage.expirations[key] = 0
    await limit.seconds_to_wait("b")
    assert storage.timer is not None
    await storage.timer
    assert [key for key in storage.storage if "/a/" in key] == []
    assert [key for key in storage.storage if "/b/" in key]
