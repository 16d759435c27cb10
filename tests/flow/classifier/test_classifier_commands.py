"""`hejnal classifier …` as other programs call it."""

import json
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

import shared.pack
from services.classifier.commands import app
from shared.ids import new_id
from tests.classifier_builders import at, przemysl


@pytest.fixture(autouse=True)
def _one_pack(monkeypatch: pytest.MonkeyPatch) -> None:
    """Loading it once is enough: tests/unit/pack is about loading."""
    monkeypatch.setattr(shared.pack, "load_pack", lambda _folder, **_more: przemysl())


def run(command: str, *lines: object, pack: str = "przemysl") -> tuple[Result, list[dict[str, Any]]]:
    fed = b"".join((line if isinstance(line, bytes) else json.dumps(line).encode()) + b"\n" for line in lines)
    result = CliRunner().invoke(app, [command, "--pack", pack], input=fed)
    return result, [json.loads(line) for line in result.stdout.splitlines()]


def a_report(name: str, seconds: float, **more: object) -> dict[str, object]:
    place = {"lat": 49.7838, "lon": 22.7678}
    return (
        {"type": "report", "id": name, "received_at": at(seconds).isoformat(), "text": "Pali się dom!"} | place | more
    )


def a_reading(name: str, seconds: float, value: float) -> dict[str, object]:
    moment = at(seconds).isoformat()
    gauge = {"sensor_id": "san-przemysl-1", "quantity": "water_level", "unit": "cm"}
    return {"type": "reading", "id": name, "received_at": moment, "at": moment, "value": value} | gauge


def test_each_text_is_answered_in_its_place() -> None:
    result, rows = run(
        "classify",
        {"id": "a", "text": "Pali się dom, w środku są ludzie"},
        {"id": 2, "text": "dziękuję strażakom", "language": "pl"},
    )
    assert result.exit_code == 0
    assert [row["id"] for row in rows] == ["a", 2]
    assert list(rows[0]) == [
        *(
            "id",
            "category",
            "also",
            "urgency",
            "score",
            "probability",
            "raises_alert",
            "needs_review",
            "tier",
            "model",
            "explanation",
        )
    ]
    assert set(rows[0]["explanation"]) == {"base", "phrases", "modifiers", "rules", "points_sum"}
    assert (rows[0]["urgency"], rows[1]["raises_alert"]) == ("critical", False)


@pytest.mark.parametrize(
    ("line", "known_id"),
    [
        (b"not json", None),
        (b"", None),
        (b"[1]", None),
        (b'"text"', None),
        (b'{"id": "x"}', "x"),
        (b'{"id": "x", "text": ""}', "x"),
        (b'{"id": "x", "text": "  "}', "x"),
        (b'{"id": "x", "text": 5}', "x"),
        (b'{"id": "x", "text": "\xff"}', None),
        (b'{"id": "x", "text": "\\ud800"}', None),
        (b'{"id": "x", "text": "a", "language": "de"}', "x"),
        (json.dumps({"id": "x", "text": "a" * 4001}).encode(), "x"),
        (b"[" * 100_000, None),
    ],
)
def test_a_bad_line_gets_an_error_in_its_place_and_the_others_are_answered(line: bytes, known_id: str | None) -> None:
    result, rows = run("classify", {"id": "1", "text": "pożar"}, line, {"id": "3", "text": "pożar"})
    assert result.exit_code == 1
    assert [row["id"] for row in rows] == ["1", known_id, "3"]
    assert rows[1]["error"]
    assert "error" not in rows[2]


def test_a_text_of_4000_characters_is_fine() -> None:
    result, _ = run("classify", {"id": "x", "text": "ż" * 4000})
    assert result.exit_code == 0


def test_a_pack_that_does_not_exist_is_wrong_use() -> None:
    result, _ = run("classify", pack="atlantis")
    assert result.exit_code == 2


def test_help_shows_an_example() -> None:
    for command in ("classify", "replay"):
        assert "Example" in CliRunner().invoke(app, [command, "--help"]).stdout


def test_a_replayed_log_gives_its_alerts() -> None:
    """Two callers and a river gauge that rises and falls, in any order of lines."""
    lines = [
        a_reading("r3", 900, 300),
        a_report("b", 60),
        a_report("a", 0),
        a_reading("r1", 300, 400),
        a_report("thanks", 30, text="Dziękuję strażakom za pomoc"),
    ]
    result, alerts = run("replay", *lines)
    assert result.exit_code == 0
    fire, flood = alerts
    assert (fire["category"], fire["report_ids"], fire["closed_at"]) == ("fire", ["a", "b"], None)
    assert (flood["sensor_ids"], flood["closed_at"]) == (["san-przemysl-1"], "2026-11-24T18:15:00.000Z")
    assert list(fire) == [
        "alert_id",
        "category",
        "urgency",
        "opened_at",
        "closed_at",
        "report_ids",
        "sensor_ids",
        "suggested_merges",
        "reasons",
    ]


def test_replay_does_not_depend_on_the_order_of_lines() -> None:
    lines = [a_report(new_id(at(n)), n * 30.0, lat=49.7838 + n % 3 * 0.004) for n in range(30)]
    assert run("replay", *lines)[1] == run("replay", *reversed(lines))[1]


def test_more_reports_than_a_snapshot_holds_are_all_named() -> None:
    _, (alert,) = run("replay", *(a_report(f"{n:04}", n) for n in range(450)))
    assert alert["report_ids"] == [f"{n:04}" for n in range(450)]


def test_a_bad_line_of_a_log_is_told_and_the_others_count() -> None:
    result, alerts = run("replay", b"nonsense", a_report("a", 0), {"type": "report", "id": "b"})
    assert result.exit_code == 1
    assert len(alerts) == 1
    assert "line 1" in result.stderr
    assert "line 3" in result.stderr
