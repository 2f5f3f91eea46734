"""What every service does when somebody or something was erased, besides what is its own: stored answers that tell of it
lose their words, and the disk is rewritten afterwards (`rewriting`)."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession


async def forget(session: AsyncSession, ids: Collection[UUID]) -> None:
    """Within the transaction that erases what has these ids. Of stored answers only the worker sees all.

    A stored answer that names one of them keeps its status for who repeats the request, and loses what it told."""
    if not ids:
        return
    await session.execute(_ANSWERS, {"names": sorted(str(one) for one in ids)})
    await session.execute(_ERASED, {"ids": sorted(ids)})


_ANSWERS = text("""
update public.stored_answer set body = '', headers = '{}' where exists (
    select from unnest(cast(:names as text[])) name
    where position(name in body) > 0 or position(name in headers::text) > 0)""")

_ERASED = text("""
insert into public.erased (id, at) select distinct id, now() from unnest(cast(:ids as uuid[])) id
on conflict (id) do update set at = excluded.at, rewritten_at = null""")
