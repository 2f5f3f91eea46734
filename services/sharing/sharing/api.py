"""HTTP in front of levels and grants. A route parses, calls one command or query, and renders."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request, Response
from pydantic import Field

from chassis.app import RESTRICTING, router
from chassis.context import Command
from chassis.edge import CommandContext, IfMatch, QueryContext, etag
from chassis.models import Day, Model, unchanged
from chassis.paging import PageParameters, Slice, link_next
from contracts.ids import DossierId, GrantId, LevelId, UserId
from contracts.rights import Section, Verb
from sharing import commands, queries
from sharing.domain.grant import LegalBasis

grants = router("grants")
levels = router("levels")

Text = Annotated[str, Field(min_length=1, max_length=500)]


class Recipient(Model):
    """Whom a dossier is shared with."""

    user_id: UUID


class GrantRequest(Model):
    """Share one dossier with one person, and why that is lawful. `until` is the first day without access."""

    dossier_id: UUID
    recipient: Recipient
    level_id: UUID = Field(description="One of `GET /levels`.")
    purpose: Text = Field(description="What for, in words.", examples=["Care at home together"])
    legal_basis: LegalBasis
    consent_reference: Text | None = Field(
        default=None,
        description="Where the consent is found, when that is the legal basis.",
        examples=["consent form of 3 November"],
    )
    until: Day | None = Field(default=None, description="The first day without access; none for as long as it lasts.")


class GrantChange(Model):
    """Other terms. What is left out stays as it is; null takes the consent reference or the end date away."""

    level_id: UUID = unchanged()
    purpose: Text = unchanged()
    legal_basis: LegalBasis = unchanged()
    consent_reference: Text | None = None
    until: Day | None = None


class LevelRequest(Model):
    """A level of the account's own: which verbs on which sections."""

    code: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{1,39}$", examples=["intake"])]
    name: Annotated[str, Field(min_length=1, max_length=80, examples=["Intake"])]
    sections: Annotated[
        dict[Section, list[Verb]], Field(min_length=1, examples=[{"profile": ["read"], "reports": ["read", "write"]}])
    ]


@grants.post("/grants", status_code=201, responses={200: {"model": queries.GrantView}, **RESTRICTING})
async def share_dossier(asked: GrantRequest, command: CommandContext, response: Response) -> queries.GrantView:
    """Share a dossier with one person in another account. Sharing again on the same terms changes nothing (200)."""
    grant, is_new = await commands.share_dossier(
        command,
        DossierId(asked.dossier_id),
        UserId(asked.recipient.user_id),
        wanted=commands.Wanted(
            level_id=LevelId(asked.level_id),
            purpose=asked.purpose,
            legal_basis=asked.legal_basis,
            consent_reference=asked.consent_reference,
            until=asked.until,
        ),
    )
    response.status_code = 201 if is_new else 200
    response.headers["Location"] = f"/sharing/v1/grants/{grant.id}"
    return await _shown(command, grant.id, response)


@grants.get("/grants")
async def list_grants(
    query: QueryContext,
    page: PageParameters,
    request: Request,
    response: Response,
    dossier_id: Annotated[
        UUID | None, Query(alias="dossierId", description="One dossier; else what you received.")
    ] = None,
) -> Slice[queries.GrantView]:
    """With `dossierId`: everybody with whom it is or was shared. Without: what is shared with you."""
    if dossier_id is None:
        found = await queries.received_grants(query, page=page)
    else:
        found = await queries.grants_on_dossier(query, DossierId(dossier_id), page=page)
    link_next(request, response, found)
    return found


@grants.get("/grants/{grant_id}")
async def read_grant(grant_id: UUID, query: QueryContext, response: Response) -> queries.GrantView:
    """One grant, for its recipient as long as it lasts, and for who manages the dossier's members."""
    found = await queries.grant_detail(query, GrantId(grant_id))
    response.headers.update(etag(found.version, found.status, query.language))
    return found


@grants.patch("/grants/{grant_id}", responses=RESTRICTING)
async def change_grant(
    grant_id: UUID,
    asked: GrantChange,
    command: CommandContext,
    if_match: IfMatch,
    response: Response,
) -> queries.GrantView:
    """Change the level or the other terms. It counts from the next request on; lowering is confirmed everywhere first."""
    sent = {name: getattr(asked, name) for name in asked.model_fields_set}
    changed = await commands.change_grant(command, GrantId(grant_id), sent, expected=if_match)
    return await _shown(command, changed.id, response)


@grants.delete("/grants/{grant_id}", status_code=204, responses=RESTRICTING)
async def end_grant(grant_id: UUID, command: CommandContext) -> None:
    """Withdraw this access; its recipient leaves the dossier by it. From the answer on nobody reads by this grant."""
    await commands.end_grant(command, GrantId(grant_id))


@levels.get("/levels")
async def list_levels(
    query: QueryContext, page: PageParameters, request: Request, response: Response
) -> Slice[queries.LevelView]:
    """The four standard levels and those of your own account."""
    found = await queries.levels(query, page=page)
    link_next(request, response, found)
    return found


@levels.post("/levels", status_code=201)
async def define_level(asked: LevelRequest, command: CommandContext, response: Response) -> queries.LevelView:
    """Make a level of your own. It cannot be changed later: who received it keeps what he was given."""
    rights = frozenset(f"{section}:{verb}" for section, verbs in asked.sections.items() for verb in verbs)
    names = {"nl": asked.name, "en": asked.name}
    made = await commands.define_level(command, code=asked.code, names=names, rights=rights)
    response.headers["Location"] = f"/sharing/v1/levels#{made.code}"
    return queries.level_view(made, command.language)


async def _shown(command: Command, grant_id: UUID, response: Response) -> queries.GrantView:
    await command.session.flush()
    view = await queries.grant_as_changed(command, GrantId(grant_id))
    response.headers.update(etag(view.version, view.status, command.language))
    return view


ROUTERS = (grants, levels)
