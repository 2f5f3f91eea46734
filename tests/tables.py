"""Every row of every table of a platform's databases, as digests: what is the same in two platforms, and what is not."""

import asyncio
from collections import Counter
from collections.abc import Mapping

from chassis.databases import LOG, Databases
from contracts.services import SERVICES

_TABLES = """
select schemaname || '.' || relname from pg_stat_user_tables
where not exists (select from pg_inherits i where i.inhrelid = relid) order by 1"""

Rows = Mapping[str, Counter[str]]


def rows_of(databases: Databases, *, log: bool = True) -> Rows:
    """By `<database>.<schema>.<table>`; a row as its text, counted."""
    return asyncio.run(_rows_of(databases, log=log))


def differences(one: Rows, other: Rows) -> dict[str, list[str]]:
    """Tables that are not the same, with the rows that one of them has more."""
    found = {table: sorted((one[table] - other[table]) + (other[table] - one[table])) for table in {*one, *other}}
    return {table: rows for table, rows in sorted(found.items()) if rows}


async def _rows_of(databases: Databases, *, log: bool) -> Rows:
    found: dict[str, Counter[str]] = {}
    for database in (*SERVICES, *([LOG] if log else [])):
        async with databases.administered(database) as admin:
            for (table,) in await admin.fetch(_TABLES):
                rows = await admin.fetch(f"select t::text from {table} t")
                found[f"{database}.{table}"] = Counter(row["t"] for row in rows)
    return found
