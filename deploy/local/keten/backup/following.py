"""Up to when a backup follows the platform, as the database of each service knows it and its metrics show it: whoever
watches the platform sees that a follower hangs or is gone, wherever it runs."""

import asyncio
from datetime import datetime

from chassis.databases import Databases
from chassis.settings import Settings
from contracts.services import SERVICES


async def note(databases: Databases, *, until: datetime) -> None:
    """A followed backup has everything up to then."""
    for service in SERVICES:
        async with databases.connected(service, "worker") as connection, connection.transaction():
            await connection.execute("delete from public.followed")
            await connection.execute("insert into public.followed (at) values ($1)", until)


def main(settings: Settings) -> int:
    """From now on nobody is expected to follow."""
    asyncio.run(_forget(Databases.of(settings)))
    print("No backup is expected to follow the platform any more, until one does.")
    return 0


async def _forget(databases: Databases) -> None:
    for service in SERVICES:
        async with databases.connected(service, "worker") as connection:
            await connection.execute("delete from public.followed")
