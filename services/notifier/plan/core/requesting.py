"""From who is told to the records that ask the senders to tell them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.notifier.plan.core.audience import Subscriber
from services.notifier.plan.core.telling import Telling, notification_id
from services.notifier.plan.core.wording import Words, words_for_alert
from shared.events import (
    AlertChanged,
    Channel,
    Language,
    NotificationRequested,
    NotificationSettled,
    NotificationState,
    Purpose,
)
from shared.ids import derived_event_id
from shared.pack import CityPack

__all__ = ["Request", "refusal", "requests_for_duty", "requests_for_residents"]


@dataclass(frozen=True, slots=True)
class Request:
    """A notification that is to be asked for, and the trace it belongs to."""

    event: NotificationRequested
    trace: str | None


def requests_for_duty(
    pack: CityPack, alert: AlertChanged, tellings: Iterable[Telling], now: datetime, trace: str | None
) -> list[Request]:
    teams = {team.id: team.names for team in pack.routing.teams}
    requests = []
    for telling in tellings:
        to, minutes = telling.recipient, round(telling.waited.total_seconds() / 60)
        words = words_for_alert(pack, alert, to.channel, telling.purpose, to.language, minutes=minutes)
        shown = teams[to.team].within(pack.city.default_language, pack.city.default_language)
        event = _event(pack, alert, telling.purpose, telling.step, telling.step_name, to.recipient_id, shown, to.channel,
                       to.language, words, now)  # fmt: skip
        requests.append(Request(event, trace))
    return requests


def requests_for_residents(  # noqa: PLR0917 — one call
    pack: CityPack,
    alert: AlertChanged,
    purpose: Purpose,
    subscribers: Iterable[Subscriber],
    now: datetime,
    trace: str | None,
) -> list[Request]:
    """The words are the same for all of one language and channel, so they are written once."""
    written: dict[tuple[Channel, Language], Words] = {}
    requests = []
    for to in subscribers:
        key = (to.channel, to.language)
        if key not in written:
            written[key] = words_for_alert(pack, alert, to.channel, purpose, to.language)
        # A correction may come several times: the version tells them apart.
        name = purpose if purpose != "update" else f"update.{alert.version}"
        event = _event(
            pack, alert, purpose, 0, name, to.subscription_id, to.masked, to.channel, to.language, written[key], now
        )
        requests.append(Request(event, trace))
    return requests


def refusal(alert: AlertChanged, reason: str, shown: str, channel: Channel, now: datetime) -> NotificationSettled:
    """Tells everyone who looks at the alert that residents were not told, and why."""
    refused = notification_id(alert.alert_id, alert.opened_at, f"refused.{alert.version}", "residents", channel)
    return NotificationSettled(
        event_id=derived_event_id(refused, "failed"),
        city=alert.city,
        occurred_at=now,
        received_at=alert.received_at,
        exercise=alert.exercise,
        notification_id=refused,
        purpose="publish",
        alert_id=alert.alert_id,
        recipient_id="residents",
        recipient=shown,
        channel=channel,
        urgency=alert.urgency,
        step=0,
        state=NotificationState.FAILED,
        reason=reason,
        attempts=0,
        changed_at=now,
    )


def _event(  # noqa: PLR0917 — one constructor, two callers above
    pack: CityPack,
    alert: AlertChanged,
    purpose: Purpose,
    step: int,
    step_name: str,
    recipient_id: str,
    shown: str,
    channel: Channel,
    language: Language,
    words: Words,
    now: datetime,
) -> NotificationRequested:
    identity = notification_id(alert.alert_id, alert.opened_at, step_name, recipient_id, channel)
    return NotificationRequested(
        event_id=derived_event_id(identity, "requested"),
        city=alert.city,
        occurred_at=now,
        received_at=now if purpose == "escalation" else alert.received_at,
        exercise=alert.exercise,
        notification_id=identity,
        purpose=purpose,
        alert_id=alert.alert_id,
        alert_version=alert.version,
        recipient_id=recipient_id,
        recipient=shown,
        channel=channel,
        language=language,
        urgency=alert.urgency,
        category=alert.category,
        step=step,
        subject=words.subject,
        body=words.body,
        expires_at=now + timedelta(seconds=pack.delivery(channel, alert.urgency).expires_after_s),
    )
