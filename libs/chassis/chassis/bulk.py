"""Many rows in one statement: they travel as one JSON text, and the table's own type says what each column is.

A list of values per row costs the caller several times as much: each is named, compiled and sent on its own."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic_core import to_json
from sqlalchemy import Table, text
from sqlalchemy.ext.asyncio import AsyncSession


async def insert_rows(
    session: AsyncSession, table: Table, rows: Sequence[Mapping[str, Any]], *, on_conflict: str = "do nothing"
) -> None:
    """Insert rows of the same columns, in their order. `on_conflict` is the rest of that clause, in SQL."""
    if not rows:
        return
    name = f'"{table.schema}"."{table.name}"' if table.schema else f'"{table.name}"'
    columns = ", ".join(f'"{column}"' for column in rows[0])
    statement = f"""insert into {name} ({columns})
        select {columns} from jsonb_populate_recordset(null::{name}, cast(:rows as jsonb))
        on conflict {on_conflict}"""  # noqa: S608 - names of tables and columns alone
    await session.execute(text(statement), {"rows": to_json(rows).decode()})
