"""The sandbox's pure parts: what a phone makes of octets, and who sees what."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.behaviour import NORMAL, Behaviours, Mode, behaviour_for
from sandbox.mail import read_mail
from sandbox.messages import Email, Push, Sms
from sandbox.owners import owners
from sandbox.smpp.concatenation import Joined, Segments
from sandbox.smpp.submission import Refused, read_submission
from sandbox.smpp.text import Part, decode_text, phone_number, split_user_data_header

NOW = datetime(2026, 11, 24, 18, 0, tzinfo=UTC)
LINE = ("hejnal", "112", "+48600100200")


@pytest.mark.parametrize(
    ("address", "ton", "shown"),
    [
        ("48600100200", 1, "+48600100200"),
        ("+48600100200", 0, "+48600100200"),
        ("0048600100200", 0, "+48600100200"),
        ("48600100200", 0, "+48600100200"),
        ("112", 0, "112"),
        ("Hejnal", 5, "Hejnal"),
    ],
)
def test_numbers_are_shown_in_e164_and_names_as_they_are(address: str, ton: int, shown: str) -> None:
    assert phone_number(address, ton) == shown


def test_the_default_alphabet_is_gsm_with_its_extensions() -> None:
    assert decode_text(b"\x00\x02 \x1be \x1b< a", 0) == "@$ € [ a"


@given(octets=st.binary(max_size=300), coding=st.integers(0, 255))
def test_any_octets_are_shown_somehow(octets: bytes, coding: int) -> None:
    assert isinstance(decode_text(octets, coding), str)


@given(octets=st.binary(max_size=300))
def test_any_user_data_header_is_read_or_refused(octets: bytes) -> None:
    try:
        _, text = split_user_data_header(octets)
    except ValueError:
        return
    assert octets.endswith(text)


@given(body=st.binary(max_size=300))
def test_any_submission_is_read_or_refused(body: bytes) -> None:
    pdu = (16 + len(body)).to_bytes(4, "big") + (4).to_bytes(4, "big") + bytes(4) + (1).to_bytes(4, "big") + body
    try:
        assert read_submission(pdu).octets
    except Refused:
        return


@given(order=st.permutations([1, 2, 3]))
def test_segments_make_one_message_in_any_order(order: list[int]) -> None:
    segments = Segments(kept=10)
    results = [segments.add(LINE, Part(7, 3, number), f"id-{number}", b"%d" % number) for number in order]
    assert results == [None, None, Joined(b"123", ("id-1", "id-2", "id-3"))]


def test_unjoined_segments_are_bounded_and_the_oldest_goes() -> None:
    segments = Segments(kept=2)
    for reference in (1, 2, 3):
        segments.add(LINE, Part(reference, 2, 1), "first", b"a")
    assert segments.add(LINE, Part(1, 2, 2), "second", b"b") is None
    assert segments.add(LINE, Part(3, 2, 2), "second", b"b") == Joined(b"ab", ("first", "second"))


def test_seconds_are_a_delay_when_slow_and_otherwise_an_end() -> None:
    behaviours = Behaviours()
    behaviours.put("sms", None, behaviour_for(Mode.SLOW, None, 100.0, slow_s=5.0, permanent=False))
    behaviours.put("sms", "b", behaviour_for(Mode.REFUSE, 10.0, 100.0, slow_s=5.0, permanent=True))
    assert behaviours.now("sms", "a", 1e9).delay_s == 5.0
    assert behaviours.now("sms", "b", 109.9).permanent
    assert behaviours.now("sms", "b", 110.0) == NORMAL
    assert behaviours.now("email", "a", 0.0) == NORMAL


@given(octets=st.binary(max_size=500))
def test_any_mail_is_shown_somehow(octets: bytes) -> None:
    assert isinstance(read_mail(octets, "a@example.org").body, str)


def test_texts_and_pushes_of_one_telephone_are_on_one_screen() -> None:
    sms = Sms(
        provider="a",
        to="+48600100200",
        sender="Hejnal",
        received_at=NOW,
        provider_message_id="1",
        reference=None,
        text="x",
        segments=1,
    )
    push = Push(
        provider="a", to="http://sandbox/push/a/abcdef", sender="", received_at=NOW, provider_message_id="2", reference=None,
        text="x", title="", url=None, urgency="high", topic=None, phone="+48600100200",
    )  # fmt: skip
    alone = push.model_copy(update={"phone": None, "provider_message_id": "3"})
    mail = Email(
        provider="b", to="a@example.org", sender="", received_at=NOW, provider_message_id="4", reference=None,
        subject="", body="", html=False,
    )  # fmt: skip
    shown = owners([sms, push, alone, mail], looked_at=10, shown=10, messages_each=1)
    assert [(owner.kind, owner.name, owner.count, len(owner.messages)) for owner in shown] == [
        ("phone", "+48600100200", 2, 1),
        ("phone", "app …abcdef", 1, 1),
        ("mailbox", "a@example.org", 1, 1),
    ]
