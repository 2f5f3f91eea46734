"""Keyset pages: from the row of the cursor on, by the order of the list."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, literal, true, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.paging import CursorUnknown, Page


async def beyond(
    session: AsyncSession,
    asked: Select[Any],
    page: Page,
    *,
    order: Sequence[ColumnElement[Any]],
    newest_first: bool = False,
) -> ColumnElement[bool]:
    """The condition that a row comes after the cursor's. `order` ends with the column of the cursor; none of it is null."""
    if page.cursor is None:
        return true()
    at_cursor = asked.with_only_columns(*order, maintain_column_froms=True).where(order[-1] == page.cursor)
    last = (await session.execute(at_cursor)).one_or_none()
    if last is None:
        raise CursorUnknown
    here = tuple_(*order)
    there = tuple_(*(literal(value, column.type) for value, column in zip(last, order, strict=True)))
    return here < there if newest_first else here > there


async def continued(
    session: AsyncSession,
    asked: Select[Any],
    page: Page,
    *,
    order: Sequence[ColumnElement[Any]],
    newest_first: bool = False,
) -> Select[Any]:
    """The rows of one page and one more."""
    asked = asked.where(await beyond(session, asked, page, order=order, newest_first=newest_first))
    return asked.order_by(*(column.desc() if newest_first else column for column in order)).limit(page.fetch)
