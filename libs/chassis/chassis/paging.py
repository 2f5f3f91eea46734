"""Keyset pages: the cursor is the id of the last row seen, so that no name stands in an address."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

from fastapi import Depends, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from chassis.problems import Invalid

T = TypeVar("T")

# What fits on a screen or two; a program asks for more pages.
DEFAULT_LIMIT = 50
MOST = 100


class CursorUnknown(Invalid):
    """This list cannot be continued from there: what stood there is gone. Begin again at the first page."""

    nl = "Deze lijst kan vanaf daar niet worden vervolgd: wat er stond is weg. Begin opnieuw bij de eerste pagina."


class Slice(BaseModel, Generic[T]):
    """One page; `next` is the cursor of the one after it, null on the last."""

    # pydantic gives the docstring of a generic model to none of the models made of it.
    model_config = ConfigDict(json_schema_extra={"description": "One page of a list."})

    items: list[T]
    next: UUID | None = Field(default=None, description="Send as `cursor` for the next page; null on the last.")


@dataclass(frozen=True)
class Page:
    """Which page is asked for."""

    cursor: UUID | None
    limit: int

    @property
    def fetch(self) -> int:
        """One row more than asked for tells whether there is a next page."""
        return self.limit + 1

    def slice(self, rows: Sequence[Any], item: Callable[[Any], T], *, key: Callable[[Any], UUID]) -> Slice[T]:
        shown = rows[: self.limit]
        return Slice[Any](items=[item(row) for row in shown], next=key(shown[-1]) if len(rows) > self.limit else None)

    def cut(self, whole: Sequence[T], *, key: Callable[[T], UUID]) -> Slice[T]:
        """The page of a list that is known as a whole. Raises `CursorUnknown`."""
        begin = 0
        if self.cursor is not None:
            found = [index for index, one in enumerate(whole) if key(one) == self.cursor]
            if not found:
                raise CursorUnknown
            begin = found[0] + 1
        return self.slice(whole[begin : begin + self.fetch], lambda one: one, key=key)


def _page(
    cursor: Annotated[UUID | None, Query(description="`next` of the page before.")] = None,
    limit: Annotated[int, Query(ge=1, le=MOST, description="How many at most.")] = DEFAULT_LIMIT,
) -> Page:
    return Page(cursor, limit)


PageParameters = Annotated[Page, Depends(_page)]


def link_next(request: Request, response: Response, slice_: Slice[Any]) -> None:
    """The `Link` header (RFC 8288) to the next page."""
    if slice_.next is not None:
        # `path` is the whole path, what the gateway mounted the service at included (ASGI 3.0).
        query = request.url.include_query_params(cursor=str(slice_.next)).query
        response.headers["Link"] = f'<{request.scope["path"]}?{query}>; rel="next"'
