"""Structured logs, one JSON object a line, without personal data: ids, codes and counts only."""

import contextlib
import logging
import sys
import traceback
from typing import TextIO

import structlog


class _Output:
    """Standard output that fails nobody: what a full disk does not take is lost, and whoever said it goes on."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, line: str) -> None:
        with contextlib.suppress(OSError):
            self._stream.write(line)

    def flush(self) -> None:
        with contextlib.suppress(OSError):
            self._stream.flush()


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
        ],
        logger_factory=structlog.PrintLoggerFactory(_Output(sys.stdout)),  # type: ignore[arg-type]
    )


def frames(fault: BaseException) -> list[str]:
    """Where it happened in our own code, never what it said: a message may hold somebody's data."""
    ours = [frame for frame in traceback.extract_tb(fault.__traceback__) if "site-packages" not in frame.filename]
    return [f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in ours[-8:]]
