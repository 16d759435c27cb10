"""The page in Debian's Chromium, against a stack that is started for it; a few tests want the fake console.

Run in a pytest call of its own, because the sync `page` fixtures keep an event loop that async tests cannot share:

    npm --prefix web run build
    .venv/bin/pytest -p playwright tests/browser                                      # a stack of its own
    HEJNAL_TEST_STACK=.local/stack.json .venv/bin/pytest -p playwright tests/browser  # the one of `make up`
    HEJNAL_TEST_STACK=fake .venv/bin/pytest -p playwright tests/browser               # no stack: for work on the page alone

pyproject.toml switches the plug-in off (`-p no:playwright`) for all other calls; there this folder is left aside.
"""

import json
import os
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from tests.browser.fake_console import create_app
from tests.browser.stage import Person, Stage
from tests.stack import running_stack

ROOT = Path(__file__).parents[2]
DIST = ROOT / "web" / "dist" / "console"
AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
STARTS_WITHIN_S = 20


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Without the browser plug-in there is nothing here to run."""
    is_test = collection_path.name.startswith("test_") and collection_path.parent == Path(__file__).parent
    return True if is_test and not config.pluginmanager.hasplugin("playwright") else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    flags = ("no-sandbox", "disable-quic", "no-first-run", "disable-background-networking", "disable-component-update")
    args = [f"--{flag}" for flag in (*flags, "disable-sync")]
    return {**browser_type_launch_args, "executable_path": "/usr/bin/chromium", "args": args}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_context_args, "locale": "en-GB", "timezone_id": "Europe/Warsaw"}


@pytest.fixture(scope="session")
def stage(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A console with people who may sign in, and a front door for reports."""
    _need_the_built_page()
    described = os.environ.get("HEJNAL_TEST_STACK")
    if described == "fake":
        yield request.getfixturevalue("fake_stage")
    elif described:
        yield _running(json.loads(Path(described).read_text(encoding="utf-8")))
    else:
        with running_stack(tmp_path_factory.mktemp("browser")) as stack:
            yield _running(stack.file)


@pytest.fixture(scope="session")
def fake_stage() -> Iterator[Stage]:
    """The same with the fake console: for what would disturb a real one."""
    _need_the_built_page()
    yield from _fake()


@pytest.fixture(scope="session")
def axe_source() -> str:
    return AXE.read_text(encoding="utf-8")


@pytest.fixture(autouse=True)
def no_violations(request: pytest.FixtureRequest) -> Iterator[None]:
    """Every test fails when the page breaks its own content security policy or throws."""
    if "page" not in request.fixturenames:
        yield
        return
    page = request.getfixturevalue("page")
    faults: list[str] = []
    page.expose_function("reportViolation", lambda violation: faults.append(str(violation)))
    page.add_init_script(
        "addEventListener('securitypolicyviolation', e => reportViolation(`${e.violatedDirective} ${e.blockedURI}`))"
    )
    page.on("pageerror", lambda error: faults.append(str(error)))
    yield
    assert faults == []


def _need_the_built_page() -> None:
    if not (DIST / "index.html").exists():
        pytest.fail("web/dist/console is not there: run `npm --prefix web run build` first")


def _running(stack: dict[str, Any]) -> Stage:
    people = {name: Person(**stack[name]) for name in ("operator", "supervisor", "viewer")}
    return Stage(stack["console_url"], stack["ingest_url"], **people)


def _fake() -> Iterator[Stage]:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        server = uvicorn.Server(uvicorn.Config(create_app(DIST), log_level="warning", timeout_graceful_shutdown=1))
        thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
        thread.start()
        deadline = time.monotonic() + STARTS_WITHIN_S
        while not server.started:
            assert time.monotonic() < deadline, "the fake console did not start"
            time.sleep(0.02)
        people = {
            role: Person(name, f"hejnal-{name}", f"token-{name}")
            for role, name in (("operator", "ola"), ("supervisor", "ewa"), ("viewer", "jan"))
        }
        yield Stage(url, url, **people)
        server.should_exit = True
        thread.join(STARTS_WITHIN_S)
