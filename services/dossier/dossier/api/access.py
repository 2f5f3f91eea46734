"""Who reaches a dossier and why, and who did what with it."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request, Response

from chassis.app import router as edge_router
from chassis.edge import QueryContext
from chassis.models import Moment
from chassis.paging import PageParameters, Slice, link_next
from chassis.reading_links import BYTES, LinkToken, answer
from contracts.ids import DossierId
from dossier.photos import KIND, PhotosContext
from dossier.queries import access as queries
from dossier.queries.access import PersonWithAccess
from dossier.queries.access_log import LogLine, access_log
from dossier.queries.member_photo import member_photo
from dossier.queries.members import Member, members

router = edge_router("access")


@router.get("/dossiers/{dossier_id}/members")
async def list_members(
    dossier_id: UUID,
    request: Request,
    photos: PhotosContext,
    query: QueryContext,
    page: PageParameters,
    response: Response,
) -> Slice[Member]:
    """Everybody who reaches this dossier, by name; those of other organisations show which."""
    found = await members(query, DossierId(dossier_id), page, photos=photos)
    link_next(request, response, found)
    return found


@router.get(
    "/dossiers/{dossier_id}/members/{user_id}/photo",
    response_class=Response,
    responses={200: {"description": "The picture.", "content": {KIND: BYTES}}},
)
async def read_member_photo(
    dossier_id: UUID, user_id: UUID, link: LinkToken, request: Request, photos: PhotosContext, query: QueryContext
) -> Response:
    """The picture of somebody who reaches this dossier, through the link that stands in the list."""
    found = await member_photo(query, DossierId(dossier_id), user_id, link, photos=photos)
    return answer(request, found.content, kind=KIND, tag=str(found.id), until=found.until, now=query.now)


@router.get("/dossiers/{dossier_id}/access")
async def list_people_with_access(
    dossier_id: UUID,
    request: Request,
    photos: PhotosContext,
    query: QueryContext,
    page: PageParameters,
    response: Response,
    at: Annotated[Moment | None, Query(description="A moment that has been; now when left out.")] = None,
) -> Slice[PersonWithAccess]:
    """Who has, or had, access: through what, since when, and by which reasons."""
    found = await queries.people_at(query, DossierId(dossier_id), at, page, photos=photos)
    link_next(request, response, found)
    return found


@router.get("/dossiers/{dossier_id}/access-log")
async def read_access_log(
    dossier_id: UUID,
    request: Request,
    query: QueryContext,
    page: PageParameters,
    response: Response,
    since: Annotated[Moment | None, Query(alias="from", description="From this moment on.")] = None,
    until: Annotated[Moment | None, Query(alias="to", description="Up to this moment, not included.")] = None,
) -> Slice[LogLine]:
    """Who did what with this dossier, refusals included, newest first. Reading this is logged as well."""
    found = await access_log(query, DossierId(dossier_id), page, since=since, until=until)
    link_next(request, response, found)
    return found
