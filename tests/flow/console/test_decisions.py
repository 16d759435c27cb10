"""What an operator decides goes into the log once, and its outcome comes back."""

from typing import Any

import httpx
import pytest

from services.console.core.roles import Role
from shared.events import AlertState, DecisionKind, DecisionState, Urgency
from tests.console_builders import Console, a_report, an_alert, an_outcome, record

ACKNOWLEDGE = {"kind": "acknowledge", "if_version": 1}


async def _decide(console: Console, body: Any, *, role: Role = Role.OPERATOR, key: str | None = None) -> httpx.Response:
    async with console.client(role) as client:
        headers = {"Idempotency-Key": key} if key else {}
        return await client.post("/v1/alerts/alert-1/decisions", json=body, headers=headers)


async def _answer(console: Console, decision_id: str) -> dict[str, Any]:
    async with console.client(Role.VIEWER) as client:
        answer: dict[str, Any] = (await client.get(f"/v1/decisions/{decision_id}")).json()
    return answer


@pytest.mark.parametrize(
    "body",
    [
        {"kind": "acknowledge"},
        {"kind": "assign", "assignee": "Ola"},
        {"kind": "set_urgency", "urgency": "low", "reason": "nothing burns"},
        {"kind": "set_category", "category": "gas"},
        {"kind": "merge", "into": "alert-2"},
        {"kind": "split", "report_ids": ["report-of-alert-1"]},
        {"kind": "resolve"},
        {"kind": "dismiss"},
        {"kind": "reopen"},
        {"kind": "note", "text": "Straż na miejscu"},
        {"kind": "ask", "text": "Czy widać dym?"},
        {"kind": "publish"},
        {"kind": "publish", "text": "Omijajcie Rynek"},
    ],
)
async def test_every_kind_is_sent_with_what_it_says_and_pends(console: Console, body: dict[str, Any]) -> None:
    await console.take(record(an_alert(), 1), record(an_alert("alert-2"), 2))
    response = await _decide(console, body | {"if_version": 1})
    assert response.status_code == 202, response.text
    (sent,) = console.log.sent
    assert sent.decision_id == response.json()["decision_id"]
    assert (sent.alert_id, sent.actor, sent.if_version, sent.city) == ("alert-1", "operator", 1, "przemysl")
    said = sent.model_dump(mode="json")
    assert {name: said[name] for name in body} == body
    assert await _answer(console, sent.decision_id) == {
        "decision_id": sent.decision_id,
        "kind": body["kind"],
        "state": "pending",
        "reason": None,
    }


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"kind": "assign", "if_version": 1}, "/assignee"),
        ({"kind": "set_urgency", "if_version": 1, "urgency": "huge"}, "/urgency"),
        ({"kind": "acknowledge", "if_version": 1, "urgency": "low"}, "/urgency"),
        ({"kind": "acknowledge"}, "/if_version"),
        ({"kind": "acknowledge", "if_version": 0}, "/if_version"),
        ({"kind": "note", "if_version": 1, "text": ""}, "/text"),
        ({"kind": "note", "if_version": 1, "text": "bell \u0007"}, "/text"),
        ({"kind": "note", "if_version": 1, "text": "x" * 4001}, "/text"),
        ({"kind": "split", "if_version": 1, "report_ids": []}, "/report_ids"),
        ({"kind": "split", "if_version": 1, "report_ids": ["of-another"]}, "/report_ids"),
        ({"kind": "merge", "if_version": 1, "into": "alert-1"}, "/into"),
        ({"kind": "merge", "if_version": 1, "into": "nowhere"}, "/into"),
        ({"kind": "shout", "if_version": 1}, "/"),
        ([], "/"),
    ],
)
async def test_what_can_never_be_applied_is_refused_with_its_place(console: Console, body: Any, pointer: str) -> None:
    await console.take(record(an_alert(), 1))
    response = await _decide(console, body)
    assert response.status_code == 422
    assert response.json()["errors"][0]["pointer"] == pointer
    assert console.log.sent == []


