"""What the log says of alerts is what the console answers."""

from datetime import timedelta
from typing import Any

import pytest

from services.console.core.roles import Role
from shared.events import AlertState, Category, DecisionKind, DecisionState, ReportReceived, Urgency
from shared.topics import REPORTS
from tests.console_builders import CITY, NOON, Console, a_report, an_alert, an_outcome, record


async def _ids(console: Console, query: str) -> list[str]:
    async with console.client(Role.VIEWER) as client:
        response = await client.get(f"/v1/alerts?{query}")
    assert response.status_code == 200, response.text
    return [alert["alert_id"] for alert in response.json()["alerts"]]


async def test_an_alert_is_answered_as_the_log_has_it_without_what_is_the_services_own(console: Console) -> None:
    await console.take(record(an_alert(), 7))
    async with console.client(Role.VIEWER) as client:
        answer = (await client.get("/v1/alerts")).json()
    (alert,) = answer["alerts"]
    assert answer["stream_position"] == 7
    assert answer["next_cursor"] is None
    assert alert["title"] == "Pożar, Rynek"
    assert alert["opened_at"] == "2026-11-24T12:00:00.000Z"
    assert alert["evidence"][0]["text"] == "Pali się kamienica"
    assert not {"absorbed", "clients", "joined_report_ids", "event_id", "decisions"} & set(alert)
    assert "client" not in alert["evidence"][0]


async def test_another_citys_alerts_are_not_ours(console: Console) -> None:
    await console.take(record(an_alert("theirs", city="lviv"), 1), record(an_alert("ours"), 2))
    assert await _ids(console, "") == ["ours"]


async def test_a_record_that_comes_again_changes_nothing(console: Console) -> None:
    first, second = record(an_alert(), 1), record(an_alert(version=2, state=AlertState.RESOLVED), 2)
    await console.take(first, second)
    await console.take(first)
    assert await _ids(console, "state=resolved") == ["alert-1"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("state=open", ["b", "a"]),
        ("state=open,resolved", ["c", "b", "a"]),
        ("state=open&state=resolved", ["c", "b", "a"]),
        ("urgency=low", ["b"]),
        ("least_urgency=medium", ["c", "a"]),
        ("category=flood,fire", ["c", "a"]),
        ("bbox=22.7,49.7,22.8,49.8", ["c", "a"]),
        ("q=zrodlo", ["b"]),
        ("q=ŹRÓDŁO wybiło", ["b"]),
        ("q=zrodlo kamienica", []),
        ("q=100%25", ["c"]),
        ("q=kot_a", []),
        ("state=dismissed", []),
    ],
)
async def test_the_list_is_narrowed_by_every_filter(console: Console, query: str, expected: list[str]) -> None:
    later: dict[str, Any] = {"opened_at": NOON + timedelta(minutes=1)}
    await console.take(
        record(an_alert("a"), 1),
        record(
            an_alert(
                "b",
                category=Category.UTILITIES,
                urgency=Urgency.LOW,
                lat=10,
                lon=10,
                evidence=[a_report("r-b", "Wybiło źródło, kota nie ma")],
                **later,
            ),
            2,
        ),
        record(
            an_alert(
                "c",
                category=Category.FLOOD,
                state=AlertState.RESOLVED,
                title="Woda na 100% drogi",
                opened_at=NOON + timedelta(minutes=2),
            ),
            3,
        ),
    )
    assert await _ids(console, query) == expected


async def test_words_beyond_an_alerts_short_text_are_found_in_the_whole_report(console: Console) -> None:
    text = "Dym. " * 100 + "Na strychu są dzieci!"
    await console.take(record(an_alert(evidence=[a_report("r-1", text)], joined_report_ids=["r-1"]), 1))
    await console.take(record(_received("r-1", text), 1, REPORTS), stage="console.archive")
    assert await _ids(console, "q=strychu") == ["alert-1"]
    async with console.client(Role.VIEWER) as client:
        evidence = (await client.get("/v1/alerts/alert-1/evidence")).json()
    assert evidence["evidence"][0]["text"] == text


async def test_pages_follow_one_another_without_gap_or_double(console: Console) -> None:
    await console.take(*[record(an_alert(f"alert-{number:02}"), number) for number in range(25)])
    seen: list[str] = []
    cursor = ""
    async with console.client(Role.VIEWER) as client:
        while True:
            page = (await client.get(f"/v1/alerts?limit=10{cursor}")).json()
            seen += [alert["alert_id"] for alert in page["alerts"]]
            if page["next_cursor"] is None:
                break
            cursor = f"&cursor={page['next_cursor']}"
    assert seen == [f"alert-{number:02}" for number in reversed(range(25))]


