"""The Grafana dashboard *City tonight and the pipeline*, as code.

`python deploy/grafana/city_tonight.py` writes city-tonight.json beside it; a test holds the two together, and each query to a
Prometheus that scraped a running stack.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from grafana_foundation_sdk.builders import dashboard, prometheus, stat, timeseries
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import DataSourceRef

__all__ = ["ROWS", "build", "queries"]

SOURCE = "prometheus"


@dataclass(frozen=True, slots=True)
class Panel:
    """One question and its answer; `unit` is Grafana's name of it."""

    title: str
    why: str
    query: str
    legend: str
    unit: str = "short"
    single: bool = False


ROWS: dict[str, tuple[Panel, ...]] = {
    "City tonight": (
        Panel(
            "Live alerts",
            "Open and acknowledged, by urgency.",
            "sum by (urgency) (hejnal_classifier_open_alerts)",
            "{{urgency}}",
            single=True,
        ),
        Panel(
            "Critical: report to SMS, p99",
            "Promise: people are woken in seconds.",
            "histogram_quantile(0.99, sum by (le) (rate(hejnal_notifier_end_to_end_seconds_bucket"
            '{channel="sms", urgency="critical", until="handed_over"}[30m])))',
            "p99",
            "s",
            single=True,
        ),
        Panel(
            "Unknown notifications",
            "May or may not have been delivered: a person decides.",
            'sum(hejnal_notifier_notifications{state="unknown"}) or vector(0)',
            "unknown",
            single=True,
        ),
        Panel(
            "Services answering",
            "Of the four.",
            'sum(up{job=~"ingest|classifier|notifier|console"})',
            "up",
            single=True,
        ),
        Panel(
            "Reports and readings in",
            "Accepted at the edge, a second.",
            'sum by (kind) (label_replace(rate(hejnal_ingest_reports_total{outcome="accepted"}[1m]), "kind", "reports", "", "")'
            ' or label_replace(rate(hejnal_ingest_readings_total{outcome="accepted"}[1m]), "kind", "readings", "", ""))',
            "{{kind}}",
            "cps",
        ),
        Panel(
            "What reports were about",
            "Assessed, by urgency.",
            "sum by (urgency) (increase(hejnal_classifier_assessed_total[5m]))",
            "{{urgency}}",
        ),
        Panel(
            "Told, by channel and state",
            "The ledger.",
            "sum by (channel, state) (hejnal_notifier_notifications)",
            "{{channel}} {{state}}",
        ),
        Panel(
            "Report to hand-over, p99",
            "Over all hops, by channel.",
            "histogram_quantile(0.99, sum by (le, channel)"
            ' (rate(hejnal_notifier_end_to_end_seconds_bucket{until="handed_over"}[5m])))',
            "{{channel}} p99",
            "s",
        ),
    ),
    "The pipeline": (
        Panel("Lag", "Records behind, by stage.", "sum by (stage) (hejnal_lag_records)", "{{stage}}"),
        Panel(
            "Oldest record",
            "Age of the oldest record a stage has not handled.",
            "max by (stage) (hejnal_oldest_record_age_seconds)",
            "{{stage}}",
            "s",
        ),
        Panel(
            "Records by outcome",
            "A second, by stage.",
            "sum by (stage, outcome) (rate(hejnal_records_total[1m]))",
            "{{stage}} {{outcome}}",
            "cps",
        ),
        Panel(
            "Batch time, p95",
            "Commit included.",
            "histogram_quantile(0.95, sum by (le, stage) (rate(hejnal_batch_seconds_bucket[5m])))",
            "{{stage}}",
            "s",
        ),
        Panel(
            "Broker's acknowledgement, p95",
            "By topic.",
            "histogram_quantile(0.95, sum by (le, topic) (rate(hejnal_produce_seconds_bucket[5m])))",
            "{{topic}}",
            "s",
        ),
        Panel(
            "Requests by status",
            "Probes left out.",
            'sum by (job, status) (rate(hejnal_http_requests_total{route!~"/(healthz|readyz|metrics)"}[1m]))',
            "{{job}} {{status}}",
            "reqps",
        ),
        Panel(
            "Dead letters",
            "Put aside, by stage and reason.",
            "sum by (stage, reason) (increase(hejnal_dead_letters_total[1h])) or vector(0)",
            "{{stage}} {{reason}}",
        ),
        Panel(
            "Providers' answers",
            "By provider and outcome.",
            "sum by (channel, provider, outcome) (rate(hejnal_notifier_provider_outcomes_total[1m]))",
            "{{channel}} {{provider}} {{outcome}}",
            "cps",
        ),
        Panel(
            "Live stream",
            "Change in Kafka to every client, p95.",
            "histogram_quantile(0.95, sum by (le) (rate(hejnal_console_change_to_clients_seconds_bucket[5m])))",
            "p95",
            "s",
        ),
        Panel(
            "Memory",
            "Resident, by process.",
            'sum by (job) (process_resident_memory_bytes{job=~"ingest|classifier|notifier|console"})',
            "{{job}}",
            "bytes",
        ),
    ),
}


def queries() -> Iterator[tuple[str, str]]:
    """Title and PromQL of each panel."""
    for panels in ROWS.values():
        for panel in panels:
            yield panel.title, panel.query


def build() -> str:
    """The dashboard as Grafana imports it: JSON."""
    board = (
        dashboard.Dashboard("Hejnał: city tonight and the pipeline")
        .uid("hejnal-city-tonight")
        .tags(["hejnal"])
        .refresh("10s")
        .time("now-1h", "now")
        .timezone("browser")
        .with_variable(dashboard.DatasourceVariable("source").label("Prometheus").type(SOURCE))
    )
    for title, panels in ROWS.items():
        board = board.with_row(dashboard.Row(title))
        for panel in panels:
            board = board.with_panel(_drawn(panel))
    return json.dumps(board.build(), cls=JSONEncoder, indent=2, sort_keys=True) + "\n"


def _drawn(panel: Panel) -> stat.Panel | timeseries.Panel:
    query = prometheus.Dataquery().expr(panel.query).legend_format(panel.legend).ref_id("A")
    drawn = (stat.Panel() if panel.single else timeseries.Panel()).title(panel.title).description(panel.why)
    size = drawn.span(6).height(5) if panel.single else drawn.span(8).height(8)
    return size.unit(panel.unit).datasource(DataSourceRef(SOURCE, "${source}")).with_target(query)


if __name__ == "__main__":
    (Path(__file__).parent / "city-tonight.json").write_text(build(), encoding="utf-8")
