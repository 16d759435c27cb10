from dataclasses import replace
from datetime import UTC, datetime

import pytest

from services.ingest.core.gateway_keys import KEY_BYTES, IssuedKey, issue, key_id_of
from shared.errors import Invalid

NOW = datetime(2026, 11, 24, 18, tzinfo=UTC)


def made(*sensors: str, entropy: bytes = bytes(range(KEY_BYTES))) -> IssuedKey:
    return issue("San gauges", sensors, entropy, NOW)


def test_key_opens_and_only_its_hash_is_kept() -> None:
    issued = made()
    assert key_id_of(issued.key) == issued.kept.key_id
    assert issued.kept.opens_with(issued.key)
    assert issued.key not in repr(issued.kept)
    assert not issued.kept.opens_with(issued.key[:-1] + "_")


def test_revoked_key_opens_nothing() -> None:
    issued = made()
    assert not replace(issued.kept, revoked_at=NOW).opens_with(issued.key)


@pytest.mark.parametrize(
    "text", ["", "hjg_", "hjg_zzzzzzzzzzzz_" + "a" * 43, "Bearer x", "ż", "hjg_000102030405_" + "a" * 42]
)
def test_text_that_is_no_key_names_none(text: str) -> None:
    assert key_id_of(text) is None


def test_key_is_bound_to_sensors_by_id_or_beginning() -> None:
    bound = made("san-*", "wiar-1").kept
    assert [bound.allows(sensor) for sensor in ("san-przemysl-1", "san-", "wiar-1", "wiar-10", "sa", "x")] == [
        True,
        True,
        True,
        False,
        False,
        False,
    ]


def test_key_without_sensors_is_for_all() -> None:
    assert made().kept.allows("anything")


@pytest.mark.parametrize("pattern", ["", "*x", "a*b", "a b", "a/b", "#", "+", "ż", "x" * 200])
def test_bad_sensor_pattern_is_refused(pattern: str) -> None:
    with pytest.raises(Invalid):
        made(pattern)
