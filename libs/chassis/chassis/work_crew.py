"""The worker's side of long work: claims chunks of its services, a few at a time, until none is left.

It works with a doorbell or without: it looks at its lists when it is rung for, and every so often by itself.
"""

import asyncio
import contextlib
import time
from collections.abc import Callable, Sequence

import structlog

from chassis.work import Claim
from chassis.work_list import WorkList

# So many chunks of one service at a time in one process: they mostly wait for somebody else.
WIDTH = 2

# While something runs, so often is looked for more; a new job does not wait for a long chunk of another (seconds).
POLL = 1.0

# Without any ringing, so often is looked for work (seconds).
PATIENCE = 15.0

_logger = structlog.get_logger()


class Crew:
    """Works for these lists. `looked` is called at every look, as a sign of life."""

    def __init__(
        self,
        lists: Sequence[WorkList],
        *,
        width: int = WIDTH,
        patience: float = PATIENCE,
        looked: Callable[[], None] = lambda: None,
    ) -> None:
        self.lists, self._width, self._patience, self._looked = lists, width, patience, looked
        self._running: dict[asyncio.Task[None], WorkList] = {}
        self._draining = asyncio.Lock()
        self._leaving = asyncio.Event()
        self.looked_at = time.monotonic()

    async def drain(self, limit: int | None = None) -> int:
        """Claim and do chunks until none is left that could be claimed now, or `limit` were done. Returns how many."""
        async with self._draining:
            claimed = 0
            try:
                while True:
                    claimed += await self._claim(None if limit is None else limit - claimed)
                    if not self._running:
                        return claimed
                    ended, _ = await asyncio.wait(self._running, timeout=POLL, return_when=asyncio.FIRST_COMPLETED)
                    for task in ended:
                        self._running.pop(task, None)
            finally:
                await self._stop()

    async def run(self) -> None:
        """Until `leave`, without being called: at the start, and every so often."""
        while not self._leaving.is_set():
            await self.drain()
            # Not wait_for: in Python 3.11 it loses a cancellation that comes together with the call.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._patience):
                    await self._leaving.wait()

    def leave(self) -> None:
        """Claim nothing more; what runs may end."""
        self._leaving.set()

    async def left(self, *, grace: float) -> None:
        """Wait until it was told to leave, and then `grace` seconds for what runs; the leases of the rest are given back."""
        await self._leaving.wait()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(grace), self._draining:
                return
        await self._stop()

    async def _claim(self, most: int | None) -> int:
        self.looked_at = time.monotonic()
        self._looked()
        claimed = 0
        for each in self.lists:
            while not self._leaving.is_set() and (most is None or claimed < most):
                if list(self._running.values()).count(each) >= self._width or (claim := await _next(each)) is None:
                    break
                self._running[asyncio.create_task(each.work(claim))] = each
                claimed += 1
        return claimed

    async def _stop(self) -> None:
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        self._running.clear()


async def _next(each: WorkList) -> Claim | None:
    try:
        return await each.claim()
    except Exception as fault:
        # A database that is away keeps nobody from the work of the others.
        _logger.warning("list_out_of_reach", service=each.service, reason=type(fault).__name__)
        return None
