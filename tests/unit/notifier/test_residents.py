"""Who around is told, when not, and what residents hold in their hands."""

import uuid
from datetime import datetime, time, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.notifier.core.confirmation import CodeAnswer, CodeSent, judge_code
from services.notifier.core.masking import mask
from services.notifier.core.quiet_hours import QuietHours, is_quiet
from services.notifier.core.tokens import confirmation_code, leave_token, subscription_of_leave_token
from services.notifier.plan.broadcasting import circle
from services.notifier.plan.core.audience import Fit, PublishVerdict, Subscriber, fit, judge_size
from shared.events import Category, Channel, Language, Urgency
from shared.pack import distance_m
from tests.notifier_builders import START

NIGHT = QuietHours(frozenset({1, 2, 3, 4, 5}), time(22), time(6))
MONDAY = datetime(2026, 11, 23)


def subscriber(**changes: object) -> Subscriber:
    given: dict[str, object] = {
        "subscription_id": "s",
        "channel": Channel.SMS,
        "language": Language.PL,
        "masked": "…",
        "categories": frozenset(),
        "least_urgency": Urgency.HIGH,
        "quiet_hours": (),
    }
    return Subscriber(**(given | changes))  # type: ignore[arg-type]


def test_a_night_that_began_yesterday_is_yesterdays() -> None:
    assert is_quiet((NIGHT,), MONDAY.replace(hour=23))
    assert not is_quiet((NIGHT,), MONDAY.replace(hour=3))  # Sunday's night was not asked for
    saturday = MONDAY + timedelta(days=5)
    assert is_quiet((NIGHT,), saturday.replace(hour=3))
    assert not is_quiet((NIGHT,), saturday.replace(hour=23))
    assert not is_quiet((NIGHT,), MONDAY.replace(hour=12))
    assert is_quiet((QuietHours(frozenset({1}), time(13), time(14)),), MONDAY.replace(hour=13))


def test_critical_passes_quiet_hours() -> None:
    quiet = subscriber(quiet_hours=(NIGHT,))
    at_night = MONDAY.replace(hour=23)
    assert fit(quiet, Category.FIRE, Urgency.HIGH, at_night) is Fit.QUIET_HOURS
    assert fit(quiet, Category.FIRE, Urgency.CRITICAL, at_night) is Fit.FITS


def test_only_wanted_categories_and_urgencies_are_told() -> None:
    only_floods = subscriber(categories=frozenset({Category.FLOOD}))
    assert fit(only_floods, Category.FIRE, Urgency.CRITICAL, MONDAY) is Fit.OTHER_CATEGORY
    assert fit(subscriber(), Category.FIRE, Urgency.MEDIUM, MONDAY) is Fit.TOO_LOW


def test_above_the_limit_nobody_is_told() -> None:
    assert judge_size(5_001, 5_000) is PublishVerdict.TOO_MANY
    assert judge_size(5_000, 5_000) is PublishVerdict.TOLD
    assert judge_size(0, 5_000) is PublishVerdict.NOBODY


@given(st.uuids(version=4), st.binary(min_size=32, max_size=40))
def test_a_leave_link_lets_its_own_subscription_go_and_no_other(identity: uuid.UUID, secret: bytes) -> None:
    token = leave_token(secret, str(identity))
    assert subscription_of_leave_token(secret, token) == str(identity)
    assert subscription_of_leave_token(secret + b"x", token) is None
    changed = ("A" if token[3] != "A" else "B").join([token[:3], token[4:]])
    assert subscription_of_leave_token(secret, changed) is None


@given(st.text(max_size=60))
def test_no_text_breaks_the_leave_link(token: str) -> None:
    assert subscription_of_leave_token(b"secret", token) is None


def test_the_fifth_wrong_code_is_dead() -> None:
    sent = CodeSent("123456", START + timedelta(minutes=15), 0, confirmed=False)
    assert judge_code(sent, "123456", START) is CodeAnswer.CONFIRMED
    assert judge_code(sent, "000000", START) is CodeAnswer.WRONG
    fifth = CodeSent("123456", sent.expires_at, 4, confirmed=False)
    assert judge_code(fifth, "000000", START) is CodeAnswer.DEAD
    dead = CodeSent("123456", sent.expires_at, 5, confirmed=False)
    assert judge_code(dead, "123456", START) is CodeAnswer.DEAD
    assert judge_code(sent, "123456", START + timedelta(minutes=15)) is CodeAnswer.EXPIRED


def test_codes_are_six_digits_and_differ_by_nonce() -> None:
    codes = {confirmation_code(b"k", "s", str(nonce)) for nonce in range(100)}
    assert all(len(code) == 6 and code.isdigit() for code in codes)
    assert len(codes) > 95


def test_masks_show_too_little_to_reach_anybody() -> None:
    assert mask(Channel.SMS, "+48600100189") == "+48 ••• ••• •89"
    assert mask(Channel.EMAIL, "anna@example.org") == "a•••@example.org"


def test_a_circle_reaches_as_far_as_it_says() -> None:
    lon, lat = circle(49.78, 22.76, 1_000).exterior.coords[0]
    assert abs(distance_m(49.78, 22.76, lat, lon) - 1_000) < 5
