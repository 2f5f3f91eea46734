"""One dossier: what its reader may see of it, its profile, and whether it can be written."""

from typing import Literal
from uuid import UUID

from fastapi import Request, Response
from pydantic import Field

from chassis.app import RESTRICTING
from chassis.app import router as edge_router
from chassis.edge import CommandContext, IfMatch, QueryContext, etag
from chassis.models import Model
from chassis.paging import PageParameters, Slice, link_next
from chassis.work_routes import BEGUN
from contracts.dossier import ErasureGround
from contracts.ids import DossierId
from dossier.api.clients import ProfileChange, flat
from dossier.api.fields import tell_version
from dossier.commands import client as commands
from dossier.queries import dossier as queries
from dossier.queries.deleted import DeletedDossier, deleted_dossiers
from dossier.queries.dossier import DossierAnswer, ProfileAnswer

router = edge_router("dossiers")


class Erasure(Model):
    """Why a dossier is erased."""

    ground: Literal["request-of-the-person", "retention-ended"] = Field(
        description="The person asks for it (BW 7:455), or the time is over for which it must be kept (BW 7:454)."
    )


class ErasureBegun(Model):
    """What takes the contents away."""

    job_id: UUID


@router.get("/dossiers/{dossier_id}")
async def read_dossier(dossier_id: UUID, query: QueryContext, response: Response) -> DossierAnswer:
    """A dossier as you may see it: each section you have a right on, what you may do there, and why."""
    found = await queries.dossier_detail(query, DossierId(dossier_id))
    response.headers.update(etag(found.version, found.model_dump_json(), query.language))
    return found


@router.post("/dossiers/{dossier_id}/_archive", status_code=204, responses=RESTRICTING)
async def archive_dossier(dossier_id: UUID, if_match: IfMatch, command: CommandContext, response: Response) -> None:
    """Archive a dossier. It stays readable; nothing can be added until it is restored."""
    dossier = await commands.archive_dossier(command, DossierId(dossier_id), expected=if_match)
    response.headers.update(etag(dossier.version))


@router.post("/dossiers/{dossier_id}/_restore", status_code=204)
async def restore_dossier(dossier_id: UUID, if_match: IfMatch, command: CommandContext, response: Response) -> None:
    """Restore an archived dossier, so that it can be written again."""
    dossier = await commands.restore_dossier(command, DossierId(dossier_id), expected=if_match)
    response.headers.update(etag(dossier.version))


@router.delete("/dossiers/{dossier_id}", status_code=204, responses=RESTRICTING)
async def delete_dossier(dossier_id: UUID, if_match: IfMatch, command: CommandContext, response: Response) -> None:
    """Delete a dossier. It is there for nobody any more; who manages it can restore it, by its id or from the list of
    deleted dossiers, until it is erased."""
    dossier = await commands.delete_dossier(command, DossierId(dossier_id), expected=if_match)
    response.headers.update(etag(dossier.version))


@router.post("/dossiers/{dossier_id}/_erase", status_code=202, responses=BEGUN)
async def erase_dossier(
    dossier_id: UUID, asked: Erasure, if_match: IfMatch, command: CommandContext, response: Response
) -> ErasureBegun:
    """Erase a deleted dossier for good: its sections, its files, the mails about it and why it was shared. Nothing brings
    it back. That it was there, and who did what with it, stays in the access log by ids."""
    dossier, job_id = await commands.erase_dossier(
        command, DossierId(dossier_id), ground=ErasureGround(asked.ground), expected=if_match
    )
    response.headers["Location"] = f"/dossier/v1/jobs/{job_id}"
    response.headers.update(etag(dossier.version))
    return ErasureBegun(job_id=job_id)


@router.get("/deleted-dossiers")
async def list_deleted_dossiers(
    request: Request, query: QueryContext, page: PageParameters, response: Response
) -> Slice[DeletedDossier]:
    """The deleted dossiers of your account, the newest first, for who may erase them."""
    found = await deleted_dossiers(query, page)
    link_next(request, response, found)
    return found


@router.get("/dossiers/{dossier_id}/profile")
async def read_profile(dossier_id: UUID, query: QueryContext, response: Response) -> ProfileAnswer:
    """Who the client is and how to reach him."""
    found = await queries.profile(query, DossierId(dossier_id))
    tell_version(response, found)
    return found


@router.patch("/dossiers/{dossier_id}/profile")
async def correct_profile(
    dossier_id: UUID, asked: ProfileChange, if_match: IfMatch, command: CommandContext, response: Response
) -> ProfileAnswer:
    """Correct the profile."""
    client = await commands.correct_profile(command, DossierId(dossier_id), flat(asked), expected=if_match)
    found = await queries.profile_as_is(command, client)
    tell_version(response, found)
    return found
