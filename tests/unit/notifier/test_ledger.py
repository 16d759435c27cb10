"""The ledger's rule, for any sequence of events."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.notifier.send.core.ledger import FINAL, may_become, next_question, rank, settle
from services.notifier.send.core.outcomes import Accepted, Refused, Unknown
from services.notifier.send.core.receipts import whole
from shared.events import NotificationState as State
from shared.pack import Delivery
from tests.notifier_builders import START

DELIVERY = Delivery(expires_after_s=600, most_attempts=5, first_retry_s=2, longest_retry_s=60)
states = st.sampled_from(list(State))


@given(st.lists(states, max_size=30))
def test_a_state_never_goes_back_whatever_comes_in_whatever_order(wanted: list[State]) -> None:
    present = State.REQUESTED
    for to in wanted:
        if may_become(present, to):
            assert rank(to) > rank(present)
            present = to
        if present in FINAL:
            assert not any(may_become(present, other) for other in State)


@given(states, states)
def test_a_change_is_allowed_in_one_direction_only(one: State, other: State) -> None:
    assert not (may_become(one, other) and may_become(other, one))


def test_unknown_is_never_offered_again() -> None:
    assert not may_become(State.UNKNOWN, State.CLAIMED)
    assert not may_become(State.UNKNOWN, State.REQUESTED)


@given(
    st.integers(1, 5),
    st.floats(0, 1),
    st.sampled_from([Accepted(("1",)), Unknown("timeout"), Refused("permanent", "no"), Refused("temporary", "later")]),
)
def test_only_a_refusal_for_now_leads_to_another_attempt(attempts: int, jitter: float, outcome: object) -> None:
    settlement = settle(
        outcome,  # type: ignore[arg-type]
        attempts=attempts,
        delivery=DELIVERY,
        expires_at=START + timedelta(seconds=600),
        now=START,
        jitter=jitter,
    )
    if settlement.state is None:
        assert outcome == Refused("temporary", "later")
        assert attempts < DELIVERY.most_attempts
        assert START < settlement.next_attempt_at < START + timedelta(seconds=600)
    if isinstance(outcome, Unknown):
        assert settlement.state is State.UNKNOWN


def test_what_would_be_tried_again_too_late_expires() -> None:
    outcome = Refused("temporary", "throttled", retry_after_s=120)
    expires_at = START + timedelta(seconds=60)
    settled = settle(outcome, attempts=1, delivery=DELIVERY, expires_at=expires_at, now=START, jitter=0)
    assert (settled.state, settled.reason) == (State.EXPIRED, "throttled")


def test_attempts_are_spaced_twice_as_far_each_time() -> None:
    expires_at = START + timedelta(days=1)
    waits = [
        settle(Refused("temporary", "x"), attempts=n, delivery=DELIVERY, expires_at=expires_at, now=START, jitter=0)
        for n in (1, 2, 3)
    ]
    assert [(one.next_attempt_at - START).total_seconds() for one in waits] == [2, 4, 8]


def test_a_message_has_arrived_once_every_part_has() -> None:
    arrived = (State.DELIVERED, "receipt")
    assert whole([arrived], 2)[0] is State.HANDED_OVER
    assert whole([arrived, arrived], 2)[0] is State.DELIVERED
    assert whole([arrived, (State.FAILED, "undeliverable")], 2) == (State.FAILED, "undeliverable")


def test_questions_about_an_unknown_one_become_rarer() -> None:
    assert next_question(START, START) == START + timedelta(seconds=2)
    later = START + timedelta(minutes=10)
    assert next_question(START, later) == later + timedelta(minutes=10)
