"""The evening on the real stack: what `make demo` shows is true, and Ctrl-C leaves nothing running."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from hejnal.stack.lock import holder
from tests.integration.test_local_stack import ROOT_PARTS, free_offset, wait_until

pytestmark = [pytest.mark.kafka, pytest.mark.stack]

ROOT = Path(__file__).parents[2]


def _home(folder: Path) -> Path:
    """A home of the test's own around the real code: nothing of the person's own stack is touched."""
    (folder / ".local").mkdir(parents=True)
    for name in ROOT_PARTS:
        (folder / name).symlink_to(ROOT / name)
    (ROOT / ".local" / "kafka").mkdir(parents=True, exist_ok=True)
    (folder / ".local" / "kafka").symlink_to(ROOT / ".local" / "kafka")
    return folder


def test_the_evening_ends_with_every_report_answered_and_ctrl_c_stops_everything(tmp_path: Path) -> None:
    home = _home(tmp_path / "city")
    environment = os.environ | {"HEJNAL_HOME": str(home), "HEJNAL_PORT_OFFSET": str(free_offset()), "COLUMNS": "160"}
    output = home / "demo.txt"
    with output.open("w") as said:
        demo = subprocess.Popen(
            [sys.executable, "-m", "hejnal", "demo", "--seconds", "8"],
            env=environment,
            stdout=said,
            stderr=subprocess.STDOUT,
            # Whoever runs the tests in the background has Ctrl-C switched off, and children inherit that.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 — one thread at this moment
        )
    try:
        wait_until(lambda: demo.poll() is not None or "Running on." in output.read_text(), "the table is printed", 240)
        assert demo.poll() is None, output.read_text()
        pids = json.loads((home / ".local" / "stack.json").read_text())["pids"]
        demo.send_signal(signal.SIGINT)
        wait_until(lambda: demo.poll() is not None, "the demo has ended: " + str(home / ".local" / "logs"), 120)
        assert demo.returncode == 0, output.read_text()
        supervisor = (home / ".local" / "logs" / "stack.log").read_text()
        assert "was killed" not in supervisor, supervisor
    finally:
        demo.kill()
        subprocess.run([sys.executable, "-m", "hejnal", "down"], env=environment, check=False, timeout=120)
    assert holder(home / ".local" / "stack.lock") is None
    assert {"ingest", "classifier", "notifier", "console", "sandbox", "kafka"} <= pids.keys()
    text = output.read_text()
    assert "critical" in text
    for channel in ("sms", "email", "app"):
        assert f"{channel:<5} " in text
    assert "no_action" in text
