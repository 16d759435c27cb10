"""Debian's Prometheus beside the stack, where it is installed: scrapes every process and evaluates the rules of deploy/prometheus."""

import json
import shutil

from hejnal.stack.home import Home
from hejnal.stack.ports import Ports
from hejnal.stack.processes import Part

__all__ = ["prometheus_part", "scrape_configuration"]

SCRAPE_INTERVAL = "5s"
KEPT = "7d"


def prometheus_part(home: Home, ports: Ports) -> Part | None:
    """None where no Prometheus is installed. Writes its configuration."""
    program = shutil.which("prometheus")
    if not program:
        return None
    folder = home.data / "prometheus"
    folder.mkdir(parents=True, exist_ok=True)
    configuration = folder / "prometheus.yml"
    configuration.write_text(json.dumps(scrape_configuration(home, ports), indent=2))  # JSON is YAML
    return Part(
        "prometheus",
        (
            program,
            f"--config.file={configuration}",
            f"--storage.tsdb.path={folder / 'series'}",
            f"--storage.tsdb.retention.time={KEPT}",
            f"--web.listen-address=127.0.0.1:{ports.prometheus}",
            "--log.level=warn",
        ),
        ready_url=f"http://127.0.0.1:{ports.prometheus}/-/ready",
    )


def scrape_configuration(home: Home, ports: Ports) -> dict[str, object]:
    """One job a process, named as the process is, so that `job` tells the services apart in every query."""
    scraped = {
        name: port
        for name, port in ports.by_name().items()
        if name in {"console", "ingest", "classifier", "notifier", "sandbox"}
    }
    return {
        "global": {"scrape_interval": SCRAPE_INTERVAL, "evaluation_interval": SCRAPE_INTERVAL},
        "rule_files": [str(home.root / "deploy" / "prometheus" / "*.rules.yml")],
        "scrape_configs": [
            {"job_name": name, "static_configs": [{"targets": [f"127.0.0.1:{port}"]}]} for name, port in scraped.items()
        ],
    }
