"""The heads of the access log's chains as they stand on the event log, held against the chains in the database: whoever
rewrote these, keys and all, could not rewrite what every reader of the log has."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.log import OperatedLog
from contracts.services import topic


@dataclass(frozen=True)
class Differing:
    """A head whose line is another one now, or is gone (`found` is False)."""

    segment: str
    lines: int
    found: bool


@dataclass(frozen=True)
class Comparison:
    """How many heads the log has of the months that are kept, and the first of each month that the database contradicts."""

    heads: int
    differing: Sequence[Differing]


async def compare(session: AsyncSession, log: OperatedLog, service: str, *, oldest: str) -> Comparison:
    """Every head that the service ever put on the log, from the month `oldest` (`2026-11`) on. In one transaction."""
    await session.execute(text("create temporary table said (segment text, lines bigint, head text) on commit drop"))
    heads = 0
    async for batch in log.look([topic(service)]):
        told = [
            json.loads(one.record.body)["data"]
            for one in batch
            if one.record.type == f"nl.keten.{service}.access-log-sealed.v1"
        ]
        kept = [{"s": one["segment"], "l": one["lines"], "h": one["head"]} for one in told if one["segment"] >= oldest]
        if kept:
            await session.execute(text("insert into said values (:s, :l, :h)"), kept)
        heads += len(kept)
    rows = (await session.execute(_DIFFERING)).all()
    return Comparison(heads, [Differing(row.segment, row.lines, row.found) for row in rows])


# A chain's line knows its place in it (`link`), and its seal is the head that was said when it was the last.
_DIFFERING = text("""
select distinct on (s.segment) s.segment, s.lines, l.mac is not null as found
from said s left join public.access_log_line l
    on to_char(l.at at time zone 'UTC', 'YYYY-MM') = s.segment and l.link = s.lines
where l.mac is distinct from s.head order by s.segment, s.lines
""")
