"""The evening's table and the addresses, as a terminal shows them."""

from collections.abc import Sequence

from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from hejnal.demo.outcome import Row
from hejnal.stack.stack_file import StackFile

__all__ = ["addresses", "evening_table"]

COLOURS = {"critical": "bold red", "high": "red", "medium": "yellow", "low": "cyan"}
SAID_CHARACTERS = 48


def evening_table(rows: Sequence[Row]) -> Table:
    """Reports → alert → who was told, by which channel, and after how many milliseconds the first message had arrived."""
    table = Table(title="One evening in Przemyśl", show_lines=True, expand=True)
    table.add_column("heard, and how each report ended", ratio=5)
    table.add_column("alert", ratio=3)
    table.add_column("told: messages, the first after, to whom", ratio=4)
    for row in rows:
        table.add_row(_heard(row), _alert(row), _told(row))
    return table


def addresses(stack: StackFile) -> Panel:
    lines = (
        f"console   {stack.console_url}  sign in as {stack.operator.username} / {stack.operator.password}",
        f"phones    {stack.sandbox_url}  what officers and residents have received",
        f"ingest    {stack.ingest_url}/docs",
        f"metrics   {stack.prometheus_url or 'Prometheus is not installed'}",
    )
    return Panel("\n".join(lines), title="Where to look", expand=False)


def _heard(row: Row) -> Text:
    text = Text()
    for number, one in enumerate(row.heard):
        said = one.said if len(one.said) <= SAID_CHARACTERS else one.said[: SAID_CHARACTERS - 1] + "…"
        text.append("\n" if number else "")
        text.append(f"{one.name}: ", "bold")
        text.append(said)
        text.append(f"  {one.ended_as}", "green" if one.ended_as != "no_action" else "dim")
    return text


def _alert(row: Row) -> Text:
    if row.alert is None:
        return Text("–")
    counted = f"{row.alert.state}, {row.alert.report_count} reports, {row.alert.reading_count} readings"
    return Text.assemble(
        (row.alert.urgency, COLOURS.get(row.alert.urgency, "")), f" {row.alert.title}\n", (counted, "dim")
    )


def _told(row: Row) -> str:
    lines = [
        f"{told.channel:<5} {told.messages} × {told.first_ms:5.0f} ms  {', '.join(told.recipients)}"
        for told in row.told
    ]
    return "\n".join(lines) or "–"
