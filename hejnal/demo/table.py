"""The evening's table and the addresses, as a terminal shows them."""

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from hejnal.demo.outcome import Row
from hejnal.stack.stack_file import StackFile

__all__ = ["addresses", "evening_table"]

COLOURS = {"critical": "bold red", "high": "red", "medium": "yellow", "low": "cyan"}
SAID_CHARACTERS = 60


def evening_table(rows: Sequence[Row]) -> Table:
    """Report → alert → who was told, by which channel, and after how many milliseconds the first message had arrived."""
    table = Table(title="One evening in Przemyśl", show_lines=True, expand=True)
    table.add_column("heard", ratio=5)
    table.add_column("ended as")
    table.add_column("alert", ratio=3)
    table.add_column("told: messages, first after", ratio=3)
    for row in rows:
        table.add_row(_heard(row), row.state, _alert(row), _told(row))
    return table


def addresses(stack: StackFile) -> Panel:
    lines: list[RenderableType] = [
        f"console     {stack.console_url}   sign in as {stack.operator.username} / {stack.operator.password}",
        f"phones      {stack.sandbox_url}   what residents and officers have received",
        f"ingest      {stack.ingest_url}/docs",
        f"metrics     {stack.prometheus_url or 'Prometheus is not installed'}",
    ]
    return Panel(Group(*lines), title="Where to look", expand=False)


def _heard(row: Row) -> Text:
    said = row.said if len(row.said) <= SAID_CHARACTERS else row.said[: SAID_CHARACTERS - 1] + "…"
    return Text.assemble((f"{row.name}\n", "bold"), said)


def _alert(row: Row) -> Text:
    if row.alert is None:
        return Text("–")
    counted = f"{row.alert.report_count} reports, {row.alert.reading_count} readings, {row.alert.state}"
    urgency = (row.alert.urgency, COLOURS.get(row.alert.urgency, ""))
    return Text.assemble(urgency, f" {row.alert.category}: {row.alert.title}\n", (counted, "dim"))


def _told(row: Row) -> str:
    return "\n".join(f"{told.channel:<5} {told.count} × {told.first_ms:7.0f} ms" for told in row.told) or "–"
