"""HTTP for answers: the link in a message to somebody on duty."""

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from services.notifier.answering.flow import Answering, Asked
from services.notifier.answering.pages import acknowledge_page, outcome_page
from services.notifier.leaving import NOTHING_PAGE, PAGE_HEADERS
from shared.web.problems import problem_responses

__all__ = ["answering_router"]


def answering_router(answering: Answering, alert_url: str) -> APIRouter:
    """`alert_url` is the console's page of an alert, with `{alert_id}` in it."""
    router = APIRouter()

    def console(asked: Asked) -> str:
        return alert_url.replace("{alert_id}", asked.alert.alert_id)

    @router.get("/a/{token}", response_class=HTMLResponse, responses=problem_responses(503))
    async def ask(token: str) -> HTMLResponse:
        """What it is, and one button. Opening it acknowledges nothing: programs that look at links press no buttons."""
        asked = await answering.asked_by_link(token)
        if asked is None:
            return HTMLResponse(NOTHING_PAGE, 404, headers=PAGE_HEADERS)
        return HTMLResponse(acknowledge_page(asked, token, console(asked)), headers=PAGE_HEADERS)

    @router.post("/a/{token}", response_class=HTMLResponse, responses=problem_responses(503))
    async def acknowledge(token: str) -> HTMLResponse:
        """Acknowledge: the same decision as in the console. Again is harmless."""
        asked = await answering.asked_by_link(token)
        if asked is None:
            return HTMLResponse(NOTHING_PAGE, 404, headers=PAGE_HEADERS)
        outcome = await answering.acknowledge_by_link(asked)
        asked = await answering.asked_by_link(token) or asked
        return HTMLResponse(outcome_page(asked, outcome, console(asked)), headers=PAGE_HEADERS)

    return router
