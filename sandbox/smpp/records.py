"""What an SMSC remembers of the messages it took, for query_sm."""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime

__all__ = ["DELIVERED", "EN_ROUTE", "Record", "Records", "smpp_time"]

EN_ROUTE = 1
DELIVERED = 2


@dataclass(slots=True)
class Record:
    """One accepted submit_sm. A segment is on its way until its others are there, too."""

    message_id: str
    accepted_at: datetime
    delivered_at: datetime | None = None

    @property
    def state(self) -> int:
        """message_state (SMPP 3.4, 5.2.28)."""
        return EN_ROUTE if self.delivered_at is None else DELIVERED


class Records:
    """The newest `kept` records. Emptying the phones does not empty them: an SMSC that took a message says so."""

    def __init__(self, kept: int) -> None:
        self._kept = kept
        self._records: OrderedDict[str, Record] = OrderedDict()
        self._by_reference: OrderedDict[str, Record] = OrderedDict()

    def add(self, record: Record, reference: str | None) -> None:
        self._records[record.message_id] = record
        if reference is not None:
            self._by_reference[reference] = record
        for index in (self._records, self._by_reference):
            while len(index) > self._kept:
                index.popitem(last=False)

    def delivered(self, message_ids: tuple[str, ...], at: datetime) -> None:
        for message_id in message_ids:
            record = self._records.get(message_id)
            if record is not None:
                record.delivered_at = at

    def find(self, message_id_or_reference: str) -> Record | None:
        """By the SMSC's message id or, an extension of ours as many SMSCs have one, by the sender's reference."""
        return self._records.get(message_id_or_reference) or self._by_reference.get(message_id_or_reference)


def smpp_time(at: datetime) -> str:
    """Absolute time format of SMPP 3.4, 7.1.1: YYMMDDhhmmsstnnp, in UTC."""
    return at.strftime("%y%m%d%H%M%S") + f"{at.microsecond // 100_000}00+"
