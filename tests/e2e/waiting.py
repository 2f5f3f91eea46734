"""Waiting for what must become true, without guessing how long it takes."""

import asyncio
from collections.abc import Awaitable, Callable

# Long enough for a slow machine; a test that passes never waits for it (seconds).
PATIENCE = 60.0


async def eventually(check: Callable[[], Awaitable[None]], *, patience: float = PATIENCE) -> None:
    """Try until it no longer fails an assertion, or let the last failure through. Between two looks it rests for as long as
    one takes: others have work to do."""
    loop = asyncio.get_running_loop()
    end = loop.time() + patience
    while True:
        began = loop.time()
        try:
            return await check()
        except AssertionError:
            if loop.time() > end:
                raise
        await asyncio.sleep(max(0.1, loop.time() - began))
