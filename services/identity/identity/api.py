"""The HTTP face of accounts and users: parse, call one command or query, render. Sign-in itself is in hosted and oauth."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request, Response
from pydantic import AfterValidator, Field, StringConstraints, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from chassis.app import RESTRICTING, router
from chassis.edge import CommandContext, IfMatch, QueryContext, etag
from chassis.middleware import problem_response
from chassis.models import Instant, Model
from chassis.paging import PageParameters, Slice, link_next
from chassis.tokens import Actor
from contracts.actions import Role
from contracts.identity import Language
from contracts.ids import new_id
from identity import commands, emails, passwords, queries
from identity.domain import TooManySignUps, User, UserNotFound
from identity.limits import network
from identity.queries import AccountDetail, Me, UserDetail, UserRow
from identity.setup import Setup, SetupContext


def _address(value: str) -> str:
    try:
        return emails.normal(value)
    except emails.EmailNotValidError:
        raise PydanticCustomError("email", "not an e-mail address") from None


Email = Annotated[
    str, StringConstraints(max_length=254), AfterValidator(_address), Field(json_schema_extra={"format": "email"})
]
Name = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f<>]*$")]
Password = Annotated[
    str,
    StringConstraints(strip_whitespace=False, max_length=1000),
    Field(description="12 to 128 characters; not your name or address, and none that is tried first."),
]


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


class OpenedOwner(Model):
    """The owner of a new account."""

    user_id: UUID
    name: str
    initials: str
    email: str


class OpenedAccount(Model):
    """The account, and who owns it."""

    id: UUID
    name: str
    owner: OpenedOwner


class Transfer(Model):
    """To whom an account goes."""

    user_id: UUID


class NewUser(Model):
    """A colleague who is to work in the account."""

    name: Name
    email: Email
    role: Annotated[Role, Field(description="administrator or member; an owner is made by a transfer.")]
    language: Language = "nl"

    @field_validator("role")
    @classmethod
    def _not_owner(cls, role: Role) -> Role:
        if role is Role.OWNER:
            raise PydanticCustomError("enum", "not by adding")
        return role


class Activation(Model):
    """Where a new user sets his password. Told once; hand it to him and nobody else."""

    url: str
    expires_at: Instant


class AddedUser(Model):
    """A new user."""

    id: UUID
    name: str
    initials: str
    email: str
    role: Role
    activation: Activation


class UserChange(Model):
    """What to change of a user; what is left out stays."""

    role: Role | None = None
    medical: bool | None = None


class SelfChange(Model):
    """What to change of oneself; what is left out stays."""

    name: Name | None = None
    language: Language | None = None


class SearchByEmail(Model):
    """Whom to look for: the exact address."""

    email: Email


class FoundUser(Model):
    """Somebody who may be shared with."""

    user_id: UUID
    name: str
    initials: str
    account_id: UUID
    organisation: str


async def _as_newcomer(request: Request) -> None:
    """Who opens an account acts as the owner he becomes; his ids are made here."""
    request.scope["actor"] = Actor(user_id=new_id(), account_id=new_id(), client="sign-up", session_id="")


OPEN_TO_ALL = (("POST", "/accounts"),)

accounts = router("accounts")
users = router("users")


@accounts.post("/accounts", status_code=201)
async def open_account(
    body: NewAccount,
    request: Request,
    response: Response,
    setup: SetupContext,
    newcomer: Annotated[None, Depends(_as_newcomer)],
    command: CommandContext,
) -> OpenedAccount:
    """Open an account for an organisation. Who does owns it."""
    _refuse_crowd(setup, request, command)
    command.answer_once()
    owner = body.owner
    hashed = await passwords.hashed(owner.password)
    opened, user = await commands.open_account(
        command,
        name=body.name,
        owner=commands.NewOwner(owner.name, owner.email, hashed, owner.language),
    )
    response.headers["Location"] = f"/identity/v1/accounts/{opened.id}"
    shown = OpenedOwner(user_id=user.id, name=user.name, initials=user.initials, email=user.email)
    return OpenedAccount(id=opened.id, name=opened.name, owner=shown)


@accounts.get("/accounts/{account_id}")
async def read_account(account_id: UUID, query: QueryContext) -> AccountDetail:
    """An account and its owner."""
    return await queries.account_detail(query, account_id)


@accounts.post("/accounts/{account_id}/_transfer", status_code=204, responses=RESTRICTING)
async def transfer_account(account_id: UUID, body: Transfer, command: CommandContext) -> None:
    """Give the account to another of its users. Who gives it stays as an administrator."""
    await commands.transfer_account(command, account_id, to=body.user_id)


@users.get("/users")
async def list_users(page: PageParameters, request: Request, response: Response, query: QueryContext) -> Slice[UserRow]:
    """The users of your own account, by name."""
    found = await queries.users(query, page=page)
    link_next(request, response, found)
    return found


@users.post("/users", status_code=201)
async def add_user(body: NewUser, response: Response, setup: SetupContext, command: CommandContext) -> AddedUser:
    """Add a colleague. The answer holds the link with which he sets his password; it is good for seven days, once. It is not
    told again to who repeats the request."""
    command.answer_once()
    user = await commands.add_user(command, name=body.name, email=body.email, role=body.role, language=body.language)
    response.headers["Location"] = f"/identity/v1/users/{user.id}"
    response.headers.update(etag(user.version, command.language))
    return AddedUser(
        id=user.id,
        name=user.name,
        initials=user.initials,
        email=user.email,
        role=user.role,
        activation=_activation(setup, user),
    )


@users.get("/users/me")
async def read_self(response: Response, query: QueryContext) -> Me:
    """Who you are, and what you may do in your account."""
    me = await queries.me(query)
    response.headers.update(etag(me.version, me.role, me.permissions, query.language))
    return me


@users.patch("/users/me", status_code=204)
async def change_self(body: SelfChange, if_match: IfMatch, command: CommandContext, response: Response) -> None:
    """Change your name or language."""
    me = await commands.change_self(command, name=body.name, language=body.language, expected=if_match)
    response.headers.update(etag(me.version))


@users.post("/users/_find")
async def find_user(body: SearchByEmail, request: Request, command: CommandContext) -> FoundUser:
    """Find a person by exact e-mail address, in any account. Twenty times an hour; every search is logged."""
    found = await commands.find_user(command, body.email)
    if found is None:
        # Answered, not raised: what is raised undoes the count and the line of the log.
        return problem_response(UserNotFound(), request.headers.get("accept-language"))  # type: ignore[return-value]
    return FoundUser(
        user_id=found.user_id,
        name=found.name,
        initials=found.initials,
        account_id=found.account_id,
        organisation=found.organisation,
    )


@users.get("/users/{user_id}")
async def read_user(user_id: UUID, response: Response, query: QueryContext) -> UserDetail:
    """A user of your own account."""
    user = await queries.user_detail(query, user_id)
    response.headers.update(etag(user.version, query.language))
    return user


@users.patch("/users/{user_id}", status_code=204, responses=RESTRICTING)
async def change_user(
    user_id: UUID, body: UserChange, if_match: IfMatch, command: CommandContext, response: Response
) -> None:
    """Change a user's role or medical authorisation. Lowering is answered when it holds in every service."""
    user = await commands.change_user(command, user_id, role=body.role, medical=body.medical, expected=if_match)
    response.headers.update(etag(user.version))


