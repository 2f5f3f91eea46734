"""What the tests of the machinery share: facts of users as identity states them, and a log in memory that can fail."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

import pytest

from chassis.log import Batch, Record
from chassis.staging import stage
from contracts.actions import Role
from contracts.identity import UserChanged, UserStatus
from contracts.ids import AccountId, UserId, new_id

# Long enough for a machine with two slow cores; a test that works never waits so long (seconds).
PATIENCE = 120.0


def _told(
    user_id: UUID, version: int, *, status: UserStatus = UserStatus.ACTIVE, account: UUID | None = None
) -> Record:
    event = UserChanged(
        user_id=UserId(user_id),
        account_id=AccountId(account or user_id),
        role=Role.MEMBER,
        status=status,
        medical=version % 2 == 0,
    )
    return stage(event, version=version, at=datetime.now(UTC)).record()


@pytest.fixture
def told() -> Callable[..., Record]:
    """`told(user_id, version)`: what a user is at this version, as it stands on the log."""
    return _told


@pytest.fixture
def unreadable() -> Callable[[Record], Record]:
    """The same record with a body that is not what its type says."""
    return lambda record: Record(record.topic, record.key, record.id, record.type, '{"specversion": "1.0"}')


@pytest.fixture
def eventually() -> Callable[[Callable[[], Awaitable[bool]]], Awaitable[None]]:
    """Wait until something is so; fails when it is not after a while."""

    async def wait(is_so: Callable[[], Awaitable[bool]]) -> None:
        async with asyncio.timeout(PATIENCE):
            while not await is_so():  # noqa: ASYNC110 - what is waited for happens in a database
                await asyncio.sleep(0.01)

    return wait


@dataclass
class MemoryLog:
    """Keeps what is published. It can refuse, and it can hold an acknowledgement back."""

    published: list[Record] = field(default_factory=list)
    at_once: list[int] = field(default_factory=list)
    beats: list[datetime] = field(default_factory=list)
    refusals: list[Exception] = field(default_factory=list)
    open: asyncio.Event = field(default_factory=asyncio.Event)
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    cancelled: bool = False
    terms: int = 0
    batches: list[Batch] = field(default_factory=list)
    finished: list[Batch] = field(default_factory=list)
    all_done: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.open.set()

    async def publish(self, records: Sequence[Record]) -> None:
        self.asked.set()
        try:
            await self.open.wait()
        except asyncio.CancelledError:
            self.cancelled = True
            raise
        if self.refusals:
            raise self.refusals.pop(0)
        self.published.extend(records)
        self.at_once.append(len(records))

    async def beat(self, topics: Sequence[str], at: datetime) -> None:
        self.beats.append(at)

    @asynccontextmanager
    async def publisher(self, name: str) -> AsyncIterator["MemoryLog"]:
        self.terms += 1
        yield self

    async def streams(self, topics: Sequence[str]) -> Sequence[str]:
        return topics

    @asynccontextmanager
    async def subscribe(
        self, group: str, topics: Sequence[str], *, from_start: bool = False
    ) -> AsyncIterator["MemoryLog._Reading"]:
        yield MemoryLog._Reading(self)

    @dataclass
    class _Reading:
        log: "MemoryLog"

        async def batches(self) -> AsyncIterator[Batch]:
            for batch in self.log.batches[len(self.log.finished) :]:
                yield batch
            self.log.all_done.set()
            await asyncio.Event().wait()

        async def done(self, batch: Batch) -> None:
            self.log.finished.append(batch)


@pytest.fixture
async def memory_log() -> MemoryLog:
    return MemoryLog()


@pytest.fixture
def some_id() -> UUID:
    return new_id()
