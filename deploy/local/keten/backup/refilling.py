"""`keten run refill`: a process beside databases that were just restored, which puts back what lay outside of them, from a
pipe, and then ends what must not go on as if nothing had happened."""

import asyncio
import sys
import tarfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from importlib import import_module
from typing import IO, Final

from chassis.database import engine, sessions
from chassis.databases import Databases
from chassis.kafka_copy import Refilling
from chassis.objects import ObjectStore
from chassis.operators import Deed, Operator
from chassis.seams import object_store
from chassis.settings import Settings
from contracts.operators import OperatorAction
from keten.backup.point import LOG, MAIL, OBJECTS, SAID, Point, unpacked
from keten.backup.recovery import RECOVERY
from keten.backup.telling import write_down

# Services that have something to end; `<service>.restored` says what.
TOLD: Final = ("identity", "documents")


async def refill(settings: Settings, deed: Deed, operator: Operator, given: IO[bytes]) -> None:
    """`given` is a tar: first the point, then everything in its order."""
    databases = Databases.of(settings)
    await _forget_recovery(databases)
    with tarfile.open(fileobj=given, mode="r|") as tar:
        members = ((member.name, _content(tar, member)) for member in tar)
        name, said = next(members)
        if name != SAID:
            raise ValueError("the stream does not begin with its point")
        await _put_back(settings, Point.parsed(said), members)
    for service in TOLD:
        worker = engine(databases.url(service, "worker"), size=1)
        async with sessions(worker)() as session, session.begin():
            await import_module(f"{service}.restored").after_restore(session, now=datetime.now(UTC))
        await worker.dispose()
    await write_down(databases, deed, operator)


async def _put_back(settings: Settings, point: Point, members: Iterator[tuple[str, bytes]]) -> None:
    store, kept = object_store(settings), settings.kept_mail
    async with _event_log(settings, point) as log:
        for path, content in members:
            folder, _, name = path.partition("/")
            if folder == OBJECTS:
                await _put(store, name, content)
            elif folder == MAIL and kept is not None:
                kept.mkdir(mode=0o700, exist_ok=True)
                (kept / name).touch(0o600)
                (kept / name).write_bytes(content)
            elif folder == LOG and log is not None:
                await log.put(unpacked(content))


@asynccontextmanager
async def _event_log(settings: Settings, point: Point) -> AsyncIterator[Refilling | None]:
    """Where the log is Kafka; elsewhere it is among the databases."""
    if settings.kafka is None:
        yield None
        return
    log = Refilling(settings.kafka, point.read)
    yield log
    await log.finish()


async def _put(store: ObjectStore, name: str, content: bytes) -> None:
    # What kind it was is for whoever looks at the store, and was not told.
    await store.put(name, content, kind="application/octet-stream")


async def _forget_recovery(databases: Databases) -> None:
    """The databases stand at their point; they are not to be brought there again."""
    async with databases.administered() as admin:
        for setting in RECOVERY:
            await admin.execute(f"alter system reset {setting}")


def _content(tar: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    file = tar.extractfile(member)
    assert file is not None, member.name
    return file.read()


def main(settings: Settings, backup: str, operator: Operator) -> int:
    """From standard input."""
    deed = Deed(OperatorAction.BACKUP_RESTORE, told={"backup": backup})
    asyncio.run(refill(settings, deed, operator, sys.stdin.buffer))
    return 0