async def test_of_two_operators_the_second_is_shown_the_present_alert(console: Console) -> None:
    await console.take(record(an_alert(), 1), record(an_alert(version=2, state=AlertState.ACKNOWLEDGED), 2))
    response = await _decide(console, ACKNOWLEDGE)
    assert response.status_code == 409
    assert response.json()["alert"]["version"] == 2
    assert response.json()["alert"]["state"] == "acknowledged"
    assert console.log.sent == []


@pytest.mark.parametrize(
    ("state", "reason"), [(DecisionState.APPLIED, "applied"), (DecisionState.REFUSED, "stale_version")]
)
async def test_the_log_answers_what_became_of_it(console: Console, state: DecisionState, reason: str) -> None:
    await console.take(record(an_alert(), 1))
    decision_id = (await _decide(console, ACKNOWLEDGE)).json()["decision_id"]
    outcome = an_outcome(decision_id, state, reason=reason)
    await console.take(record(an_alert(version=2, decisions=[outcome]), 2))
    assert (await _answer(console, decision_id)) == {
        "decision_id": decision_id,
        "kind": "acknowledge",
        "state": state,
        "reason": reason,
    }


async def test_the_same_key_and_body_decide_once(console: Console) -> None:
    await console.take(record(an_alert(), 1))
    first = await _decide(console, ACKNOWLEDGE, key="k-1")
    outcome = an_outcome(first.json()["decision_id"])
    await console.take(record(an_alert(version=2, decisions=[outcome]), 2))
    second = await _decide(console, ACKNOWLEDGE, key="k-1")
    assert (second.status_code, second.json()) == (202, first.json())
    assert len(console.log.sent) == 1


async def test_the_same_key_for_something_else_is_refused(console: Console) -> None:
    await console.take(record(an_alert(), 1))
    await _decide(console, ACKNOWLEDGE, key="k-1")
    response = await _decide(console, ACKNOWLEDGE | {"kind": "dismiss"}, key="k-1")
    assert response.status_code == 422
    assert response.json()["errors"][0]["pointer"] == "header/Idempotency-Key"


async def test_with_the_log_away_the_operator_is_told_and_the_same_key_sends_the_same_decision(
    console: Console,
) -> None:
    await console.take(record(an_alert(), 1))
    console.log.away = True
    response = await _decide(console, ACKNOWLEDGE, key="k-1")
    assert response.status_code == 503
    assert int(response.headers["retry-after"]) > 0
    console.log.away = False
    again = await _decide(console, ACKNOWLEDGE, key="k-1")
    assert again.status_code == 202
    assert [sent.decision_id for sent in console.log.sent] == [again.json()["decision_id"]]
    assert (await _answer(console, again.json()["decision_id"]))["state"] == "pending"


async def test_a_decision_that_arrived_after_all_is_answered_by_the_log(console: Console) -> None:
    await console.take(record(an_alert(), 1))
    console.log.away = True
    await _decide(console, ACKNOWLEDGE, key="k-1")
    known = await console.parts.book.repeated("operator", "k-1")
    assert known is not None
    assert (await _answer(console, known.event.decision_id))["reason"] == "not_sent"
    await console.take(record(an_alert(version=2, decisions=[an_outcome(known.event.decision_id)]), 2))
    assert (await _answer(console, known.event.decision_id))["state"] == "applied"


async def test_a_viewer_decides_nothing(console: Console) -> None:
    await console.take(record(an_alert(), 1))
    assert (await _decide(console, ACKNOWLEDGE, role=Role.VIEWER)).status_code == 403


async def test_unknown_alerts_and_decisions_are_not_found(console: Console) -> None:
    assert (await _decide(console, ACKNOWLEDGE)).status_code == 404
    async with console.client(Role.VIEWER) as client:
        assert (await client.get("/v1/decisions/none")).status_code == 404


async def test_each_decision_is_in_the_audit(console: Console) -> None:
    await console.take(record(an_alert(evidence=[a_report("r")], urgency=Urgency.LOW), 1))
    decision_id = (await _decide(console, ACKNOWLEDGE)).json()["decision_id"]
    async with console.client(Role.SUPERVISOR) as client:
        (line,) = (await client.get("/v1/audit?action=decision")).json()["entries"]
    assert (line["actor"], line["outcome"], line["subject"], line["detail"]) == (
        "operator",
        DecisionKind.ACKNOWLEDGE,
        "alert-1",
        decision_id,
    )
