"""Logs as JSON lines: ids and reasons, never a phone number, an address or a report's text."""

import logging
import sys
import time
from collections.abc import MutableMapping
from typing import Any

import structlog
from opentelemetry import trace

__all__ = ["configure_logging"]

_CHATTY_LOGGERS = ("aiokafka", "faststream", "aiosmpplib", "alembic")
_LINES_PER_INTERVAL = 5
_INTERVAL_S = 10.0


def configure_logging(service: str, level: str) -> None:
    """Structlog and the standard library write the same JSON lines to standard output."""
    before: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _add_trace,
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *before, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*before, structlog.stdlib.ExtraAdder(allow=[])],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    structlog.contextvars.bind_contextvars(service=service)
    logging.basicConfig(handlers=[handler], level=level, force=True)
    logging.getLogger("uvicorn.access").disabled = True  # requests are counted, and logged where they matter
    limiter = _RateLimit(_LINES_PER_INTERVAL, _INTERVAL_S)
    handler.addFilter(limiter)
    for name in _CHATTY_LOGGERS:
        logging.getLogger(name).setLevel(max(logging.WARNING, logging.getLevelName(level)))


def _add_trace(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    context = trace.get_current_span().get_span_context()
    if context.is_valid:
        event["trace_id"] = format(context.trace_id, "032x")
    return event


class _RateLimit(logging.Filter):
    """Lets a library say the same thing a few times in an interval: with the broker away aiokafka writes hundreds of lines a second."""

    def __init__(self, lines: int, interval_s: float) -> None:
        super().__init__()
        self._lines = lines
        self._interval_s = interval_s
        self._seen: dict[tuple[str, int], tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        if not record.name.startswith(_CHATTY_LOGGERS):
            return True
        place = (record.name, record.lineno)
        now = time.monotonic()
        began, count = self._seen.get(place, (now, 0))
        if now - began > self._interval_s:
            began, count = now, 0
        self._seen[place] = (began, count + 1)
        return count < self._lines
