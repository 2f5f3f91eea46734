"""The event log's seam: what a driver must do, whoever keeps the log."""

from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Record:
    """One event on its way to or from the log. `body` is a CloudEvent in structured JSON.

    Without a body it is a tombstone: on a private topic it takes the place of what was said under its key and type, and
    nobody who reads from then on sees either."""

    topic: str
    key: UUID
    id: UUID
    type: str
    body: str

    @property
    def is_tombstone(self) -> bool:
        return self.body == ""


@dataclass(frozen=True, slots=True)
class Standing:
    """A record where it stands. `offset` is as the log's own tools count; whoever has read the stream up to `end`, as `ends`
    tells it, has read the record."""

    record: Record
    stream: str
    offset: int
    end: int


@dataclass(frozen=True)
class Batch:
    """Records in the order of the log, per key. `heads` says per stream up to which moment nothing is missing (UTC);
    `offsets` tells how far each stream was read, in numbers that `ends` understands."""

    records: Sequence[Record]
    offsets: Mapping[str, int]
    heads: Mapping[str, datetime] = field(default_factory=dict)


def topic_of(stream: str) -> str:
    """A stream is a topic, or one of the parts into which the log divides it: `keten.dossier`, `keten.dossier/3`."""
    return stream.partition("/")[0]


class Publisher(Protocol):
    """The right to write under a name, until something fails."""

    async def publish(self, records: Sequence[Record]) -> None:
        """Append in this order; returns when every record is safe. Raises when that is not certain, or when another
        took the name over: then a new publisher is needed, and all that was not certain is said again."""
        ...

    async def beat(self, topics: Sequence[str], at: datetime) -> None:
        """Say that nothing stated before `at` (UTC) is missing from these topics."""
        ...


class Subscription(Protocol):
    """One group's reading of its topics; each group sees every record at least once."""

    def batches(self) -> AsyncIterator[Batch]:
        """The next records, for ever. An empty batch with heads comes when nothing was said but time went on."""
        ...

    def read(self) -> Mapping[str, int]:
        """How far each stream was read, in numbers that `ends` understands."""
        ...

    async def done(self, batch: Batch) -> None:
        """The batch's effects are committed: after an orderly end it is not sent again, after a crash it may be."""
        ...


class EventLog(Protocol):
    def publisher(self, name: str) -> AbstractAsyncContextManager[Publisher]:
        """Take a name over: what its earlier holders still have on their way can no longer come after what is said here."""
        ...

    async def streams(self, topics: Sequence[str]) -> Sequence[str]:
        """The streams of which batches will speak."""
        ...

    async def ends(self, topics: Sequence[str]) -> Mapping[str, int]:
        """Where each stream ends now, as batches tell offsets; 0 or nothing for an empty stream."""
        ...

    def subscribe(
        self, group: str, topics: Sequence[str], *, from_start: bool = False
    ) -> AbstractAsyncContextManager[Subscription]:
        """Read as a group; `from_start` forgets how far it had come."""
        ...

    async def forget(self) -> None:
        """What tombstones took the place of leaves the disk: now, or by itself within the time that the topics say. Raises
        StillSeen, or what the engine says, when that cannot be now."""
        ...

    async def close(self) -> None:
        """Give back what is open; the log can be used again afterwards."""
        ...


class OperatedLog(EventLog, Protocol):
    """What operators ask of the log besides."""

    async def read_to(self, group: str, topics: Sequence[str]) -> Mapping[str, int]:
        """How far a group has read each stream, as `ends` tells it; 0 or nothing where it has not begun."""
        ...

    def look(
        self,
        topics: Sequence[str],
        *,
        key: UUID | None = None,
        since: datetime | None = None,
        last: int | None = None,
        follow: bool = False,
    ) -> AsyncGenerator[Sequence[Standing], None]:
        """What stands there, of one `key` or of all, in the order of each stream; nobody's place is moved by it. Begins with
        what was appended `since` a moment, or with the `last` so many of each stream, or at the start. Ends where the
        streams ended at first, or never when it is to `follow`: an empty sequence then says that nothing is new."""
        ...
