"""`hejnal console examples export` on a database of its own."""

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import insert
from typer.testing import CliRunner

from services.console.adapters.tables import decisions, evidence, reports
from services.console.app import MIGRATIONS
from services.console.commands import app
from shared.database import Database, upgrade
from shared.events import DecisionTaken

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


async def test_an_applied_correction_is_exported_and_a_refused_one_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path}/console.db"
    monkeypatch.setenv("HEJNAL_CONSOLE_DATABASE_URL", url)
    await upgrade(url, MIGRATIONS)
    database = Database(url)
    for alert, state in (("kept", "applied"), ("left", "refused")):
        event = DecisionTaken(
            event_id=alert, city="przemysl", occurred_at=NOON, received_at=NOON, decision_id=alert, alert_id=alert,
            kind="set_category", actor="ola", category="environment",
        )  # fmt: skip
        async with database.begin() as connection:
            row = {"decision_id": alert, "alert_id": alert, "kind": "set_category", "state": state, "actor": "ola"}
            await connection.execute(
                insert(decisions).values(row | {"taken_at": NOON, "event": event.model_dump_json()})
            )
            seen = {"alert_id": alert, "evidence_id": alert, "at": NOON, "report_id": alert}
            await connection.execute(insert(evidence).values(seen | {"search_text": "", "document": "{}"}))
            text = {"report_id": alert, "at": NOON, "text": "kopci", "category": "fire", "urgency": "low"}
            await connection.execute(insert(reports).values(text))
    await database.stop()
    result = await asyncio.to_thread(CliRunner().invoke, app, ["examples", "export"])
    assert result.exit_code == 0, result.output
    (line,) = [json.loads(text) for text in result.stdout.splitlines()]
    assert (line["id"], line["categories"], line["urgency"]) == ("o-kept", ["environment"], "low")
