"""Delivery receipts on their way to the sender: a while after the message, again when the line went before they were acknowledged."""

import asyncio
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import smpp34

from sandbox import metrics
from sandbox.smpp.pdu import MESSAGE_REFERENCE
from sandbox.smpp.records import DELIVERED
from sandbox.smpp.submission import Submission

__all__ = ["Deliverable", "Line", "Receipt", "Receipts", "write_receipt"]

_RECEIPT_ESM_CLASS = 0x04
_RECEIPTED_MESSAGE_ID = 0x001E
_MESSAGE_STATE = 0x0427


@dataclass(frozen=True, slots=True)
class Receipt:
    """`due_s` is on the event loop's clock."""

    message_id: str
    submission: Submission
    accepted_at: datetime
    due_s: float

    def pdu(self, sequence: int) -> bytes:
        return write_receipt(self, sequence)


class Deliverable(Protocol):
    """What goes to the sender as a deliver_sm: a receipt, or what somebody texted."""

    @property
    def due_s(self) -> float: ...
    def pdu(self, sequence: int) -> bytes: ...


class Line(Protocol):
    """A bound session that can take receipts."""

    def room(self) -> int:
        """How many more receipts it takes before it acknowledges one."""
        ...

    def deliver(self, one: Deliverable) -> None: ...


def write_receipt(receipt: Receipt, sequence: int) -> bytes:
    """The deliver_sm, from the phone to the sender, in the usual text form and with the optional parameters (SMPP 3.4, appendix B)."""
    minute = receipt.accepted_at.strftime("%y%m%d%H%M")
    submission = receipt.submission
    text = (
        f"id:{receipt.message_id} sub:001 dlvrd:001 submit date:{minute} done date:{minute} stat:DELIVRD err:000 text:"
    )
    options = [
        smpp34.Tlv(_RECEIPTED_MESSAGE_ID, receipt.message_id.encode("ascii") + b"\0"),
        smpp34.Tlv(_MESSAGE_STATE, bytes((DELIVERED,))),
    ]
    if submission.reference is not None:
        options.append(smpp34.Tlv(MESSAGE_REFERENCE, submission.reference.encode("ascii", "replace")))
    return smpp34.DeliverSm(
        submission.destination,
        submission.source,
        text.encode("ascii"),
        source_addr_ton=submission.destination_ton,
        dest_addr_ton=submission.source_ton,
        esm_class=_RECEIPT_ESM_CLASS,
        tlvs=options,
        sequence_number=sequence,
    ).encode()


class Receipts:
    """The receipts that wait for the sessions of one system id: at most `kept`, the oldest is forgotten first."""

    def __init__(self, provider: str, kept: int) -> None:
        self._provider = provider
        self._kept = kept
        self._waiting: deque[Deliverable] = deque()
        self._lines: list[Line] = []
        self._timer: asyncio.TimerHandle | None = None

    def add(self, receipt: Deliverable) -> None:
        self._waiting.append(receipt)
        if len(self._waiting) > self._kept:
            self._waiting.popleft()
            metrics.RECEIPTS.labels(self._provider, "forgotten").inc()
        if self._timer is None:
            self.send_due()

    def join(self, line: Line) -> None:
        self._lines.append(line)
        self.send_due()

    def leave(self, line: Line, unanswered: Iterable[Deliverable]) -> None:
        """What the line has not acknowledged waits for the next one."""
        if line in self._lines:
            self._lines.remove(line)
        returned = list(unanswered)
        self._waiting.extendleft(reversed(returned))
        metrics.RECEIPTS.labels(self._provider, "returned").inc(len(returned))
        self.send_due()

    def send_due(self) -> None:
        """Sends what is due as far as the lines have room, and comes back when the next is due."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        loop = asyncio.get_running_loop()
        while self._waiting and self._lines:
            wait_s = self._waiting[0].due_s - loop.time()
            if wait_s > 0:
                self._timer = loop.call_later(wait_s, self.send_due)
                return
            line = max(self._lines, key=lambda each: each.room())
            if line.room() <= 0:
                return
            line.deliver(self._waiting.popleft())
            metrics.RECEIPTS.labels(self._provider, "sent").inc()

    @property
    def has_line(self) -> bool:
        return bool(self._lines)

    def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