@pytest.mark.parametrize(
    "query",
    [
        "state=shut",
        "limit=0",
        "limit=501",
        "bbox=1,2,3",
        "bbox=9,0,1,1",
        "cursor=nonsense",
        "cursor=bnVsbA",
        "q=%00",
        "least_urgency=x",
    ],
)
async def test_a_bad_filter_is_told_what_is_wrong(console: Console, query: str) -> None:
    async with console.client(Role.VIEWER) as client:
        response = await client.get(f"/v1/alerts?{query}")
    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["errors"][0]["pointer"].startswith("query/")


async def test_the_evidence_is_complete_where_the_alert_has_only_the_newest(console: Console) -> None:
    reports = [a_report(f"r-{number:03}", at=NOON + timedelta(seconds=number)) for number in range(260)]
    for version, end in enumerate((200, 260), 1):
        shown = reports[max(0, end - 200) : end]
        event = an_alert(version=version, evidence=shown, evidence_total=end, joined_report_ids=[], report_count=end)
        await console.take(record(event, version))
    seen: list[str] = []
    cursor = ""
    async with console.client(Role.VIEWER) as client:
        while cursor is not None:
            page = (
                await client.get(
                    "/v1/alerts/alert-1/evidence", params={"limit": 100} | ({"cursor": cursor} if cursor else {})
                )
            ).json()
            seen += [one["report_id"] for one in page["evidence"]]
            cursor = page["next_cursor"]
    assert seen == [report.report_id for report in reports]


async def test_reports_that_were_split_off_are_evidence_of_the_new_alert_only(console: Console) -> None:
    one, other = a_report("r-1"), a_report("r-2")
    await console.take(record(an_alert(evidence=[one, other], evidence_total=2, report_count=2), 1))
    await console.take(
        record(an_alert(version=2, evidence=[one], evidence_total=1), 2),
        record(an_alert("alert-2", evidence=[other], joined_report_ids=["r-2"]), 3),
    )
    async with console.client(Role.VIEWER) as client:
        old = (await client.get("/v1/alerts/alert-1/evidence")).json()["evidence"]
        new = (await client.get("/v1/alerts/alert-2/evidence")).json()["evidence"]
    assert [item["report_id"] for item in old] == ["r-1"]
    assert [item["report_id"] for item in new] == ["r-2"]


async def test_the_timeline_says_what_happened_and_who_decided_it(console: Console) -> None:
    taken = an_outcome("d-1", at=NOON + timedelta(seconds=2))
    await console.take(
        record(an_alert(urgency=Urgency.HIGH), 1),
        record(an_alert(version=2, report_count=3), 2),
        record(an_alert(version=3, report_count=3, state=AlertState.ACKNOWLEDGED, decisions=[taken]), 3),
    )
    async with console.client(Role.VIEWER) as client:
        timeline = (await client.get("/v1/alerts/alert-1")).json()["timeline"]
    assert [(entry["kind"], entry["after"], entry["count"], entry["actor"]) for entry in timeline] == [
        ("opened", "high", 1, None),
        ("reports_joined", None, 2, None),
        ("urgency_changed", "critical", None, None),
        ("state_changed", "acknowledged", None, None),
        ("decision", None, None, "operator"),
    ]
    assert timeline[-1]["decision"] == DecisionKind.ACKNOWLEDGE
    assert timeline[-1]["state"] == DecisionState.APPLIED


async def test_what_the_database_cannot_take_is_put_aside_and_the_next_is_kept(console: Console) -> None:
    good, bad, next_good = (
        record(an_alert("a"), 1),
        record(an_alert("b", report_count=2**70), 2),
        record(an_alert("c"), 3),
    )
    await console.take(good, bad, next_good)
    assert console.dead_letters.reasons == ["not_storable"]
    assert await _ids(console, "") == ["c", "a"]
    assert console.parts.live.position == 3


async def test_an_unknown_alert_is_not_found(console: Console) -> None:
    async with console.client(Role.VIEWER) as client:
        assert (await client.get("/v1/alerts/none")).status_code == 404
        assert (await client.get("/v1/alerts/none/evidence")).status_code == 404


def _received(report_id: str, text: str) -> ReportReceived:
    return ReportReceived(
        event_id=report_id, city=CITY, occurred_at=NOON, received_at=NOON, report_id=report_id, text=text, client="x"
    )
