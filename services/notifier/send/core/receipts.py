"""What the receipts of a message's parts say of the whole."""

from collections.abc import Sequence

from shared.events import NotificationState

__all__ = ["whole"]

S = NotificationState


def whole(parts: Sequence[tuple[S, str]], total: int) -> tuple[S, str]:
    """State and reason of a message of `total` parts of which these have a receipt.

    One part lost is the message lost; it has arrived once every part has; until then the provider has it.
    """
    for state, reason in parts:
        if state in {S.FAILED, S.EXPIRED}:
            return state, reason
    arrived = sum(1 for state, _ in parts if state is S.DELIVERED)
    return (S.DELIVERED, "receipt") if arrived >= total else (S.HANDED_OVER, "receipt_of_a_part")
