"""Service accounts over HTTP: the partner systems of an account. How they get their tokens is in sign_in."""

from typing import Annotated
from uuid import UUID

from fastapi import Request, Response
from pydantic import Field, StringConstraints

from chassis.app import RESTRICTING
from chassis.app import router as edge_router
from chassis.edge import CommandContext, IfMatch, QueryContext, etag
from chassis.models import Model
from chassis.paging import PageParameters, Slice, link_next
from identity.api.fields import Name
from identity.commands import service_account as commands
from identity.queries import service_account as queries
from identity.queries.service_account import OwnServiceAccount, ServiceAccountDetail, ServiceAccountRow
from identity.service_sessions import Secret
from identity.setup import SetupContext

router = edge_router("service-accounts")

Description = Annotated[str, StringConstraints(max_length=500, pattern=r"^[^\x00-\x08\x0b-\x1f<>]*$")]


class NewServiceAccount(Model):
    """A partner system that is to work in the account."""

    name: Name = Field(description="What members and the access log call it.")
    description: Description = ""


class ServiceAccountChange(Model):
    """What to change of a service account; what is left out stays."""

    name: Name | None = None
    description: Description | None = None


class ToldSecret(Model):
    """A secret. Told once; hand it to the partner system and nobody else."""

    id: UUID
    value: str


class AddedServiceAccount(Model):
    """A new service account, and what it gets its tokens with (`grant_type=client_credentials`)."""

    id: UUID
    client_id: UUID
    name: str
    description: str
    secret: ToldSecret


@router.get("/service-accounts")
async def list_service_accounts(
    page: PageParameters, request: Request, response: Response, query: QueryContext
) -> Slice[ServiceAccountRow]:
    """The service accounts of your own account, by name."""
    found = await queries.service_accounts(query, page=page)
    link_next(request, response, found)
    return found


@router.post("/service-accounts", status_code=201)
async def add_service_account(
    body: NewServiceAccount, response: Response, command: CommandContext
) -> AddedServiceAccount:
    """Let a partner system work in the account as a member of it: give it access to client groups as you do with people. Its
    secret stands in the answer, and is not told again."""
    command.answer_once()
    made, secret = await commands.add_service_account(command, name=body.name, description=body.description)
    response.headers["Location"] = f"/identity/v1/service-accounts/{made.id}"
    response.headers.update(etag(made.version, command.language))
    return AddedServiceAccount(
        id=made.id, client_id=made.id, name=made.name, description=made.description, secret=_told(secret)
    )


@router.get("/service-accounts/me")
async def read_own_service_account(query: QueryContext) -> OwnServiceAccount:
    """For a partner system: what it is here."""
    return await queries.own_service_account(query)


@router.get("/service-accounts/{service_account_id}")
async def read_service_account(
    service_account_id: UUID, response: Response, query: QueryContext
) -> ServiceAccountDetail:
    """A service account, with the secrets that open it and when each was last used."""
    found = await queries.service_account_detail(query, service_account_id)
    response.headers.update(etag(found.version, query.language))
    return found


@router.patch("/service-accounts/{service_account_id}", status_code=204)
async def change_service_account(
    service_account_id: UUID, body: ServiceAccountChange, if_match: IfMatch, command: CommandContext, response: Response
) -> None:
    """Change a service account's name or description."""
    held = await commands.change_service_account(
        command, service_account_id, name=body.name, description=body.description, expected=if_match
    )
    response.headers.update(etag(held.version))


@router.post("/service-accounts/{service_account_id}/_rotate")
async def rotate_secret(service_account_id: UUID, command: CommandContext) -> ToldSecret:
    """A second secret. Both open until you drop the one before; the answer holds the new one, which is not told again."""
    command.answer_once()
    return _told(await commands.rotate_secret(command, service_account_id))


@router.delete("/service-accounts/{service_account_id}/secrets/{secret_id}", status_code=204, responses=RESTRICTING)
async def drop_secret(service_account_id: UUID, secret_id: UUID, setup: SetupContext, command: CommandContext) -> None:
    """Drop a secret. It and the tokens it was given for open nothing any more; answered when that holds in every service."""
    await commands.drop_secret(command, service_account_id, secret_id, token_life=setup.token_life)


@router.post("/service-accounts/{service_account_id}/_suspend", status_code=204, responses=RESTRICTING)
async def suspend_service_account(service_account_id: UUID, setup: SetupContext, command: CommandContext) -> None:
    """Shut a partner system out for the time being. Answered when it holds in every service."""
    await commands.suspend_service_account(command, service_account_id, token_life=setup.token_life)


@router.post("/service-accounts/{service_account_id}/_resume", status_code=204)
async def resume_service_account(service_account_id: UUID, command: CommandContext) -> None:
    """Let a suspended partner system back in. Its secrets are as they were."""
    await commands.resume_service_account(command, service_account_id)


@router.post("/service-accounts/{service_account_id}/_remove", status_code=204, responses=RESTRICTING)
async def remove_service_account(service_account_id: UUID, setup: SetupContext, command: CommandContext) -> None:
    """Remove a partner system for good. What it wrote stays under its name."""
    await commands.remove_service_account(command, service_account_id, token_life=setup.token_life)


def _told(secret: Secret) -> ToldSecret:
    return ToldSecret(id=secret.id, value=secret.value)
