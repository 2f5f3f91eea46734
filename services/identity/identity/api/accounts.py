"""Accounts over HTTP: asked for, read, changed and transferred. Sign-in itself is on the hosted pages."""

from typing import Annotated
from uuid import UUID

from fastapi import Response
from pydantic import Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from chassis.app import RESTRICTING
from chassis.app import router as edge_router
from chassis.edge import CommandContext, IfMatch, QueryContext, etag
from chassis.models import Instant, Model, unchanged
from chassis.work_routes import BEGUN
from contracts.identity import Language, Retention
from identity import passwords
from identity.api.anybody import Anybody, may_be_mailed
from identity.api.fields import (
    Code,
    Email,
    FromNetwork,
    MailUnderWay,
    Name,
    OwnPassword,
    Password,
    ProvingContext,
    RuntimeContext,
)
from identity.commands import account as commands
from identity.commands import erasure
from identity.domain.account import TooManySignUps
from identity.domain.mail import LIVES, Purpose
from identity.queries import account as queries
from identity.queries.account import AccountDetail
from identity.tries import SIGN_UPS

router = edge_router("accounts")


class Owner(Model):
    """Who opens the account."""

    name: Name
    email: Email
    password: Password
    language: Language = "nl"

    @field_validator("password")
    @classmethod
    def _good_enough(cls, password: str, info: ValidationInfo) -> str:
        email, name = info.data.get("email", ""), info.data.get("name", "")
        if fault := passwords.fault(password, email=email, name=name):
            raise PydanticCustomError(fault, "not good enough")
        return password


class NewAccount(Model):
    """An organisation that wants an account."""

    name: Name = Field(description="The organisation.")
    owner: Owner


class Transfer(Model):
    """To whom an account goes."""

    user_id: UUID


class Ending(Model):
    """That the account is to be erased, by its owner himself: with his password, and a code if he has a second factor."""

    password: OwnPassword
    code: Code | None = None
    retention: Annotated[
        Retention,
        Field(
            description="What of the dossiers that the law has kept (BW 7:454): they were handed over, or there are none."
        ),
    ]


class EndingBegun(Model):
    """From then on the account is erased; until then it can be kept."""

    erase_after: Instant
    job_id: UUID


class AccountChange(Model):
    """What to change of an account; what is left out stays."""

    name: Annotated[Name, Field(description="The organisation.")] = unchanged()
    second_factor_demanded: Annotated[
        bool, Field(description="Whoever has no second factor sets one up when he signs in next.")
    ] = unchanged()


@router.post("/accounts", status_code=202)
async def sign_up(
    body: NewAccount, runtime: RuntimeContext, network: FromNetwork, anybody: Anybody, command: CommandContext
) -> MailUnderWay:
    """Ask for an account for an organisation. A link goes to the owner's address; who opens it owns the account. The answer
    does not tell whether the address is known. Ask again for another link."""
    command.answer_once()
    owner, until = body.owner, command.now + LIVES[Purpose.SIGN_UP]
    is_new = await may_be_mailed(
        runtime, network, budget=SIGN_UPS, about=f"sign-up {owner.email}", refusal=TooManySignUps
    )
    hashed = await passwords.hashed(owner.password)
    if is_new:
        asked = commands.NewOwner(owner.name, owner.email, hashed, owner.language)
        until = await commands.ask_for_account(command, name=body.name, owner=asked)
    return MailUnderWay(expires_at=until)


@router.get("/accounts/{account_id}")
async def read_account(account_id: UUID, response: Response, query: QueryContext) -> AccountDetail:
    """An account and its owner."""
    account = await queries.account_detail(query, account_id)
    response.headers.update(etag(account.version, account.owner, query.language))
    return account


@router.patch("/accounts/{account_id}", status_code=204)
async def change_account(
    account_id: UUID, body: AccountChange, if_match: IfMatch, command: CommandContext, response: Response
) -> None:
    """Rename the organisation; demand a second factor of everybody in the account, or no longer."""
    demanded = body.second_factor_demanded
    account = await commands.change_account(
        command, account_id, name=body.name, second_factor_demanded=demanded, expected=if_match
    )
    response.headers.update(etag(account.version))


@router.post("/accounts/{account_id}/_transfer", status_code=204, responses=RESTRICTING)
async def transfer_account(account_id: UUID, body: Transfer, command: CommandContext) -> None:
    """Give the account to another of its users. Who gives it stays as an administrator."""
    await commands.transfer_account(command, account_id, to=body.user_id)


@router.post("/accounts/{account_id}/_erase", status_code=202, responses=BEGUN)
async def end_account(
    account_id: UUID, body: Ending, proving: ProvingContext, command: CommandContext, response: Response
) -> EndingBegun:
    """Have the account erased in seven days, with all its users, dossiers, groups, files and mails, and every grant from and
    to it. Until then everything works on and you can keep it. Dossiers that the law has kept must be handed over first."""
    command.answer_once()
    after, job_id = await erasure.end_account(
        command, proving, account_id, password=body.password, code=body.code, retention=body.retention
    )
    response.headers["Location"] = f"/identity/v1/jobs/{job_id}"
    return EndingBegun(erase_after=after, job_id=job_id)


@router.post("/accounts/{account_id}/_keep", status_code=204)
async def keep_account(account_id: UUID, command: CommandContext) -> None:
    """Keep an account that was going to be erased."""
    await erasure.keep_account(command, account_id)
