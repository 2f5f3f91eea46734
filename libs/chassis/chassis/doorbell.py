"""Celery as the doorbell of long work: a message says that a service has work, and nothing else.

What is to be done stands in the service's database. A message that is lost, late or doubled changes nothing: who rings looks
again every few seconds, and so does who works.
"""

import asyncio
import contextlib
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import structlog
from celery import Celery
from kombu import Exchange, Queue

from chassis.database import connect
from chassis.relay import LONGEST_PAUSE, SHORTEST_PAUSE

TASK = "keten.work"

# So many messages of one service may lie unread: each wakes one worker, and one worker goes on until all is done.
MOST = 3

# NOTIFY may be missed, leases end and pauses pass without a word; so often is looked (seconds).
EVERY = 5.0

# A broker that does not answer by then is rung again at the next look (seconds).
_PATIENCE = 2

# A message whose worker died is given to another after this time (seconds); until then the others see the work anyway.
_VISIBILITY = 120

_logger = structlog.get_logger()


def queue_of(service: str) -> Queue:
    """On the default exchange, which is known to every broker without being declared."""
    name = f"keten.{service}"
    return Queue(name, Exchange(""), routing_key=name)


def bell(queue: str, services: Sequence[str] = ()) -> Celery:
    """The Celery app of `KETEN_QUEUE`, which is Valkey by its URL or a directory; for a worker of these services."""
    app = Celery("keten", set_as_current=False)
    app.conf.update(
        task_queues=[queue_of(service) for service in services],
        task_ignore_result=True,
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        worker_prefetch_multiplier=1,
        task_serializer="json",
        accept_content=["json"],
        task_store_errors_even_if_ignored=False,
        worker_enable_remote_control=False,
        worker_hijack_root_logger=False,
        worker_redirect_stdouts=False,
        worker_cancel_long_running_tasks_on_connection_loss=False,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_connection_timeout=_PATIENCE,
        **(_of_valkey(queue) if queue.startswith("redis://") else _of_directory(Path(queue))),
    )
    return app


def _of_valkey(url: str) -> dict[str, Any]:
    waiting = {"socket_timeout": _PATIENCE, "socket_connect_timeout": _PATIENCE, "visibility_timeout": _VISIBILITY}
    return {"broker_url": url, "broker_transport_options": waiting}


def _of_directory(folder: Path) -> dict[str, Any]:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    # The third is for exchanges; unsaid, it would be a folder of wherever the process was started.
    folders = {
        "data_folder_in": str(folder),
        "data_folder_out": str(folder),
        "control_folder": str(folder / "exchanges"),
    }
    transport = "chassis.doorbell_directory:Transport"
    return {"broker_url": "filesystem://localhost", "broker_transport": transport, "broker_transport_options": folders}


class Ringer:
    """Rings for one service whenever a chunk can be claimed. `dsn` is a direct connection; `every` in seconds."""

    def __init__(self, service: str, dsn: str, queue: str, *, every: float = EVERY) -> None:
        self._service, self._dsn, self._queue, self._every = service, dsn, queue, every
        self._app: Celery | None = None
        self._ringing = threading.Lock()

    async def run(self) -> None:
        """For ever; whatever fails is tried again, and nobody waits for it."""
        loop, pause = asyncio.get_running_loop(), SHORTEST_PAUSE
        while True:
            started = loop.time()
            try:
                await self._listen()
            except Exception as lost:
                _logger.warning("ringer_interrupted", service=self._service, reason=type(lost).__name__)
            if loop.time() - started > LONGEST_PAUSE:
                pause = SHORTEST_PAUSE
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    async def _listen(self) -> None:
        connection = await connect(self._dsn)
        try:
            called = asyncio.Event()
            await connection.add_listener("work", lambda *_: called.set())
            connection.add_termination_listener(lambda _: called.set())
            while True:
                called.clear()
                claimable, due = await connection.fetchrow(_LOOK, MOST)
                if claimable:
                    await self._ring_for(claimable)
                # Not wait_for: in Python 3.11 it loses a cancellation that comes together with the call.
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(min(self._every, max(due or self._every, SHORTEST_PAUSE))):
                        await called.wait()
        finally:
            await connection.close(timeout=5)

    async def _ring_for(self, claimable: int) -> None:
        try:
            await asyncio.to_thread(self.ring, claimable)
        except Exception as away:
            _logger.warning("doorbell_out_of_reach", service=self._service, reason=type(away).__name__)

    def ring(self, times: int = 1) -> None:
        """Leave so many messages, less those that nobody has read. Blocks; raises when the broker is away."""
        if not self._ringing.acquire(blocking=False):
            return  # a broker that hangs is waited for by one thread
        try:
            self._app = self._app or bell(self._queue)
            queue = queue_of(self._service)
            with self._app.connection_for_write() as connection:
                unread = connection.default_channel.queue_declare(queue=queue.name).message_count
                for _ in range(min(times, MOST) - unread):
                    self._app.send_task(TASK, [self._service], queue=queue, connection=connection, retry=False)
        finally:
            self._ringing.release()


# How many chunks can be claimed (at most so many are counted), or else in how many seconds the next one can.
_LOOK = """
with open as (select coalesce(lease_until, due_at) as at from public.chunk where state in ('waiting', 'claimed')),
    claimable as (select count(*) as found from (select from open where at <= now() limit $1) first)
select found, case when found = 0 then (select extract(epoch from min(at) - now()) from open)::float end from claimable"""
