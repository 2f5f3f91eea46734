"""Whether something that was erased is still there: in tables from which work takes it away, in objects, or on the disk."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg

from chassis.work_list import LONGEST_PAUSE
from documents.domain.file import REMOVAL
from documents.domain.mail import RECALL
from dossier.domain import dossier
from identity import photos
from identity.domain import erasure

# Work that takes something away.
_TAKING_AWAY: Final = (
    erasure.ERASURE,
    erasure.ENDING,
    photos.REMOVAL,
    dossier.ERASURE,
    dossier.ENDING,
    REMOVAL,
    RECALL,
)


async def is_any_left(connection: asyncpg.Connection, *, before: datetime) -> bool:
    """Of whatever was erased before that moment, in this service's database."""
    found: bool = await connection.fetchval(_ANY, before, _TAKING_AWAY, LONGEST_PAUSE)
    return found


async def is_left(connection: asyncpg.Connection, ids: Sequence[UUID], *, since: datetime) -> bool:
    """Of these, which this service was to forget from that moment on."""
    found: bool = await connection.fetchval(_LEFT, since, _TAKING_AWAY, LONGEST_PAUSE, ids)
    return found


# An account that may still be kept is not work yet.
_ANY: Final = """
select exists (select from public.erased where rewritten_at is null and at <= $1)
    or exists (select from public.chunk c join public.job j on j.id = c.job_id
        where c.kind = any($2) and c.state in ('waiting', 'claimed') and c.due_at <= now() + make_interval(secs => $3)
            and j.opened_at <= $1)"""

_LEFT: Final = """
select exists (select from unnest($4::uuid[]) given
        where not exists (select from public.erased where id = given and rewritten_at is not null))
    or exists (select from public.chunk c join public.job j on j.id = c.job_id
        where c.kind = any($2) and c.state in ('waiting', 'claimed') and c.due_at <= now() + make_interval(secs => $3)
            and j.opened_at >= $1)"""
