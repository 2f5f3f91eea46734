"""How long the access log is kept: whole months, each a partition and a chain of its own, so that one can go by itself."""

from datetime import UTC, datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

# NEN 7513 (and ALL-2): five years, no shorter; and personal data no longer than is needed.
MONTHS = 60


def kept_from(now: datetime) -> datetime:
    """When the oldest month began of which lines are kept at this moment."""
    months = now.year * 12 + now.month - 1 - MONTHS
    return datetime(months // 12, months % 12 + 1, 1, tzinfo=UTC)


def kept_since(now: datetime) -> str:
    """That month, as `2021-11`."""
    return f"{kept_from(now):%Y-%m}"


async def forget_old(session: AsyncSession, now: datetime) -> list[str]:
    """Drop the months that have been kept for long enough, with the heads of their chains. Returns which."""
    names = (await session.scalars(_MONTHS)).all()
    # A name tells its month: access_log_2021_11.
    told = {name: name.removeprefix("access_log_").replace("_", "-") for name in names}
    old = sorted(name for name, month in told.items() if month < kept_since(now))
    if old:
        # Partitions are the owner's. Who reads the log just now is not waited for long: an hour later is soon enough.
        owner = str(await session.scalar(text("select current_user"))).replace("_worker", "_owner")
        await session.execute(text(f'set local role "{owner}"'))
        await session.execute(text("set local lock_timeout = '5s'"))
        for name in old:
            await session.execute(text(f'drop table public."{name}"'))
        await session.execute(
            text("delete from public.access_log_seal where segment < :kept"), {"kept": kept_since(now)}
        )
    return [told[name] for name in old]


_MONTHS = text("""
select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid
where i.inhparent = 'public.access_log_line'::regclass and c.relname ~ '^access_log_[0-9]{4}_[0-9]{2}$'
""")
