"""Messages, alerts and providers for the notifier's tests."""

import itertools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from services.notifier.adapters.smpp import SmppProvider
from services.notifier.adapters.smpp.provider import SmppOptions
from services.notifier.adapters.smpp.session import SmscAddress
from services.notifier.adapters.smtp import SmtpProvider, SmtpServer
from services.notifier.adapters.webpush import WebPushProvider
from services.notifier.providers import load_vapid
from services.notifier.send.core.message import Address, Links, Message
from services.notifier.send.core.outcomes import Accepted, Outcome, Receipt, Refused, Unknown
from shared.events import (
    AlertChanged,
    AlertState,
    Category,
    Channel,
    Language,
    NotificationRequested,
    NotificationState,
    Urgency,
)
from shared.ids import derived_event_id, derived_id, new_id
from shared.kafka.records import Received
from shared.pack import CityPack, SmsStyle, load_pack
from tests.sandbox import RunningSandbox

PACK_DIR = Path("cities/przemysl")
START = datetime(2026, 11, 24, 18, 0, tzinfo=UTC)
_numbers = itertools.count()


def pack() -> CityPack:
    return load_pack(PACK_DIR)


def alert(at: datetime = START, **changes: Any) -> AlertChanged:
    """A fire in the old town, of urgency critical, seen for the first time."""
    alert_id = changes.pop("alert_id", None) or new_id(at)
    version = changes.pop("version", 1)
    given = {
        "event_id": derived_event_id(alert_id, str(version)),
        "city": "przemysl",
        "occurred_at": at,
        "received_at": at,
        "alert_id": alert_id,
        "version": version,
        "state": AlertState.OPEN,
        "category": Category.FIRE,
        "urgency": Urgency.CRITICAL,
        "score": 90,
        "title": "Pożar – Rynek",
        "place": "Rynek",
        "lat": 49.7818,
        "lon": 22.7682,
        "radius_m": 100,
        "opened_at": at,
        "changed_at": at,
        "report_count": 1,
        "reading_count": 0,
        "evidence_total": 1,
    }
    return AlertChanged.model_validate(given | changes)


def requested(at: datetime | None = None, **changes: Any) -> NotificationRequested:
    at = at or datetime.now(UTC)
    identity = changes.pop("notification_id", None) or derived_id(f"n{next(_numbers)}", "test", at)
    given = {
        "event_id": derived_event_id(identity, "requested"),
        "city": "przemysl",
        "occurred_at": at,
        "received_at": at,
        "notification_id": identity,
        "purpose": "alert",
        "alert_id": new_id(at),
        "alert_version": 1,
        "recipient_id": new_id(at),
        "recipient": "Centrum",
        "channel": Channel.SMS,
        "language": Language.PL,
        "urgency": Urgency.CRITICAL,
        "category": Category.FIRE,
        "step": 1,
        "subject": "Pożar",
        "body": "Pożar, Rynek. Potwierdź: {url}",
        "expires_at": at + timedelta(minutes=30),
    }
    return NotificationRequested.model_validate(given | changes)


def received(event: Any, offset: int = 0) -> Received[Any]:
    raw: Any = None
    return Received(event, "topic", 0, offset, "key", 0, None, raw)


def message(channel: Channel, address: Address, **changes: Any) -> Message:
    now = datetime.now(UTC)
    given: dict[str, Any] = {
        "notification_id": new_id(now),
        "alert_id": new_id(now),
        "address": address,
        "language": Language.PL,
        "urgency": Urgency.CRITICAL,
        "category": Category.FIRE,
        "subject": "Pożar – Rynek",
        "body": "Pożar na Rynku. Zobacz: http://127.0.0.1:8000/alerts/1",
        "links": Links("http://127.0.0.1:8000/alerts/1", "", ""),
        "expires_at": now + timedelta(minutes=30),
        "issued_at": now,
    }
    return Message(**(given | changes))


class FakeProvider:
    """Answers as it is told, one outcome after the other and then the last for ever; remembers what it accepted."""

    def __init__(self, name: str = "a", *outcomes: Outcome | None) -> None:
        self.name = name
        self.outcomes = list(outcomes)
        self.sent: list[Message] = []
        self.accepted: list[Message] = []
        self.known: dict[str, NotificationState] = {}
        self.hold: Any = None

    @property
    def unready(self) -> list[str]:
        return []

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    async def send(self, message: Message) -> Outcome:
        self.sent.append(message)
        if self.hold is not None:
            await self.hold.wait()
        outcome = self.outcomes.pop(0) if len(self.outcomes) > 1 else (self.outcomes or [None])[0]
        if outcome is None:
            outcome = Accepted((f"{self.name}-{message.notification_id}",))
        if isinstance(outcome, Accepted):
            self.accepted.append(message)
        return outcome

    async def ask(self, notification_id: str, provider_message_id: str | None) -> Receipt | None:
        state = self.known.get(notification_id)
        return Receipt(self.name, None, notification_id, state, "receipt") if state else None


async def no_receipt(_: Receipt) -> None: ...


async def no_text(phone: str, text: str) -> None: ...


def smpp(
    sandbox: RunningSandbox, name: str = "a", on_receipt: Any = no_receipt, on_text: Any = no_text, **options: Any
) -> SmppProvider:
    host, port = sandbox.addresses[f"smpp-{name}"]
    given = {"sender": "Hejnal", "style": SmsStyle(), "timeout_s": 1.0} | options
    return SmppProvider(name, SmscAddress(host, port, "hejnal", "secret"), SmppOptions(**given), on_receipt, on_text)


def smtp(sandbox: RunningSandbox, name: str = "a", **options: Any) -> SmtpProvider:
    host, port = sandbox.addresses[f"smtp-{name}"]
    given: dict[str, Any] = {
        "host": host,
        "port": port,
        "username": None,
        "password": None,
        "tls": "starttls",
        "ca_file": str(sandbox.settings.tls_dir / "smtp-ca.pem"),
        "sender": "hejnal@przemysl.example",
        "sender_name": "Hejnał Przemyśl",
        "timeout_s": 1.0,
    }
    return SmtpProvider(name, SmtpServer(**(given | options)))


def webpush(directory: Path, forget: Callable[[str], Any] | None = None, **options: Any) -> WebPushProvider:
    async def ignore(_: str) -> None: ...

    given = {"timeout_s": 1.0} | options
    return WebPushProvider(
        load_vapid(directory / "vapid.pem"), "mailto:hejnal@przemysl.example", forget or ignore, **given
    )


__all__ = [
    "FakeProvider",
    "Refused",
    "Unknown",
    "alert",
    "message",
    "no_receipt",
    "pack",
    "received",
    "requested",
    "smpp",
    "smtp",
    "webpush",
]
