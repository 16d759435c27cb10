"""What deploys Hejnał is checked as far as it can be without a container engine."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SECRETS = [
    line.split("=")[0]
    for line in (ROOT / "deploy" / "compose.env.example").read_text().splitlines()
    if line and not line.startswith("#")
]


def _tool(name: str) -> str:
    return str(Path(sys.executable).with_name(name))


def _compose(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("HEJNAL_")}
    return subprocess.run(
        [
            _tool("docker-compose"),
            "--env-file",
            os.devnull,
            "-f",
            str(ROOT / "docker-compose.yml"),
            "config",
            *arguments,
        ],
        env=clean | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_the_dockerfile_follows_hadolint() -> None:
    done = subprocess.run(
        [_tool("hadolint"), str(ROOT / "deploy" / "Dockerfile")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


def test_the_compose_file_is_valid_once_every_secret_is_given() -> None:
    done = _compose(dict.fromkeys(SECRETS, "given"), "-q")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("secret", SECRETS)
def test_the_compose_file_has_no_default_for_a_secret(secret: str) -> None:
    done = _compose({name: "given" for name in SECRETS if name != secret}, "-q")
    assert done.returncode != 0
    assert secret in done.stderr


def test_every_secret_of_the_compose_file_is_in_the_example() -> None:
    named = set(re.findall(r"\$\{(\w+):\?", (ROOT / "docker-compose.yml").read_text()))
    assert named == set(SECRETS)


def test_compose_starts_all_services_the_sandbox_and_prometheus() -> None:
    done = _compose(dict.fromkeys(SECRETS, "given"), "--services")
    assert {
        "ingest",
        "classifier",
        "notifier",
        "console",
        "sandbox",
        "kafka",
        "postgres",
        "prometheus",
        "topics",
    } <= set(done.stdout.split())


def test_what_the_dockerfile_copies_is_sent_to_the_engine() -> None:
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", (ROOT / "deploy" / "Dockerfile").read_text(), re.MULTILINE)
    sources = {word.split("/")[0] for line in copied for word in line.split()}
    ignore = (ROOT / "deploy" / "Dockerfile.dockerignore").read_text().splitlines()
    assert sources <= {line.removeprefix("!") for line in ignore if line.startswith("!")}
