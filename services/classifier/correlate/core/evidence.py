"""What speaks for an alert: the newest pieces, cut so that an alert's record stays small whatever people write."""

from collections.abc import Iterable
from json.encoder import encode_basestring

from services.classifier.building import build
from services.classifier.correlate.core.limits import SnapshotLimits
from shared.events import Evidence, Explanation, ReadingSignal, ReportSignal

__all__ = ["EvidenceList", "evidence_of"]


def evidence_of(signal: ReportSignal | ReadingSignal, limits: SnapshotLimits) -> Evidence:
    """The signal as a piece of evidence, its text cut."""
    if isinstance(signal, ReportSignal):
        return build(
            Evidence,
            {
                "kind": "report",
                "report_id": signal.report_id,
                "at": signal.occurred_at,
                "text": _cut(signal.text, limits.text_characters),
                "lat": signal.lat,
                "lon": signal.lon,
                "place": _place(signal.place, limits),
                "category": signal.category,
                "urgency": signal.urgency,
                "score": signal.score,
                "explanation": signal.explanation,
                "client": signal.client,
            },
        )
    return build(
        Evidence,
        {
            "kind": "reading",
            "sensor_id": signal.sensor_id,
            "at": signal.occurred_at,
            "quantity": signal.quantity,
            "value": signal.value,
            "unit": signal.unit,
            "lat": signal.lat,
            "lon": signal.lon,
            "place": _place(signal.place, limits),
            "category": signal.category,
            "urgency": signal.urgency,
            "score": signal.score,
        },
    )


def _place(place: str | None, limits: SnapshotLimits) -> str | None:
    return None if place is None else _cut(place, limits.place_characters)


def _cut(text: str, characters: int) -> str:
    return text if len(text) <= characters else text[: characters - 1] + "…"


class EvidenceList:
    """The newest pieces, oldest first. `total` counts those that gave way as well."""

    def __init__(self, limits: SnapshotLimits, pieces: Iterable[Evidence] = (), total: int | None = None) -> None:
        self._limits = limits
        self.pieces = list(pieces)
        self.total = len(self.pieces) if total is None else total
        self._sizes = [_size(piece) for piece in self.pieces]
        self._explained = [at for at, piece in enumerate(self.pieces) if piece.explanation]
        self._explanation_bytes = sum(_explanation_size(self.pieces[at].explanation) for at in self._explained)
        self._bytes = sum(self._sizes)

    def add(self, piece: Evidence) -> None:
        """Adds the newest; explanations give way first, then the oldest pieces."""
        self.total += 1
        self.pieces.append(piece)
        self._sizes.append(_size(piece))
        self._bytes += self._sizes[-1]
        if piece.explanation is not None:
            self._explained.append(len(self.pieces) - 1)
            self._explanation_bytes += _explanation_size(piece.explanation)
            self._drop_explanations()
        while self._bytes > self._limits.evidence_bytes or len(self.pieces) > self._limits.evidence:
            self._drop_oldest()

    def remove_reports(self, report_ids: frozenset[str]) -> list[Evidence]:
        """Takes the reports out (a split) and returns their pieces."""
        taken = [piece for piece in self.pieces if piece.report_id in report_ids]
        rest = [piece for piece in self.pieces if piece.report_id not in report_ids]
        self.__init__(self._limits, rest, self.total - len(taken))  # type: ignore[misc]
        return taken

    def _drop_explanations(self) -> None:
        """The oldest first; the strongest and the newest keep theirs."""
        for at in list(self._explained):
            is_few = len(self._explained) <= self._limits.explained
            if is_few and self._explanation_bytes <= self._limits.explanation_bytes:
                return
            if at != self._explained[-1] and self._is_surpassed(at):
                self._unexplain(at)

    def _is_surpassed(self, at: int) -> bool:
        score = self.pieces[at].score
        for other in self._explained:  # noqa: SIM110 — three times as fast as any()
            if self.pieces[other].score > score or (other < at and self.pieces[other].score == score):
                return True
        return False

    def _unexplain(self, at: int) -> None:
        piece = self.pieces[at]
        size = _explanation_size(piece.explanation)
        self.pieces[at] = piece.model_copy(update={"explanation": None})
        self._explained.remove(at)
        self._explanation_bytes -= size
        self._sizes[at] -= size
        self._bytes -= size

    def _drop_oldest(self) -> None:
        piece = self.pieces.pop(0)
        self._bytes -= self._sizes.pop(0)
        if piece.explanation is not None:
            self._explanation_bytes -= _explanation_size(piece.explanation)
        self._explained = [at - 1 for at in self._explained if at > 0]


_PIECE_BYTES = 420
"""Everything of a piece but its text and explanation: two ids, a time, numbers, words, the JSON around them."""
_MARK_BYTES = 90


def _explanation_size(explanation: Explanation | None) -> int:
    """At least what it takes in JSON."""
    if explanation is None:
        return 0
    marks = (*explanation.phrases, *explanation.modifiers)
    texts = [*(mark.text for mark in marks), *(rule.text for rule in explanation.rules)]
    return 2 * _MARK_BYTES + sum(_MARK_BYTES + _text_size(text) for text in texts)


def _size(piece: Evidence) -> int:
    """At least what it takes in JSON: exact for the text, generous for the rest."""
    return (
        _PIECE_BYTES
        + _text_size(piece.text or "")
        + _text_size(piece.place or "")
        + _explanation_size(piece.explanation)
    )


def _text_size(text: str) -> int:
    return len(encode_basestring(text).encode())
