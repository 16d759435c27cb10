"""A real PostgreSQL for the tests: the one named in the environment, else Debian's, started in a folder of its own."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy.engine import make_url

from hejnal.stack.ports import free_ports

__all__ = ["postgres_url", "server"]

_QUICK = ("fsync=off", "full_page_writes=off", "synchronous_commit=off", "max_connections=60")


@contextmanager
def server() -> Iterator[str]:
    """The address of a server good for this pytest session. Skips where there is none."""
    given = os.environ.get("HEJNAL_TEST_POSTGRES_URL")
    if given:
        yield given
        return
    programs = _programs()
    if programs is None:
        pytest.skip("no PostgreSQL: set HEJNAL_TEST_POSTGRES_URL, or install Debian's postgresql")
    (port,) = free_ports(1)
    with tempfile.TemporaryDirectory(prefix="hejnal-postgres-", ignore_cleanup_errors=True) as folder:
        data = Path(folder) / "data"
        as_user = _as_another_user(Path(folder))
        _run(as_user, programs / "initdb", "-D", data, "-U", "hejnal", "-A", "trust", "--no-sync", "-E", "UTF8")
        options = f"-p {port} -c listen_addresses=127.0.0.1 -k {folder} " + " ".join(f"-c {one}" for one in _QUICK)
        _run(as_user, programs / "pg_ctl", "-D", data, "-w", "-l", Path(folder) / "log", "-o", options, "start")
        try:
            yield f"postgresql+asyncpg://hejnal@127.0.0.1:{port}/postgres"
        finally:
            _run(as_user, programs / "pg_ctl", "-D", data, "-m", "immediate", "stop")


@pytest.fixture(scope="session")
def _postgres_server() -> Iterator[str]:
    with server() as url:
        yield url


@pytest.fixture
def postgres_url(_postgres_server: str) -> Iterator[str]:
    """The address of a new, empty database."""
    name = f"hejnal_{uuid4().hex}"
    with _administrator(_postgres_server) as administrator:
        administrator.execute(f'CREATE DATABASE "{name}"')
    yield make_url(_postgres_server).set(database=name).render_as_string(hide_password=False)
    with _administrator(_postgres_server) as administrator:
        administrator.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def _administrator(url: str) -> psycopg.Connection[tuple[object, ...]]:
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    return psycopg.connect(plain, autocommit=True)


def _programs() -> Path | None:
    debians = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4]), reverse=True
    )
    found = [Path(path) for path in [shutil.which("initdb"), *debians] if path]
    return next((path.parent for path in found if (path.parent / "pg_ctl").exists()), None)


def _as_another_user(folder: Path) -> list[str]:
    """PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return []
    shutil.chown(folder, "postgres")
    return ["runuser", "-u", "postgres", "--"]


def _run(as_user: list[str], *command: object) -> None:
    done: Callable[..., subprocess.CompletedProcess[str]] = subprocess.run
    result = done([*as_user, *map(str, command)], capture_output=True, text=True, timeout=60, check=False, cwd="/")
    if result.returncode != 0:
        pytest.fail(f"{command[0]}: {result.stderr or result.stdout}")
