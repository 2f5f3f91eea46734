"""How an account begins, and what happens to it as a whole."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, insert, select

from chassis.context import Command, check_version
from contracts.actions import Role
from contracts.identity import Language
from contracts.ids import AccountId, UserId, new_id
from identity import facts
from identity.changes import Change
from identity.domain.account import Account, NewOwnerNotActive
from identity.domain.mail import Purpose
from identity.domain.user import EmailInUse, User, new_user
from identity.loading import found, is_proven, known, own_rights_change, stage
from identity.mail import request_mail, spend_all, spend_link
from identity.tables import mail_request, sign_up


@dataclass(frozen=True)
class NewOwner:
    """Who asks for an account."""

    name: str
    email: str
    password_hash: str
    language: Language


async def ask_for_account(c: Command, *, name: str, owner: NewOwner) -> datetime:
    """Answers until when the link in the mail is good; whether the address is known is not even looked up."""
    # open to everyone: who has no account yet cannot be known; the link goes to the address that he says is his
    request_id, until = await request_mail(c, Purpose.SIGN_UP, email=owner.email)
    asked = {"organisation": name, "name": owner.name, "language": owner.language}
    await c.session.execute(insert(sign_up).values(id=request_id, password_hash=owner.password_hash, **asked))
    return until


async def open_account(c: Change, request_id: UUID) -> User:
    """Raises LinkSpent, and EmailInUse for who has come in by another way meanwhile."""
    # open to everyone: who has the link has the address, and has just given the password that was chosen with it
    await spend_link(c, Purpose.SIGN_UP, request_id)
    asked = await c.session.execute(
        select(sign_up, mail_request.c.email)
        .join(mail_request, mail_request.c.id == sign_up.c.id)
        .where(sign_up.c.id == request_id)
    )
    row = asked.one()
    if await is_proven(c.session, row.email):
        raise EmailInUse
    owner = new_user(
        UserId(new_id()),
        AccountId(new_id()),
        name=row.name,
        email=row.email,
        language=row.language,
        role=Role.OWNER,
        at=c.now,
        password_hash=row.password_hash,
    )
    opened = Account(id=owner.account_id, name=row.organisation, owner_id=owner.id, opened_at=c.now)
    c.log(owner, "account.open", rule="link")
    c.session.add(opened)
    await c.session.flush()
    c.session.add(owner)
    stage(c, opened, *opened.opened())
    stage(c, owner, *owner.added())
    await c.session.execute(delete(sign_up).where(sign_up.c.id == request_id))
    await spend_all(c, user_id=owner.id, email=owner.email)
    return owner


async def change_account(
    c: Command, account_id: UUID, *, name: str | None, second_factor_demanded: bool | None, expected: int | None
) -> Account:
    held = await c.session.get(Account, account_id)
    await c.authorize("account.change", facts.account(account_id))
    held = found(held)
    check_version(held.version, expected)
    if name is not None and (renamed := held.rename(name)):
        stage(c, held, renamed)
    if second_factor_demanded is not None:
        held.demand_second_factor(second_factor_demanded)
    return held


async def transfer_account(c: Command, account_id: UUID, *, to: UUID) -> None:
    held = await c.session.get(Account, account_id)
    await c.authorize("account.transfer", facts.account(account_id))
    held = found(held)
    owner, successor = known(await c.session.get(User, held.owner_id)), await c.session.get(User, to)
    if successor is None:
        raise NewOwnerNotActive
    transferred, lowered, raised = held.transfer(owner=owner, to=successor)
    stage(c, held, transferred)
    stage(c, owner, lowered)
    stage(c, successor, raised)
    c.restricting()
    own_rights_change(c)
