"""An SMSC as a provider: a line that is kept up, messages in parts, questions about what is unknown."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Final

import structlog

from services.notifier.adapters.smpp.joining import Joining, OnText
from services.notifier.adapters.smpp.pdus import (
    ReceiptPdu,
    Status,
    TextPdu,
    message_id_of,
    query,
    read_queried,
    submit,
)
from services.notifier.adapters.smpp.session import Answer, Gone, NoAnswer, NotSent, Session, SmscAddress
from services.notifier.send.core.message import Message
from services.notifier.send.core.outcomes import Accepted, Outcome, Receipt, Refused, Unknown
from services.notifier.send.core.sms_text import SmsText, write_sms
from shared.events import NotificationState
from shared.pack import SmsStyle

__all__ = ["SmppOptions", "SmppProvider"]

_log = structlog.get_logger()
_RECONNECT_S: Final = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
_TEMPORARY: Final = frozenset({Status.SYSTEM_ERROR, Status.QUEUE_FULL, Status.THROTTLED})

OnReceipt = Callable[[Receipt], Awaitable[None]]

_STATES: Final[dict[int, tuple[NotificationState, str]]] = {
    1: (NotificationState.HANDED_OVER, "en_route"),
    2: (NotificationState.DELIVERED, "receipt"),
    3: (NotificationState.EXPIRED, "expired_at_provider"),
    4: (NotificationState.FAILED, "deleted_at_provider"),
    5: (NotificationState.FAILED, "undeliverable"),
    6: (NotificationState.HANDED_OVER, "accepted"),
    8: (NotificationState.FAILED, "rejected"),
}
"""message_state (SMPP 3.4, 5.2.28); 7 is `unknown`, which says nothing new."""


@dataclass(frozen=True, slots=True)
class SmppOptions:
    """`reference_tag` is the optional parameter that carries the notification's id; 0 leaves it out."""

    sender: str
    style: SmsStyle
    reference_tag: int = 0x1400
    timeout_s: float = 10.0
    enquire_link_s: float = 30.0
    join_s: float = 20.0
    """How long a text from a phone waits for its missing parts."""


class SmppProvider:
    """Sends, and tells of receipts by `on_receipt` and of texts from phones by `on_text`, which return once they are kept."""

    def __init__(
        self, name: str, address: SmscAddress, options: SmppOptions, on_receipt: OnReceipt, on_text: OnText
    ) -> None:
        self.name = name
        self._address = address
        self._options = options
        self._on_receipt = on_receipt
        self._texts = Joining(on_text, options.join_s)
        self._session: Session | None = None
        self._references = count()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Returns at once; the line comes up, and up again, by itself."""
        self._task = asyncio.create_task(self._stay_bound())

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        if self._session is not None:
            await self._session.unbind(1.0)

    @property
    def unready(self) -> list[str]:
        return [] if self._is_up() else [f"sms provider {self.name}: not bound"]

    async def send(self, message: Message) -> Outcome:
        text = write_sms(message.body, self._options.style)
        reference = next(self._references)
        first = await self._submit(message, text, reference, 0)
        if not isinstance(first, Accepted) or not text.is_concatenated:
            return _of_many(first, len(text.parts))
        # The others go together once the first is in: a refusal at the door then costs nothing.
        numbers = range(1, len(text.parts))
        rest = await asyncio.gather(*(self._submit(message, text, reference, number) for number in numbers))
        return _joined([first, *rest])

    async def ask(self, notification_id: str, provider_message_id: str | None) -> Receipt | None:
        """What the SMSC knows of a message, by its own id or our reference; None when it can't be asked or does not know."""
        if self._session is None:
            return None
        # The reference stands for the whole message, the SMSC's id for its first part only.
        asked = notification_id if self._options.reference_tag else provider_message_id
        if asked is None:
            return None
        try:
            answer = await self._session.request(
                lambda sequence: query(sequence, asked, self._options.sender), self._options.timeout_s
            )
            if answer.status != Status.OK:
                return None
            queried = read_queried(answer.pdu)
        except (NotSent, Gone, NoAnswer, ValueError):
            return None
        state = _STATES.get(queried.state)
        return Receipt(self.name, None, notification_id, *state) if state else None

    async def _submit(self, message: Message, text: SmsText, reference: int, number: int) -> Outcome:
        options = self._options
        parts = (reference, len(text.parts), number + 1) if text.is_concatenated else None
        if self._session is None:
            return Refused("temporary", "not_bound")
        try:
            answer = await self._session.request(
                lambda sequence: submit(
                    sequence,
                    options.sender,
                    message.address.text,
                    text.parts[number],
                    text.data_coding,
                    parts,
                    (options.reference_tag, message.notification_id),
                    message.expires_at,
                ),
                options.timeout_s,
            )
        except NotSent:
            return Refused("temporary", "not_bound")
        except ValueError:
            return Refused("permanent", "not_an_sms")
        except (Gone, NoAnswer) as error:
            return Unknown(str(error))
        return _outcome(answer)

    async def _receive(self, pdu: ReceiptPdu | TextPdu) -> None:
        if isinstance(pdu, TextPdu):
            await self._texts.add(pdu)
            return
        state = _STATES.get(pdu.state or 0)
        if state is not None:
            await self._on_receipt(Receipt(self.name, pdu.message_id, pdu.reference, *state))

    def _is_up(self) -> bool:
        return self._session is not None and not self._session.lost.done()

    async def _stay_bound(self) -> None:
        attempt = 0
        while True:
            try:
                session = await Session.open(
                    self._address, self._receive, self._options.reference_tag, self._options.timeout_s
                )
            except NotSent as error:
                if attempt in {0, len(_RECONNECT_S)}:
                    _log.warning("smsc_not_reached", provider=self.name, reason=str(error))
                await asyncio.sleep(_RECONNECT_S[min(attempt, len(_RECONNECT_S) - 1)])
                attempt += 1
                continue
            attempt, self._session = 0, session
            _log.info("smsc_bound", provider=self.name)
            await session.keep_alive(self._options.enquire_link_s, self._options.timeout_s)
            _log.warning("smsc_line_lost", provider=self.name)


def _outcome(answer: Answer) -> Outcome:
    if answer.status == Status.OK:
        return Accepted((message_id_of(answer.pdu),))
    if answer.status in _TEMPORARY:
        return Refused("temporary", "throttled" if answer.status == Status.THROTTLED else f"smpp_{answer.status:#x}")
    return Refused("permanent", f"smpp_{answer.status:#x}")


def _of_many(outcome: Outcome, total: int) -> Outcome:
    return Unknown(outcome.reason, total) if isinstance(outcome, Unknown) else outcome


def _joined(outcomes: Sequence[Outcome]) -> Outcome:
    """All parts accepted is accepted; anything else leaves a message of which the provider has a part: unknown."""
    ids = tuple(identity for each in outcomes if isinstance(each, Accepted) for identity in each.provider_message_ids)
    if len(ids) == len(outcomes):
        return Accepted(ids)
    return Unknown("a_part_was_not_accepted", len(outcomes), ids)
