"""Structured logs, one JSON object a line, without personal data: ids, codes and counts only."""

import logging
import sys

import structlog


def configure() -> None:
    """Send this process's logs to standard output as JSON lines."""
    logging.basicConfig(
        stream=sys.stdout, level=logging.WARNING, format='{"event": "%(name)s", "detail": "%(message)s"}'
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ]
    )
