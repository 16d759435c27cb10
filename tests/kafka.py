"""A real Apache Kafka for the tests: the one named in the environment, a container where an engine answers, or the local jars.

`pytest_plugins = ["tests.kafka"]` (or an import in conftest.py) gives the fixtures `kafka` and `kafka_node`.
"""

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path

import pytest

from hejnal.stack.kafka import KafkaNode
from hejnal.stack.kafka_install import install
from hejnal.stack.ports import free_ports

__all__ = ["KafkaNode", "kafka", "kafka_node", "local_node"]

# Fault tests wait for a dead member's session to end; the default least (6 s) would be most of their time.
SHORT_SESSIONS = {"group.min.session.timeout.ms": "1000"}


@contextmanager
def local_node(**properties: str) -> Iterator[KafkaNode]:
    """A running broker of one's own with an empty store, for tests that kill it. `properties` with _ for the dots."""
    port, controller_port = free_ports(2)
    given = {name.replace("_", "."): value for name, value in properties.items()}
    with tempfile.TemporaryDirectory(prefix="hejnal-kafka-", ignore_cleanup_errors=True) as folder:
        node = KafkaNode(install(), Path(folder), port, controller_port, properties=SHORT_SESSIONS | given)
        node.start()
        try:
            yield node
        finally:
            node.stop()


@contextmanager
def broker() -> Iterator[str]:
    """The bootstrap servers of a broker that is good for this pytest session."""
    given = os.environ.get("KAFKA_BOOTSTRAP_SERVERS")
    if given:
        yield given
        return
    with ExitStack() as stack:
        container = _container(stack)
        yield container or stack.enter_context(local_node()).bootstrap_servers


def _container(stack: ExitStack) -> str | None:
    if not _engine_answers():
        return None
    from testcontainers.kafka import KafkaContainer

    container = KafkaContainer().with_kraft().with_env("KAFKA_GROUP_MIN_SESSION_TIMEOUT_MS", "1000")
    started: KafkaContainer = stack.enter_context(container)
    return str(started.get_bootstrap_server())


def _engine_answers() -> bool:
    import docker  # type: ignore[import-untyped]

    try:
        client = docker.from_env(timeout=2)
    except docker.errors.DockerException:
        return False
    try:
        return bool(client.ping())
    except docker.errors.DockerException:
        return False
    finally:
        client.close()


@pytest.fixture(scope="session")
def kafka() -> Iterator[str]:
    """Bootstrap servers of the session's broker, started by the first test that asks."""
    with broker() as servers:
        yield servers


@pytest.fixture(scope="session")
def kafka_node() -> Callable[..., AbstractContextManager[KafkaNode]]:
    """Gives a test a broker of its own to kill and restart, as a context manager that yields a KafkaNode."""
    return local_node
