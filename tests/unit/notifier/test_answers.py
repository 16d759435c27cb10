"""What an answer means, and what it leads to."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from services.notifier.answering.flow import Answering, Asked, Outcome
from services.notifier.answering.meaning import Meaning, meaning_of
from services.notifier.answering.pages import acknowledge_page, outcome_page
from services.notifier.core.tokens import acknowledge_token, leave_token
from shared.events import AlertState, DecisionKind, DecisionTaken, ReportReceived
from tests.notifier_builders import alert

NOW = datetime(2026, 11, 24, 18, 3, tzinfo=UTC)
SECRET = b"s" * 32
PHONE = "+48600100100"


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("OK", Meaning.ACKNOWLEDGE),
        (" Potwierdzam! ", Meaning.ACKNOWLEDGE),
        ("przyjąłem", Meaning.ACKNOWLEDGE),
        ("Підтверджую.", Meaning.ACKNOWLEDGE),
        ("їду", Meaning.ACKNOWLEDGE),
        ("👍", Meaning.ACKNOWLEDGE),
        ("+", Meaning.ACKNOWLEDGE),
        ("STOP", Meaning.STOP),
        ("Rezygnuję", Meaning.STOP),
        ("стоп", Meaning.STOP),
        ("stop! the man is breaking into cars at the station", Meaning.REPORT),
        ("ok pali sie u sasiada", Meaning.REPORT),
        ("Woda wybija ze studzienki na Lwowskiej", Meaning.REPORT),
        ("  ...  ", Meaning.NOTHING),
        ("", Meaning.NOTHING),
    ],
)
def test_only_a_whole_word_acknowledges_or_leaves(text: str, meaning: Meaning) -> None:
    assert meaning_of(text) is meaning


@dataclass
class Fakes:
    """What is known, and what was sent. `becomes` is what the alert is at the next look."""

    asked_for: Asked | None
    becomes: Asked | None = None
    decided: list[DecisionTaken] = field(default_factory=list)
    reported: list[ReportReceived] = field(default_factory=list)
    left: list[str] = field(default_factory=list)

    async def asked(self, notification_id: str) -> Asked | None:
        known = self.becomes if self.decided and self.becomes else self.asked_for
        return known if known and known.notification_id == notification_id else None

    async def asked_of(self, phone: str) -> Asked | None:
        return self.asked_for if phone == PHONE else None

    async def leave(self, phone: str) -> int:
        self.left.append(phone)
        return 1

    async def decide(self, event: DecisionTaken) -> None:
        self.decided.append(event)

    async def report(self, event: ReportReceived) -> None:
        self.reported.append(event)


async def no_pause() -> None: ...


def answering(fakes: Fakes, at: datetime = NOW) -> Answering:
    return Answering(fakes, fakes, "przemysl", SECRET, lambda: at, pause=no_pause, looks=3)


def asked(state: AlertState = AlertState.OPEN, by: str | None = None, notification_id: str = "") -> Asked:
    one = alert(NOW).model_copy(update={"state": state, "acknowledged_by": by})
    return Asked(notification_id or str(uuid4()), "Anna", one)


async def test_a_tap_is_the_decision_that_a_click_in_the_console_is() -> None:
    open_ = asked()
    fakes = Fakes(open_, becomes=asked(AlertState.ACKNOWLEDGED, "Anna", open_.notification_id))
    flow = answering(fakes)
    found = await flow.asked_by_link(acknowledge_token(SECRET, open_.notification_id))
    assert found == open_
    assert await flow.acknowledge_by_link(found) is Outcome.ACKNOWLEDGED
    (decision,) = fakes.decided
    assert (decision.kind, decision.alert_id, decision.actor) == (
        DecisionKind.ACKNOWLEDGE,
        open_.alert.alert_id,
        "Anna",
    )
    assert decision.if_version is None, "whoever takes it on has not counted the reports that came since"


async def test_two_taps_are_one_decision() -> None:
    open_ = asked()
    fakes = Fakes(open_)
    for _ in range(2):
        assert await answering(fakes).acknowledge_by_link(open_) is Outcome.ON_ITS_WAY
    assert len({each.decision_id for each in fakes.decided}) == len({each.event_id for each in fakes.decided}) == 1


@pytest.mark.parametrize(
    ("one", "outcome"),
    [
        (asked(AlertState.ACKNOWLEDGED, "Anna"), Outcome.ACKNOWLEDGED),
        (asked(AlertState.ACKNOWLEDGED, "Jan"), Outcome.BY_ANOTHER),
        (asked(AlertState.RESOLVED), Outcome.CLOSED),
    ],
)
async def test_what_needs_no_answer_gets_no_decision(one: Asked, outcome: Outcome) -> None:
    fakes = Fakes(one)
    assert await answering(fakes).acknowledge_by_link(one) is outcome
    assert fakes.decided == []


async def test_a_link_of_another_purpose_or_hand_opens_nothing() -> None:
    open_ = asked()
    flow = answering(Fakes(open_))
    for token in (leave_token(SECRET, open_.notification_id), acknowledge_token(b"x" * 32, open_.notification_id), "x"):
        assert await flow.asked_by_link(token) is None


async def test_a_word_by_sms_acknowledges_what_that_phone_was_asked() -> None:
    fakes = Fakes(asked())
    assert await answering(fakes).take_text(PHONE, "OK") is Outcome.ON_ITS_WAY
    assert await answering(fakes).take_text("+48600999999", "OK") is Outcome.NOTHING_ASKED
    assert len(fakes.decided) == 1


async def test_stop_by_sms_leaves() -> None:
    fakes = Fakes(None)
    assert await answering(fakes).take_text(PHONE, "STOP") is Outcome.LEFT
    assert fakes.left == [PHONE]


async def test_anything_else_by_sms_is_a_report_once_and_names_nobody() -> None:
    fakes = Fakes(None)
    text = "Pali się piwnica na Lwowskiej 12"
    for minutes in (0, 2, 30):
        outcome = await answering(fakes, NOW + timedelta(minutes=minutes)).take_text(PHONE, text)
        assert outcome is Outcome.REPORTED
    first, again, later = fakes.reported
    assert first.report_id == again.report_id != later.report_id
    assert first.text == text
    assert "600100100" not in first.model_dump_json()


def test_the_page_shows_texts_of_strangers_as_text() -> None:
    hostile = asked()
    hostile = Asked("n", "Anna", hostile.alert.model_copy(update={"title": "<script>alert(1)</script>"}))
    for page in (acknowledge_page(hostile, "t", "http://c/"), outcome_page(hostile, Outcome.CLOSED, "http://c/")):
        assert "<script>" not in page
        assert "&lt;script&gt;" in page
