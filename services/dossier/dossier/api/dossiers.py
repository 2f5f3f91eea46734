"""One dossier: what its reader may see of it, its profile, and whether it can be written."""

from uuid import UUID

from fastapi import Response

from chassis.app import RESTRICTING
from chassis.app import router as edge_router
from chassis.edge import CommandContext, IfMatch, QueryContext, etag
from contracts.ids import DossierId
from dossier.api.clients import ProfileChange, flat
from dossier.api.fields import tell_version
from dossier.commands import client as commands
from dossier.queries import dossier as queries
from dossier.queries.dossier import DossierAnswer, ProfileAnswer

router = edge_router("dossiers")


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
