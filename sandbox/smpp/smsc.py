"""One provider's SMSC: takes messages as its behaviour says, shows them on the phones, and sends receipts."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import count
from typing import Literal

from sandbox import metrics
from sandbox.behaviour import Behaviour, Behaviours, Mode
from sandbox.messages import Messages, Provider, Sms, to_millisecond
from sandbox.settings import SandboxSettings
from sandbox.smpp.concatenation import Joined, Segments
from sandbox.smpp.pdu import RESPONSE, Bind, Command, QuerySm, Status, message_id_answer, query_answer, write
from sandbox.smpp.receipts import Deliverable, Receipt, Receipts
from sandbox.smpp.records import Record, Records, smpp_time
from sandbox.smpp.session import Session
from sandbox.smpp.submission import Refused, Submission, read_submission
from sandbox.smpp.text import decode_text
from sandbox.smpp.texting import texted

__all__ = ["Smsc"]

_Outcome = Literal["accepted", "refused", "unanswered", "dropped", "invalid"]
_SYSTEM_IDS_KEPT = 100


@dataclass(frozen=True, slots=True)
class _Asked:
    """A submit_sm that waits for its answer."""

    session: Session
    sequence: int
    submission: Submission


class Smsc:
    """Answers the sessions of one port. `now` gives aware UTC times."""

    def __init__(
        self,
        provider: Provider,
        settings: SandboxSettings,
        behaviours: Behaviours,
        messages: Messages,
        now: Callable[[], datetime],
    ) -> None:
        self.provider: Provider = provider
        self.system_id = f"sandbox-{provider}"
        self.pdu_bytes = settings.smpp_pdu_bytes
        self.receipt_window = settings.smpp_receipt_window
        self._settings = settings
        self._behaviours = behaviours
        self._messages = messages
        self._now = now
        self._records = Records(settings.messages_kept)
        self._segments = Segments(settings.smpp_unjoined_kept)
        self._receipts: dict[str, Receipts] = {}
        self._sessions: set[Session] = set()
        self._held: set[asyncio.TimerHandle] = set()
        self._ids = count(1)
        self._texts = count(1)
        self._id_prefix = f"{provider}{int(now().timestamp() * 1000):x}"

    def new_session(self) -> Session:
        return Session(self)

    def welcomes(self, bind: Bind) -> bool:
        password = self._settings.smpp_password
        return password is None or bind.password == password.get_secret_value()

    def bound(self, session: Session) -> None:
        self._sessions.add(session)
        metrics.SESSIONS.labels(self.provider).set(len(self._sessions))
        if session.bound.receives:
            self._receipts_of(session.system_id).join(session)

    def gone(self, session: Session, unanswered: list[Deliverable]) -> None:
        self._sessions.discard(session)
        metrics.SESSIONS.labels(self.provider).set(len(self._sessions))
        if session.bound.receives:
            self._receipts_of(session.system_id).leave(session, unanswered)

    def acknowledged(self, session: Session) -> None:
        self._receipts_of(session.system_id).send_due()

    def query(self, session: Session, sequence: int, query: QuerySm) -> None:
        """Answered in every mode: it is how a sender learns what became of a message that was never answered."""
        record = self._records.find(query.message_id)
        if record is None:
            session.write(write(Command.QUERY_SM | RESPONSE, sequence, Status.INVALID_MESSAGE_ID))
            return
        final_date = "" if record.delivered_at is None else smpp_time(record.delivered_at)
        session.write(query_answer(sequence, record.message_id, final_date, record.state))

    def submit(self, session: Session, sequence: int, pdu: bytes) -> None:
        try:
            asked = _Asked(session, sequence, read_submission(pdu))
        except Refused as refused:
            self._refuse(session, sequence, refused.status, "invalid")
            return
        behaviour = self._behaviours.now("sms", self.provider, asyncio.get_running_loop().time())
        match behaviour.mode:
            case Mode.TIMEOUT:
                self._count("unanswered")
            case Mode.REFUSE:
                status = Status.INVALID_DESTINATION if behaviour.permanent else Status.THROTTLED
                self._refuse(session, sequence, status, "refused")
            case Mode.SLOW:
                self._hold(asked, behaviour)
            case Mode.DROP_AFTER_ACCEPT:
                self._accept(asked)
                session.drop()
            case Mode.NORMAL | Mode.DUPLICATE_RECEIPTS:
                self._answer(asked)

    def text(self, phone: str, to: str, text: str) -> bool:
        """What the owner of a phone writes, to whoever is bound; False when nobody is, ever was, or can take it."""
        heard = next((each for each in self._receipts.values() if each.has_line), None)
        if heard is None:
            return False
        for part in texted(phone, to, text, next(self._texts), asyncio.get_running_loop().time()):
            heard.add(part)
        return True

    def close(self) -> None:
        for timer in self._held:
            timer.cancel()
        for receipts in self._receipts.values():
            receipts.close()
        for session in tuple(self._sessions):
            session.close()

    def _hold(self, asked: _Asked, behaviour: Behaviour) -> None:
        if len(self._held) >= self._settings.held_requests:
            self._refuse(asked.session, asked.sequence, Status.QUEUE_FULL, "refused")
            return

        def answer() -> None:
            self._held.discard(timer)
            metrics.HELD.labels(self.provider).set(len(self._held))
            self._answer(asked)

        timer = asyncio.get_running_loop().call_later(behaviour.delay_s, answer)
        self._held.add(timer)
        metrics.HELD.labels(self.provider).set(len(self._held))

    def _answer(self, asked: _Asked) -> None:
        message_id = self._accept(asked)
        if message_id is not None:
            asked.session.write(message_id_answer(asked.sequence, Status.OK, message_id))

    def _accept(self, asked: _Asked) -> str | None:
        """From here on the message is the SMSC's. None when its place among the segments cannot be."""
        submission, now = asked.submission, to_millisecond(self._now())
        message_id = f"{self._id_prefix}{next(self._ids):06d}"
        joined: Joined | None = Joined(submission.octets, (message_id,))
        if submission.part is not None:
            line = (asked.session.system_id, submission.sender, submission.to)
            try:
                joined = self._segments.add(line, submission.part, message_id, submission.octets)
            except ValueError:
                self._refuse(asked.session, asked.sequence, Status.INVALID_ESM_CLASS, "invalid")
                return None
        self._records.add(Record(message_id, now), submission.reference)
        if joined is not None:
            self._deliver(submission, joined, now)
        if submission.wants_receipt:
            self._send_receipts(asked, message_id, now)
        self._count("accepted")
        return message_id

    def _deliver(self, submission: Submission, joined: Joined, now: datetime) -> None:
        self._records.delivered(joined.message_ids, now)
        self._messages.add(
            Sms(
                provider=self.provider,
                to=submission.to,
                sender=submission.sender,
                received_at=now,
                provider_message_id=joined.message_ids[0],
                reference=submission.reference,
                text=decode_text(joined.octets, submission.data_coding),
                segments=len(joined.message_ids),
            )
        )

    def _send_receipts(self, asked: _Asked, message_id: str, now: datetime) -> None:
        now_s = asyncio.get_running_loop().time()
        due_s = now_s + self._settings.smpp_receipt_delay_s
        submission = replace(asked.submission, octets=b"")
        receipt = Receipt(message_id, submission, now, due_s)
        doubled = self._behaviours.now("sms", self.provider, now_s).mode is Mode.DUPLICATE_RECEIPTS
        for _ in range(2 if doubled else 1):
            self._receipts_of(asked.session.system_id).add(receipt)

    def _receipts_of(self, system_id: str) -> Receipts:
        receipts = self._receipts.get(system_id)
        if receipts is None:
            while len(self._receipts) >= _SYSTEM_IDS_KEPT:
                self._receipts.pop(next(iter(self._receipts))).close()
            receipts = self._receipts[system_id] = Receipts(self.provider, self._settings.smpp_receipts_kept)
        return receipts

    def _refuse(self, session: Session, sequence: int, status: Status, outcome: _Outcome) -> None:
        session.write(message_id_answer(sequence, status))
        self._count(outcome)

    def _count(self, outcome: _Outcome) -> None:
        metrics.MESSAGES.labels("sms", self.provider, outcome).inc()
