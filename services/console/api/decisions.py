"""POST /v1/alerts/{id}/decisions and what became of one."""

import json
from typing import Annotated

from fastapi import APIRouter, Body, Header, Path

from services.console.api.alerts import AlertId, no_alert
from services.console.api.answers import DecisionAccepted, DecisionAnswer
from services.console.api.dependencies import PartsOf, Who
from services.console.bodies import DecisionBody, event_of
from services.console.flow import Conflict, OtherBody, Unknown
from shared.errors import Invalid
from shared.ids import new_id
from shared.web import FieldError, Problem, problem_responses

__all__ = ["router"]

router = APIRouter(tags=["decisions"], responses=problem_responses(401, 403, 404, 422, 503))

IdempotencyKey = Annotated[
    str | None,
    Header(
        min_length=1,
        max_length=200,
        pattern=r"^[\x21-\x7e]+$",
        description="The same key and body again answer the same decision, also when the first try ended in 503.",
    ),
]


@router.post("/v1/alerts/{alert_id}/decisions", status_code=202, responses=problem_responses(400, 409, 413, 415))
async def decide(
    parts: PartsOf,
    who: Who,
    alert_id: AlertId,
    body: Annotated[DecisionBody, Body()],
    idempotency_key: IdempotencyKey = None,
) -> DecisionAccepted:
    """Accepted once the city's log has it; of two at once the first in the log wins. The effect arrives by the stream."""
    now = parts.now()
    decision = event_of(
        body, decision_id=new_id(now), alert_id=alert_id, city=parts.settings.city, actor=who.username, now=now
    )
    try:
        decision_id = await parts.deciding.decide(decision, body=body.model_dump_json(), key=idempotency_key)
    except Unknown as error:
        raise no_alert() from error
    except Conflict as error:
        detail = "The alert has changed since you saw it: look at `alert`, and decide again with its version."
        raise Problem(409, detail, extra={"alert": json.loads(error.document)}) from error
    except OtherBody as error:
        field = FieldError("header/Idempotency-Key", error.detail)
        raise Problem(422, "Take a new Idempotency-Key for another decision.", errors=[field]) from error
    except Invalid as error:
        field = FieldError(f"/{error.reason}", error.detail)
        raise Problem(422, "The decision does not fit this alert: see `errors`.", errors=[field]) from error
    return DecisionAccepted(decision_id=decision_id)


@router.get("/v1/decisions/{decision_id}")
async def show_decision(
    parts: PartsOf, decision_id: Annotated[str, Path(max_length=80, pattern=r"^[\x21-\x7e]+$")]
) -> DecisionAnswer:
    """Pending until the log has answered; then applied, or refused with the reason."""
    found = await parts.book.outcome(decision_id)
    if found is None:
        raise Problem(404, "There is no decision with this id.")
    return DecisionAnswer(decision_id=found.decision_id, kind=found.kind, state=found.state, reason=found.reason)
