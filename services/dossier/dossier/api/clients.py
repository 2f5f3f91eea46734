"""Clients: taken into care, listed, found and moved."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Request, Response
from pydantic import StringConstraints

from chassis.app import RESTRICTING
from chassis.app import router as edge_router
from chassis.edge import CommandContext, QueryContext, etag
from chassis.models import Day, Model, unchanged
from chassis.paging import PageParameters, Slice, link_next
from contracts.dossier import DossierStatus
from contracts.ids import ClientGroupId, ClientId
from dossier.commands import client as commands
from dossier.queries import client as queries
from dossier.queries.client import ClientRow

router = edge_router("clients")

NamePart = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
Short = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Email = Annotated[str, StringConstraints(strip_whitespace=True, max_length=254, pattern=r"^[^@\s]+@[^@\s]+$")]


class AddressGiven(Model):
    """Where somebody lives."""

    street: Short | None = None
    house_number: Short | None = None
    postal_code: Short | None = None
    city: Short | None = None


class ProfileGiven(Model):
    """Who the client is. Never an identity number."""

    given_name: NamePart
    infix: NamePart | None = None
    family_name: NamePart
    birth_date: Day | None = None
    email: Email | None = None
    phone: Short | None = None
    address: AddressGiven | None = None


class ProfileChange(Model):
    """What is corrected; what is left out stays, what is null is taken out. An address is given as a whole."""

    given_name: NamePart = unchanged()
    infix: NamePart | None = None
    family_name: NamePart = unchanged()
    birth_date: Day | None = None
    email: Email | None = None
    phone: Short | None = None
    address: AddressGiven | None = None


class Registration(Model):
    """A person to take into care, and in which group."""

    group_id: UUID
    profile: ProfileGiven


class Registered(Model):
    """The client and the dossier that was born with the registration."""

    client_id: UUID
    dossier_id: UUID
    group_id: UUID
    status: DossierStatus
    version: int


class Move(Model):
    """To which group of the same account."""

    group_id: UUID


class Search(Model):
    """Words of a name; two characters at least, case and accents do not matter."""

    query: Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=100)]


@router.post("/clients", status_code=201)
async def register_client(asked: Registration, command: CommandContext, response: Response) -> Registered:
    """Take a person into care. The dossier belongs to the account of the group, for good."""
    made = await commands.register_client(command, ClientGroupId(asked.group_id), flat(asked.profile))
    response.headers["Location"] = f"/dossier/v1/dossiers/{made.id}"
    response.headers.update(etag(made.version))
    return Registered(
        client_id=made.client_id,
        dossier_id=made.id,
        group_id=made.group_id,
        status=made.status,
        version=made.version,
    )


@router.get("/clients")
async def list_clients(
    request: Request,
    query: QueryContext,
    page: PageParameters,
    response: Response,
    group: Annotated[UUID | None, Query(description="Of this group only.")] = None,
) -> Slice[ClientRow]:
    """The dossiers you reach, by name. A name is shown where you may read the profile; elsewhere the initials are."""
    found = await queries.clients(query, page, group_id=None if group is None else ClientGroupId(group))
    link_next(request, response, found)
    return found


@router.post("/clients/_search")
async def search_clients(
    asked: Search, request: Request, query: QueryContext, page: PageParameters, response: Response
) -> Slice[ClientRow]:
    """Find clients by name, among those whose name you may read. Every search is logged."""
    found = await queries.clients_found(query, page, words=asked.query)
    link_next(request, response, found)
    return found


@router.post("/clients/{client_id}/_move", status_code=204, responses=RESTRICTING)
async def move_client(client_id: UUID, asked: Move, command: CommandContext) -> None:
    """Put a client in another group of the same account."""
    await commands.move_client(command, ClientId(client_id), ClientGroupId(asked.group_id))


def flat(profile: ProfileGiven | ProfileChange) -> dict[str, Any]:
    """The members that were sent, those of the address among them; an address that is null is emptied."""
    members = {name: getattr(profile, name) for name in profile.model_fields_set - {"address"}}
    if "address" in profile.model_fields_set:
        members |= (profile.address or AddressGiven()).model_dump()
    return members
