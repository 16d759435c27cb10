"""Rules and dashboards are code: checked, tested, and only of metrics that exist."""

import importlib
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from prometheus_client import REGISTRY

from deploy.grafana import city_tonight

ROOT = Path(__file__).parents[2]
RULES = ROOT / "deploy/prometheus/hejnal.rules.yml"
METRIC = re.compile(r"\bhejnal_[a-z_]+")


def known_metrics() -> set[str]:
    for service in ("ingest", "classifier", "notifier", "console"):
        importlib.import_module(f"services.{service}.metrics")
    importlib.import_module("shared.telemetry.metrics")
    names = set()
    for family in REGISTRY.collect():
        suffixes = {"counter": ["_total"], "histogram": ["_bucket", "_sum", "_count"], "info": ["_info"]}.get(
            family.type, [""]
        )
        names |= {family.name + suffix for suffix in suffixes}
    return names


@pytest.mark.parametrize("text", [RULES.read_text("utf-8"), *(query for _, query in city_tonight.queries())])
def test_rules_and_panels_ask_only_for_metrics_that_exist(text: str) -> None:
    """A renamed metric would leave a silent alert or an empty panel."""
    assert set(METRIC.findall(text)) <= known_metrics()


def test_the_dashboard_file_is_what_the_code_builds() -> None:
    """Run `python deploy/grafana/city_tonight.py` after a change."""
    assert (ROOT / "deploy/grafana/city-tonight.json").read_text("utf-8") == city_tonight.build()


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool (Debian's prometheus) is not installed")
@pytest.mark.parametrize(
    "arguments",
    [["check", "rules", str(RULES)], ["test", "rules", str(ROOT / "deploy/prometheus/tests/hejnal.test.yml")]],
)
def test_alerting_rules_pass_promtool(arguments: list[str]) -> None:
    """Each rule fires when it should and stays silent when it should."""
    done = subprocess.run(["promtool", *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_rule_names_a_runbook_that_exists() -> None:
    """Whoever is woken at night finds the page."""
    runbooks = re.findall(r"runbook: (\S+)", RULES.read_text("utf-8"))
    assert runbooks
    assert [page for page in runbooks if not (ROOT / page).is_file()] == []


def test_every_metric_says_what_it_means() -> None:
    """A help text, and a name with our prefix."""
    known_metrics()
    ours = [family for family in REGISTRY.collect() if family.name.startswith("hejnal")]
    assert len(ours) > 20
    assert [family.name for family in ours if not family.documentation.strip().endswith(".")] == []
