"""A worker's process: a loop of its own does the work in a thread, and Celery waits for the bell in the main one.

So work is done with the broker away as well, and no broker's reconnecting stands in its way.
"""

import asyncio
import contextlib
import faulthandler
import os
import signal
import threading
import time
import warnings
from collections.abc import Callable
from concurrent.futures import CancelledError
from contextlib import AbstractAsyncContextManager, nullcontext

import structlog
from celery import Celery
from celery.platforms import SecurityWarning
from celery.signals import worker_shutting_down
from celery.worker import state

from chassis.doorbell import TASK, bell
from chassis.memory import settle
from chassis.work_crew import Crew

# When told to stop, what runs gets so long to end; then its lease is given back (seconds).
GRACE = 8.0

# A loop that has not looked for work so long stands still: the process ends, and whoever keeps it starts another (seconds).
STILL = 300.0

_Around = Callable[[], AbstractAsyncContextManager[object]]

_logger = structlog.get_logger()


def work(
    crew: Crew, queue: str | None, *, around: _Around = nullcontext, instance: str = "worker", grace: float = GRACE
) -> int:
    """Work until SIGTERM or SIGINT, rung for through `queue`, or looking by itself alone. Returns the exit code.

    `around` is entered by the working loop, for as long as it works."""
    loop, told = _Loop(crew, around, grace=grace), threading.Event()

    def leave(*_: object) -> None:
        loop.leave()
        told.set()
        state.should_stop = 0  # Celery looks at it once it has begun, and only then heeds signals by itself

    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, leave)
    loop.start()
    try:
        if queue is None:
            told.wait()
        else:
            _answer(bell(queue, [each.service for each in crew.lists if each.works]), loop, instance)
    finally:
        loop.leave()
        loop.join()
    return loop.code


class _Loop(threading.Thread):
    """The thread in which the crew works."""

    def __init__(self, crew: Crew, around: _Around, *, grace: float) -> None:
        super().__init__(name="crew", daemon=True)
        self.code = 0
        self._is_leaving = False
        self._crew, self._around, self._grace = crew, around, grace
        self._is_over = threading.Event()
        self._loop = asyncio.new_event_loop()

    def run(self) -> None:
        threading.Thread(target=self._watch, name="watch", daemon=True).start()
        try:
            with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
                runner.run(self._work())
        except Exception as fault:
            _logger.error("worker_failed", reason=type(fault).__name__)
            self.code = 1
        finally:
            self._is_over.set()
            if not self._is_leaving:
                os.kill(os.getpid(), signal.SIGTERM)

    def leave(self) -> None:
        """Claim nothing more, and end soon. Can be called again, from any thread."""
        self._is_leaving = True
        with contextlib.suppress(RuntimeError):  # the loop has ended
            self._loop.call_soon_threadsafe(self._crew.leave)

    def drain(self) -> None:
        """Do what there is to do; returns when nothing is left, or the worker leaves."""
        drained = self._crew.drain()
        try:
            ended = asyncio.run_coroutine_threadsafe(drained, self._loop)
        except RuntimeError:  # the loop has ended
            drained.close()
            return
        with contextlib.suppress(CancelledError):
            ended.result()

    async def _work(self) -> None:
        async with self._around():
            settle()
            working, leaving = asyncio.create_task(self._crew.run()), asyncio.create_task(self._left())
            await asyncio.wait({working, leaving}, return_when=asyncio.FIRST_COMPLETED)
            self._crew.leave()
            await leaving
            await working

    async def _left(self) -> None:
        await self._crew.left(grace=self._grace)

    def _watch(self) -> None:
        while not self._is_over.wait(STILL / 10):
            if time.monotonic() - self._crew.looked_at > STILL:
                _logger.error("worker_stands_still")
                faulthandler.dump_traceback()
                os._exit(1)


def _answer(app: Celery, loop: _Loop, instance: str) -> None:
    """Be a Celery worker, until it is told to stop. A message is done when nothing is left to do."""

    @app.task(name=TASK)  # type: ignore[untyped-decorator]
    def answer(service: str) -> None:
        loop.drain()

    def leaving(**_: object) -> None:
        loop.leave()

    worker_shutting_down.connect(leaving)
    # It warns of root, for whom pickled messages would be dangerous; none are taken.
    warnings.simplefilter("ignore", SecurityWarning)
    # One process and no children: the loop waits for many at a time, and more of them are more processes like this one.
    worker = app.Worker(
        hostname=f"keten@{instance}",
        pool="solo",
        loglevel="WARNING",
        quiet=True,
        without_gossip=True,
        without_mingle=True,
        without_heartbeat=True,
    )
    worker.start()
