"""The codes of an alert's reasons, beside those of joining, of corroboration and of the decisions that were applied."""

from enum import StrEnum

__all__ = ["AlertReason"]


class AlertReason(StrEnum):
    """A page says each of them in the reader's language; the text that stands beside it is for programs' logs and new codes."""

    PLACED_BY_NAME = "placed_by_name"
    URGENCY_RAISED = "urgency_raised"
    OPENED_AGAIN = "opened_again"
    SENSOR_RECOVERED = "sensor_recovered"
    RESOLVED_BY_RECOVERY = "resolved_by_recovery"
    MERGED = "merged"
    MERGE_TAKEN_BACK = "merge_taken_back"
    SPLIT = "split"
    ESCALATED = "escalated"
    CLOSED_AS_STALE = "closed_as_stale"
