"""The decisions taken here: written down before they are sent, so that each has an answer and a repeated request finds itself."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update

from services.console.adapters.audit_trail import AuditAction, AuditEntry, add_to
from services.console.adapters.tables import decisions
from services.console.core.decisions import Known
from shared.database import Database
from shared.events import DecisionKind, DecisionState, DecisionTaken

__all__ = ["NOT_SENT", "DecisionBook", "Outcome"]

NOT_SENT = "not_sent"


@dataclass(frozen=True, slots=True)
class Outcome:
    decision_id: str
    kind: DecisionKind
    state: DecisionState
    reason: str | None


class DecisionBook:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def repeated(self, actor: str, key: str) -> Known | None:
        query = select(decisions).where(decisions.c.actor == actor, decisions.c.idempotency_key == key)
        async with self._database.read() as connection:
            row = (await connection.execute(query)).first()
        if row is None:
            return None
        return Known(DecisionTaken.model_validate_json(row.event), row.body_hash, is_settled=row.settled_at is not None)

    async def write_down(self, event: DecisionTaken, *, key: str | None, body_hash: str) -> bool:
        """Write it and its audit entry in one. False when the same person's key came at the same moment and was first."""
        insert = self._database.insert(decisions).values(_row(event, key, body_hash))
        async with self._database.begin() as connection:
            added = await connection.scalar(insert.on_conflict_do_nothing().returning(decisions.c.decision_id))
            if added is not None:
                await add_to(connection, _audit_entry(event))
        return added is not None

    async def mark(self, decision_id: str, *, sent: bool) -> None:
        """Say that the log has it, or has not acknowledged it (it may still arrive: then the log's word counts)."""
        state, reason = (DecisionState.PENDING, None) if sent else (DecisionState.REFUSED, NOT_SENT)
        unsettled = decisions.c.settled_at.is_(None)
        async with self._database.begin() as connection:
            change = update(decisions).where(decisions.c.decision_id == decision_id, unsettled)
            await connection.execute(change.values(state=state, reason=reason))

    async def outcome(self, decision_id: str) -> Outcome | None:
        query = select(decisions).where(decisions.c.decision_id == decision_id)
        async with self._database.read() as connection:
            row = (await connection.execute(query)).first()
        if row is None:
            return None
        return Outcome(row.decision_id, DecisionKind(row.kind), DecisionState(row.state), row.reason)


def _row(event: DecisionTaken, key: str | None, body_hash: str) -> dict[str, Any]:
    return {
        "decision_id": event.decision_id,
        "alert_id": event.alert_id,
        "kind": event.kind,
        "state": DecisionState.PENDING,
        "reason": None,
        "actor": event.actor,
        "actor_reason": event.reason,
        "text": event.text,
        "taken_at": event.occurred_at,
        "settled_at": None,
        "idempotency_key": key,
        "body_hash": body_hash,
        "event": event.model_dump_json(),
    }


def _audit_entry(event: DecisionTaken) -> AuditEntry:
    return AuditEntry(
        event.occurred_at, event.actor, AuditAction.DECISION, event.kind, event.alert_id, event.decision_id
    )
