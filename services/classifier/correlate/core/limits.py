"""How much of an alert its snapshot carries: no record may pass 256 KB, whatever people write."""

from dataclasses import dataclass
from datetime import timedelta

__all__ = ["SnapshotLimits"]


@dataclass(frozen=True, slots=True)
class SnapshotLimits:
    """The byte limits add up, with the absorbed hashes, witnesses and report ids at their most, to less than 256,000 bytes."""

    evidence: int = 200
    evidence_bytes: int = 212_000
    text_characters: int = 280
    place_characters: int = 120
    explained: int = 20
    """The newest pieces of evidence that keep their explanation; the strongest keeps its own too."""
    explanation_bytes: int = 12_000
    reasons: int = 50
    reasons_bytes: int = 8_000
    decisions: int = 50
    decisions_bytes: int = 10_000
    absorbed: int = 2_000
    clients: int = 200
    suggested_merges: int = 10
    joined_in_one_snapshot: int = 150
    closed_kept: timedelta = timedelta(hours=24)
    """How long a closed alert can be reopened and still knows its redeliveries; later it is forgotten."""
