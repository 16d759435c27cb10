"""What the demo's table says is what the addresses answered."""

from datetime import UTC, datetime, timedelta

from hejnal.demo.city_api import Alert, Evidence, Message, Notification, ReportState, Ticket
from hejnal.demo.outcome import Sent, SentCall, SentDecision, SentReading, has_been_told, rows_of

START = datetime(2026, 11, 24, 22, 0, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def call(name: str, seconds: float) -> SentCall:
    return SentCall(name, f"text of {name}", Ticket(report_id=name, tracking_code="c"), at(seconds))


def notification(name: str, channel: str, state: str = "delivered") -> Notification:
    return Notification(notification_id=name, channel=channel, recipient=f"masked {name}", state=state)


def message(reference: str, channel: str, seconds: float) -> Message:
    return Message(channel=channel, provider="a", to="+48600100100", received_at=at(seconds), reference=reference)


def alert(
    *notifications: Notification, reports: tuple[str, ...] = (), sensor: str | None = None, urgency: str = "high"
) -> Alert:
    evidence = [Evidence(kind="report", report_id=report, at=START) for report in reports]
    if sensor:
        evidence.append(Evidence(kind="reading", sensor_id=sensor, at=at(1)))
    return Alert(
        alert_id="alert",
        version=1,
        state="open",
        category="fire",
        urgency=urgency,
        title="fire",
        opened_at=START,
        report_count=len(reports),
        reading_count=1 if sensor else 0,
        evidence=evidence,
        notifications=list(notifications),
    )


def test_calls_of_one_alert_stand_in_one_row_and_the_first_message_is_measured_from_what_caused_it() -> None:
    sent = Sent([call("one", 0), call("two", 5)], [], [])
    told = alert(notification("n1", "sms"), notification("n2", "sms"), reports=("one", "two"))
    [row] = rows_of(
        sent,
        [ReportState(state="joined", category="fire")] * 2,
        [told],
        [message("n2", "sms", 6), message("n1", "sms", 0.25)],
    )
    assert [heard.name for heard in row.heard] == ["one", "two"]
    [sms] = row.told
    assert (sms.messages, round(sms.first_ms)) == (2, 250)
    assert set(sms.recipients) == {"masked n1", "masked n2"}


def test_a_message_after_a_decision_is_measured_from_the_decision() -> None:
    sent = Sent([call("one", 0)], [], [SentDecision("alert", "publish", at(10))])
    [row] = rows_of(
        sent,
        [ReportState(state="joined", category="fire")],
        [alert(notification("n1", "sms"), reports=("one",))],
        [message("n1", "sms", 10.5)],
    )
    assert round(row.told[0].first_ms) == 500


def test_a_gauge_and_a_report_without_an_alert_have_rows() -> None:
    sent = Sent([call("spam", 0)], [SentReading("gauge", 350, "cm", at(1)), SentReading("gauge", 580, "cm", at(2))], [])
    rows = rows_of(sent, [ReportState(state="no_action", category=None)], [alert(sensor="gauge")], [])
    assert [row.heard[0].name for row in rows] == ["gauge", "spam"]
    assert rows[0].heard[0].said == "350 → 580 cm"
    assert rows[1].alert is None


def test_an_urgent_alert_is_told_once_each_channel_is_out_of_our_hands() -> None:
    channels = [notification("n1", "sms"), notification("n2", "email"), notification("n3", "app", state="requested")]
    assert not has_been_told(alert(*channels[:2]), [])
    assert not has_been_told(alert(*channels), [])
    assert has_been_told(alert(*channels), [message("n3", "app", 1)])
    assert has_been_told(alert(urgency="low"), [])
