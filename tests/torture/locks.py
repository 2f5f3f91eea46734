"""Who may touch what at the same moment: a command holds what it changes and shares what its outcome rests on, so that the
fold of the answers knows their order. What has nothing to do with each other goes on side by side."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager


class Locks:
    """All of a command's keys are taken at once, so that no two commands wait for each other."""

    def __init__(self) -> None:
        self._shared: Counter[str] = Counter()
        self._held: set[str] = set()
        self._freed = asyncio.Condition()

    @asynccontextmanager
    async def taken(self, shares: Collection[str], holds: Collection[str]) -> AsyncIterator[None]:
        own, seen = set(holds), set(shares) - set(holds)
        async with self._freed:
            await self._freed.wait_for(lambda: self._are_free(seen, own))
            self._held |= own
            self._shared.update(seen)
        try:
            yield
        finally:
            async with self._freed:
                self._held -= own
                self._shared -= Counter(seen)
                self._freed.notify_all()

    def _are_free(self, seen: set[str], own: set[str]) -> bool:
        return not (self._held & (seen | own)) and not any(self._shared[key] for key in own)
