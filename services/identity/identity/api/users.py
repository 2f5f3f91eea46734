"""Users over HTTP: the colleagues of an account, and oneself."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Request, Response
from pydantic import Field, field_validator
from pydantic_core import PydanticCustomError

from chassis.app import RESTRICTING
from chassis.app import router as edge_router
from chassis.edge import CommandContext, IfMatch, QueryContext, etag
from chassis.middleware import problem_response
from chassis.models import Instant, Model
from chassis.paging import PageParameters, Slice, link_next
from chassis.work_routes import BEGUN
from contracts.actions import Role
from contracts.identity import Language
from identity.api.fields import Email, ErasureBegun, MailUnderWay, Name
from identity.commands import user as commands
from identity.commands.erasure import erase_user as erase
from identity.domain.user import User, UserNotFound
from identity.queries import user as queries
from identity.queries.user import Me, UserDetail, UserRow
from identity.setup import SetupContext

router = edge_router("users")


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


class AddedUser(Model):
    """A new user."""

    id: UUID
    name: str
    initials: str
    email: str
    role: Role
    invited_until: Instant = Field(description="Until then the link works that was mailed to him.")


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


@router.get("/users")
async def list_users(
    page: PageParameters, request: Request, response: Response, setup: SetupContext, query: QueryContext
) -> Slice[UserRow]:
    """The users of your own account, by name."""
    found = await queries.users(query, page=page, photos=setup.photos)
    link_next(request, response, found)
    return found


@router.post("/users", status_code=201)
async def add_user(body: NewUser, response: Response, command: CommandContext) -> AddedUser:
    """Add a colleague. He is mailed a link with which he sets his password; it is good for seven days, once. The answer does
    not tell whether the address is known elsewhere."""
    user = await commands.add_user(command, name=body.name, email=body.email, role=body.role, language=body.language)
    response.headers["Location"] = f"/identity/v1/users/{user.id}"
    response.headers.update(etag(user.version, command.language))
    return AddedUser(
        id=user.id,
        name=user.name,
        initials=user.initials,
        email=user.email,
        role=user.role,
        invited_until=_invited_until(user),
    )


@router.get("/users/me")
async def read_self(response: Response, setup: SetupContext, query: QueryContext) -> Me:
    """Who you are, and what you may do in your account."""
    me = await queries.me(query, photos=setup.photos)
    response.headers.update(etag(me.version, me.role, me.permissions, me.second_factor, query.language))
    return me


@router.patch("/users/me", status_code=204)
async def change_self(body: SelfChange, if_match: IfMatch, command: CommandContext, response: Response) -> None:
    """Change your name or language."""
    me = await commands.change_self(command, name=body.name, language=body.language, expected=if_match)
    response.headers.update(etag(me.version))


@router.post("/users/_find")
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


@router.get("/users/{user_id}")
async def read_user(user_id: UUID, response: Response, setup: SetupContext, query: QueryContext) -> UserDetail:
    """A user of your own account."""
    user = await queries.user_detail(query, user_id, photos=setup.photos)
    response.headers.update(etag(user.version, user.second_factor, query.language))
    return user


@router.patch("/users/{user_id}", status_code=204, responses=RESTRICTING)
async def change_user(
    user_id: UUID, body: UserChange, if_match: IfMatch, command: CommandContext, response: Response
) -> None:
    """Change a user's role or medical authorisation. Lowering is answered when it holds in every service."""
    user = await commands.change_user(command, user_id, role=body.role, medical=body.medical, expected=if_match)
    response.headers.update(etag(user.version))


@router.post("/users/{user_id}/_invite", status_code=202)
async def invite_user(user_id: UUID, command: CommandContext) -> MailUnderWay:
    """Mail a new link to who has not set a password yet. The one before opens nothing any more."""
    return MailUnderWay(expires_at=_invited_until(await commands.invite_user(command, user_id)))


@router.post("/users/{user_id}/_suspend", status_code=204, responses=RESTRICTING)
async def suspend_user(user_id: UUID, setup: SetupContext, command: CommandContext) -> None:
    """Shut a user out for the time being. Answered when it holds in every service."""
    await commands.suspend_user(command, user_id, token_life=setup.token_life)


@router.post("/users/{user_id}/_resume", status_code=204)
async def resume_user(user_id: UUID, command: CommandContext) -> None:
    """Let a suspended user back in. He signs in anew."""
    await commands.resume_user(command, user_id)


@router.post("/users/{user_id}/_remove", status_code=204, responses=RESTRICTING)
async def remove_user(user_id: UUID, setup: SetupContext, command: CommandContext) -> None:
    """Remove a user for good. What he wrote stays under his name; his address is free again."""
    await commands.remove_user(command, user_id, token_life=setup.token_life)


@router.post("/users/{user_id}/_erase", status_code=202, responses=BEGUN)
async def erase_user(user_id: UUID, if_match: IfMatch, command: CommandContext, response: Response) -> ErasureBegun:
    """Erase who a removed user was: his name, address, photo, second factor and sessions, and the mails to him, here and in
    every service. What he wrote stays, as written by an erased person. Nothing brings his name back."""
    user, job_id = await erase(command, user_id, expected=if_match)
    response.headers["Location"] = f"/identity/v1/jobs/{job_id}"
    response.headers.update(etag(user.version))
    return ErasureBegun(job_id=job_id)


def _invited_until(user: User) -> datetime:
    assert user.link_expires_at is not None
    return user.link_expires_at
