"""How often strangers may try. Kept in memory, per process: it slows a program down, it locks nobody out."""

import ipaddress
from collections import OrderedDict, deque
from datetime import UTC, datetime, timedelta
from typing import Final

# So many keys are remembered; the longest unused are forgotten first, so that forged ones cannot fill the memory.
_REMEMBERED: Final = 10_000

# Doubling from 50 ms: a person's second or third try is not felt, a program's twentieth takes two seconds each.
_FIRST: Final = 0.05
_LONGEST: Final = 2.0
_FORGIVEN: Final = timedelta(minutes=15)
_NEVER: Final = datetime.min.replace(tzinfo=UTC)


class Allowance:
    """So many times within a period, per key."""

    def __init__(self, limit: int, period: timedelta) -> None:
        self._limit, self._period = limit, period
        self._taken: OrderedDict[str, deque[datetime]] = OrderedDict()

    def take(self, key: str, now: datetime) -> timedelta | None:
        """None when there was room; else how long until there is."""
        taken = self._taken.setdefault(key, deque())
        self._taken.move_to_end(key)
        while taken and taken[0] <= now - self._period:
            taken.popleft()
        if len(taken) >= self._limit:
            return taken[0] + self._period - now
        taken.append(now)
        if len(self._taken) > _REMEMBERED:
            self._taken.popitem(last=False)
        return None


class Slowness:
    """Every failed try under a key makes the next ones slower, up to two seconds; a quarter of an hour forgives."""

    def __init__(self) -> None:
        self._failed: OrderedDict[str, tuple[int, datetime]] = OrderedDict()

    def delay(self, keys: tuple[str, ...], now: datetime) -> float:
        """Seconds to wait before trying."""
        times = max((count for count, at in map(self._of, keys) if at > now - _FORGIVEN), default=0)
        return min(_FIRST * 2.0 ** (times - 1), _LONGEST) if times else 0.0

    def failed(self, keys: tuple[str, ...], now: datetime) -> None:
        for key in keys:
            count, at = self._of(key)
            self._failed[key] = (min(count, 30) + 1 if at > now - _FORGIVEN else 1, now)
            self._failed.move_to_end(key)
            if len(self._failed) > _REMEMBERED:
                self._failed.popitem(last=False)

    def succeeded(self, key: str) -> None:
        self._failed.pop(key, None)

    def _of(self, key: str) -> tuple[int, datetime]:
        return self._failed.get(key, (0, _NEVER))


def network(address: str | None) -> str:
    """Whom an address stands for: itself, or for IPv6 the /64 that one connection is given."""
    try:
        found = ipaddress.ip_address(address or "")
    except ValueError:
        return "unknown"
    return str(ipaddress.ip_network((found, 64), strict=False)) if found.version == 6 else str(found)
