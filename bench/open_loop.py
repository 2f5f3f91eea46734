"""Requests that come when they come: at a fixed rate, whether or not the ones before were answered."""

import asyncio
import itertools
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import aiohttp

# Seconds: an answer later than this did not come.
TOO_LATE = 120.0

# So many callers who wait are answered so fast; how much more is sent to see what is answered when nobody waits.
OVERLOAD = 1.3
CALLERS = 4
FEWEST = 12


@dataclass(frozen=True)
class Target:
    """Where to send, in turn, and with what."""

    urls: Sequence[str]
    headers: Mapping[str, str]


@dataclass(frozen=True)
class Observed:
    """Seconds from when each request was due until its whole answer was there, or until it failed; and when there were
    answers, from the first request on."""

    latencies: Sequence[float]
    moments: Sequence[float]
    failed: int


def percentile(latencies: Sequence[float], share: float) -> float:
    ordered = sorted(latencies)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


async def offered(target: Target, *, rate: float, seconds: float) -> Observed:
    """Send at this rate (requests a second) for so long; each is timed from when it was due."""
    latencies: list[float] = []
    moments: list[float] = []
    failed = 0

    async def one(session: aiohttp.ClientSession, url: str, due: float) -> None:
        nonlocal failed
        try:
            async with session.get(url) as answer:
                await answer.read()
                answer.raise_for_status()
            moments.append(time.perf_counter() - began)
        except (aiohttp.ClientError, TimeoutError):
            failed += 1
        latencies.append(time.perf_counter() - due)

    async with _session(target) as session, asyncio.TaskGroup() as sent:
        began = time.perf_counter()
        urls = itertools.cycle(target.urls)
        for number in range(max(1, int(rate * seconds))):
            due = began + number / rate
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            sent.create_task(one(session, next(urls), due))
    return Observed(latencies, moments, failed)


async def sustained(target: Target, *, seconds: float) -> float:
    """Answers a second when requests come faster than they can be answered; counted from a third of the answers on, when
    there is a queue, to the last one."""
    count, took = await answered(target, at_once=CALLERS, seconds=seconds / 2)
    rate = OVERLOAD * count / took
    seen = await offered(target, rate=rate, seconds=max(seconds, FEWEST / rate))
    moments = sorted(seen.moments)
    third = len(moments) // 3
    return (len(moments) - 1 - third) / (moments[-1] - moments[third])


async def answered(target: Target, *, at_once: int, seconds: float) -> tuple[int, float]:
    """How many answers in how many seconds, when so many callers each wait for theirs before they ask again."""
    count, began = 0, time.perf_counter()

    async def caller(session: aiohttp.ClientSession, urls: Sequence[str]) -> None:
        nonlocal count
        for url in itertools.cycle(urls):
            if time.perf_counter() > began + seconds:
                return
            async with session.get(url) as answer:
                await answer.read()
                answer.raise_for_status()
            count += 1

    async with _session(target) as session, asyncio.TaskGroup() as callers:
        for nr in range(at_once):
            callers.create_task(caller(session, [*target.urls[nr:], *target.urls[:nr]]))
    return count, time.perf_counter() - began


def _session(target: Target) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        headers=target.headers,
        connector=aiohttp.TCPConnector(limit=200),
        timeout=aiohttp.ClientTimeout(total=TOO_LATE),
    )