@users.post("/users/{user_id}/_invite")
async def invite_user(user_id: UUID, setup: SetupContext, command: CommandContext) -> Activation:
    """A new link for who has not set a password yet. The one before opens nothing any more."""
    command.answer_once()
    return _activation(setup, await commands.invite_user(command, user_id))


@users.post("/users/{user_id}/_suspend", status_code=204, responses=RESTRICTING)
async def suspend_user(user_id: UUID, setup: SetupContext, command: CommandContext) -> None:
    """Shut a user out for the time being. Answered when it holds in every service."""
    await commands.suspend_user(command, user_id, token_life=setup.token_life)


@users.post("/users/{user_id}/_resume", status_code=204)
async def resume_user(user_id: UUID, command: CommandContext) -> None:
    """Let a suspended user back in. He signs in anew."""
    await commands.resume_user(command, user_id)


@users.post("/users/{user_id}/_remove", status_code=204, responses=RESTRICTING)
async def remove_user(user_id: UUID, setup: SetupContext, command: CommandContext) -> None:
    """Remove a user for good. What he wrote stays under his name; his address is free again."""
    await commands.remove_user(command, user_id, token_life=setup.token_life)


def _refuse_crowd(setup: Setup, request: Request, command: CommandContext) -> None:
    address = network(request.client.host if request.client else None)
    if wait := setup.sign_ups.take(address, command.now):
        raise TooManySignUps(retryAfter=int(wait.total_seconds()) + 1)


def _activation(setup: Setup, user: User) -> Activation:
    assert user.link_expires_at is not None
    return Activation(url=setup.links.activation(user), expires_at=user.link_expires_at)
