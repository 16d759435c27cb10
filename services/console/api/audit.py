"""GET /v1/audit, for supervisors."""

from typing import Annotated

from fastapi import APIRouter, Query

from services.console.adapters.audit_trail import AuditAction
from services.console.api.answers import AuditLine, AuditList
from services.console.api.dependencies import Limit, PartsOf
from shared.web import CleanText, problem_responses

__all__ = ["router"]

router = APIRouter(tags=["audit"], responses=problem_responses(401, 403, 422, 503))


@router.get("/v1/audit")
async def list_audit(
    parts: PartsOf,
    cursor: Annotated[str | None, Query(pattern=r"^\d{1,18}$", description="`next_cursor` of the page before.")] = None,
    actor: Annotated[CleanText | None, Query(max_length=100)] = None,
    action: AuditAction | None = None,
    limit: Limit = 100,
) -> AuditList:
    """Who signed in and who decided what, newest first."""
    before = int(cursor) if cursor else None
    found = await parts.audit.page(before=before, limit=limit + 1, actor=actor, action=action)
    lines = [
        AuditLine(
            number=entry.number or 0,
            at=entry.at,
            actor=entry.actor,
            action=entry.action,
            outcome=entry.outcome,
            subject=entry.subject,
            detail=entry.detail,
        )
        for entry in found[:limit]
    ]
    return AuditList(entries=lines, next_cursor=str(lines[-1].number) if len(found) > limit else None)
