from datetime import UTC, datetime, timedelta

import pytest

from services.ingest.core.idempotency import Claim, Repeat, is_key, judge_repeat

NOW = datetime(2026, 11, 24, 18, tzinfo=UTC)
DAY = timedelta(hours=24)


def claim(*, body: str = "same", age: timedelta = timedelta(0), published: bool = True) -> Claim:
    return Claim("report", body, NOW - age, published=published)


@pytest.mark.parametrize(
    ("kept", "repeat"),
    [
        (None, Repeat.NEW),
        (claim(), Repeat.DONE),
        (claim(published=False), Repeat.PENDING),
        (claim(body="other"), Repeat.OTHER_BODY),
        (claim(body="other", published=False), Repeat.OTHER_BODY),
        (claim(age=DAY - timedelta(seconds=1)), Repeat.DONE),
        (claim(age=DAY), Repeat.NEW),
        (claim(age=DAY, body="other"), Repeat.NEW),
    ],
)
def test_a_key_stands_for_one_request_for_a_day(kept: Claim | None, repeat: Repeat) -> None:
    assert judge_repeat(kept, "same", NOW, DAY) is repeat


@pytest.mark.parametrize(
    ("text", "good"),
    [("a", True), ("8e03978e-40d5-43dd-bc93-6894a57f9324", True), ("x" * 200, True), ("x" * 201, False), ("", False)]
    + [(bad, False) for bad in (" a", "a ", "a\tb", "ż", "a\x7f")],
)
def test_key_is_short_printable_ascii(text: str, good: bool) -> None:
    assert is_key(text) is good
