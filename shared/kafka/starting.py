"""Starts what needs the broker once the broker can be reached, while the service already answers its probes."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

import structlog
from aiokafka.errors import KafkaError
from faststream.kafka import KafkaBroker

__all__ = ["make_broker", "start_when_reachable"]

_log = structlog.get_logger()
_BACKOFF_S: Final = (0.1, 0.2, 0.5, 1.0, 2.0)


def make_broker(bootstrap_servers: str, client_id: str) -> KafkaBroker:
    """FastStream's broker as our stages use it: raw records, no publishing of its own, quiet."""
    return KafkaBroker(
        bootstrap_servers,
        client_id=client_id,
        apply_types=False,
        allow_auto_create_topics=False,
        graceful_timeout=10.0,
        logger=None,
    )


async def start_when_reachable(
    what: str, start: Callable[[], Awaitable[None]], stop: Callable[[], Awaitable[None]]
) -> None:
    """Tries until `start` succeeds; cleans up by `stop` between the tries. Cancel it to give up."""
    attempt = 0
    while True:
        try:
            await start()
        except (KafkaError, OSError) as error:
            _log.warning("broker_not_reached", what=what, error=repr(error), attempt=attempt)
            await stop()
            await asyncio.sleep(_BACKOFF_S[min(attempt, len(_BACKOFF_S) - 1)])
            attempt += 1
        else:
            return
