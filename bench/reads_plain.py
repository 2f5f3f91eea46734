"""The plain way: FastAPI, rows as objects of an ORM, and a call to OPA for each row. It is written as carefully as such
code usually is: kept connections, eager loading of what is shown, candidates chosen by SQL. It has no second lock and
keeps no log. Its answers are the same, member by member."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from typing import Annotated, Any
from uuid import UUID

import httpx
from fastapi import Depends, FastAPI, HTTPException, Request
from sqlalchemy import ForeignKey, Text, func, or_, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, foreign, joinedload, mapped_column, relationship, selectinload

from chassis.clock import day
from chassis.testing.services import URL, Issuer
from chassis.tokens import Actor, Keys, TokenReader
from contracts.rights import STANDARD_LEVELS, Section, section_of
from dossier.domain.group import SHARED_WITH_ME
from dossier.queries.client import ClientRow
from dossier.queries.dossier import Address, Count, DossierAnswer, OpenCount, ProfileAnswer, Sections
from dossier.queries.written import Person

STANDARD = {level.id: level.code for level in STANDARD_LEVELS}


class Base(DeclarativeBase):
    pass


class Account(Base):
    __tablename__ = "account"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str | None]


class GroupAccess(Base):
    __tablename__ = "group_access"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    group_id: Mapped[UUID]
    user_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    level_id: Mapped[UUID]
    rights: Mapped[list[str]] = mapped_column(ARRAY(Text))
    status: Mapped[str]


class Grant(Base):
    __tablename__ = "grant_access"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    dossier_id: Mapped[UUID]
    recipient_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    level_id: Mapped[UUID]
    level_code: Mapped[str]
    rights: Mapped[list[str]] = mapped_column(ARRAY(Text))
    until: Mapped[date | None]
    status: Mapped[str]


class User(Base):
    __tablename__ = "person"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    role: Mapped[str]
    status: Mapped[str]
    medical: Mapped[bool]
    name: Mapped[str | None]
    initials: Mapped[str | None]
    account: Mapped[Account] = relationship()
    groups: Mapped[list[GroupAccess]] = relationship(order_by=GroupAccess.id)
    grants: Mapped[list[Grant]] = relationship(order_by=Grant.id)


class Dossier(Base):
    __tablename__ = "dossier"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    client_id: Mapped[UUID]
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    group_id: Mapped[UUID]
    status: Mapped[str]
    version: Mapped[int]
    account: Mapped[Account] = relationship()


class Client(Base):
    __tablename__ = "client"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    dossier_id: Mapped[UUID] = mapped_column(ForeignKey("dossier.id"))
    author_id: Mapped[UUID]
    written_at: Mapped[datetime]
    editor_id: Mapped[UUID]
    edited_at: Mapped[datetime]
    version: Mapped[int]
    given_name: Mapped[str]
    infix: Mapped[str | None]
    family_name: Mapped[str]
    birth_date: Mapped[date | None]
    email: Mapped[str | None]
    phone: Mapped[str | None]
    street: Mapped[str | None]
    house_number: Mapped[str | None]
    postal_code: Mapped[str | None]
    city: Mapped[str | None]
    initials: Mapped[str]
    sort_key: Mapped[str]
    dossier: Mapped[Dossier] = relationship()
    author: Mapped[User] = relationship(primaryjoin=lambda: foreign(Client.author_id) == User.id)
    editor: Mapped[User] = relationship(primaryjoin=lambda: foreign(Client.editor_id) == User.id)

    @property
    def name(self) -> str:
        return " ".join(filter(None, (self.given_name, self.infix, self.family_name)))


class Report(Base):
    __tablename__ = "report"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    dossier_id: Mapped[UUID]


class Goal(Base):
    __tablename__ = "goal"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    dossier_id: Mapped[UUID]
    state: Mapped[str]


class Task(Base):
    __tablename__ = "task"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    dossier_id: Mapped[UUID]
    done: Mapped[bool]


class Note(Base):
    __tablename__ = "note"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    dossier_id: Mapped[UUID]
    section: Mapped[str]


class Policy:
    """Asks OPA over kept connections."""

    def __init__(self, url: str) -> None:
        self._client = httpx.AsyncClient(base_url=url, timeout=120)

    async def decide(self, action: str, user: User, dossier: Dossier) -> dict[str, Any]:
        now = datetime.now(UTC)
        answer = await self._client.post(
            "/v1/data/keten/dossier/decision",
            json={
                "input": {
                    "action": action,
                    "at": int(now.timestamp()),
                    "today": day(now).isoformat(),
                    "fresh": True,
                    "parked": False,
                    "actor": {
                        "id": str(user.id),
                        "account": str(user.account_id),
                        "role": user.role,
                        "status": user.status,
                        "medical": user.medical,
                    },
                    "dossier": {
                        "id": str(dossier.id),
                        "account": str(dossier.account_id),
                        "group": str(dossier.group_id),
                        "status": dossier.status,
                    },
                    "groups": [
                        {"id": str(g.id), "group": str(g.group_id), "rights": g.rights, "status": g.status}
                        for g in user.groups
                        if g.group_id == dossier.group_id
                    ],
                    "grants": [
                        {
                            "id": str(g.id),
                            "chain": [
                                {
                                    "id": str(g.id),
                                    "rights": g.rights,
                                    "status": g.status,
                                    "until": g.until.isoformat() if g.until else None,
                                }
                            ],
                        }
                        for g in user.grants
                        if g.dossier_id == dossier.id
                    ],
                }
            },
        )
        answer.raise_for_status()
        result: dict[str, Any] = answer.json()["result"]
        return result


def plain_app(database: str, opa: str, issuer: Issuer, at_once: bool) -> FastAPI:
    """`at_once` asks OPA for all rows of a list together instead of one after the other."""
    # It keeps a connection while it waits for OPA, so it is given as many as it wants and time to wait for one.
    bound = create_async_engine(database, pool_size=20, max_overflow=0, pool_timeout=120)
    made = async_sessionmaker(bound, expire_on_commit=False)
    policy = Policy(opa)
    app = FastAPI()

    async def keys() -> dict[str, Any]:
        return issuer.jwks()

    reader = TokenReader(Keys(keys), issuer=f"{URL}/identity")

    async def actor(request: Request) -> Actor:
        return await reader.actor(request.headers.get("authorization"))

    async def session() -> AsyncIterator[AsyncSession]:
        async with made() as session:
            yield session

    Db = Annotated[AsyncSession, Depends(session)]  # noqa: N806
    SignedIn = Annotated[Actor, Depends(actor)]  # noqa: N806

    async def user_of(db: AsyncSession, actor: Actor) -> User:
        return await db.get_one(User, actor.user_id, options=[selectinload(User.groups), selectinload(User.grants)])

    @app.get("/clients")
    async def clients(db: Db, actor: SignedIn, limit: int = 50) -> dict[str, Any]:
        user = await user_of(db, actor)
        found = (
            await db.scalars(
                select(Client)
                .join(Client.dossier)
                .options(joinedload(Client.dossier).joinedload(Dossier.account))
                .where(
                    or_(
                        Dossier.group_id.in_([g.group_id for g in user.groups]),
                        Dossier.id.in_([g.dossier_id for g in user.grants]),
                    )
                )
                .order_by(Client.sort_key, Client.dossier_id)
                .limit(limit + 1)
            )
        ).all()
        shown = found[:limit]
        if at_once:
            told = await asyncio.gather(*(policy.decide("dossier.read", user, client.dossier) for client in shown))
        else:
            told = [await policy.decide("dossier.read", user, client.dossier) for client in shown]
        items = [
            _row(client, user, decision) for client, decision in zip(shown, told, strict=True) if decision["allow"]
        ]
        return {"items": items, "next": shown[-1].dossier_id if len(found) > limit else None}

    @app.get("/dossiers/{dossier_id}")
    async def dossier(dossier_id: UUID, db: Db, actor: SignedIn) -> DossierAnswer:
        user = await user_of(db, actor)
        found = await db.get(Dossier, dossier_id, options=[joinedload(Dossier.account)])
        if found is None:
            raise HTTPException(404)
        decision = await policy.decide("dossier.read", user, found)
        if not decision["allow"]:
            raise HTTPException(403 if decision["visible"] else 404)
        return await _answer(db, user, found, decision)

    return app


def _row(client: Client, user: User, decision: dict[str, Any]) -> ClientRow:
    dossier = client.dossier
    received = not any(g.group_id == dossier.group_id for g in user.groups)
    level = next((g.level_code for g in user.grants if g.dossier_id == dossier.id), None)
    return ClientRow(
        client_id=dossier.client_id,
        dossier_id=dossier.id,
        group_id=SHARED_WITH_ME if received else dossier.group_id,
        name=client.name if "profile:read" in decision["rights"] else None,
        initials=client.initials,
        status=dossier.status,
        received=received,
        organisation=dossier.account.name if received else None,
        level=level if received else None,
    )


async def _answer(db: AsyncSession, user: User, dossier: Dossier, decision: dict[str, Any]) -> DossierAnswer:
    rights: dict[Section, list[str]] = {}
    for right in decision["rights"]:
        rights.setdefault(section_of(right), []).append(right.partition(":")[2])
    is_own = dossier.account_id == user.account_id
    by_group = {str(g.id): STANDARD.get(g.level_id) for g in user.groups}
    by_grant = {str(g.id): g.level_code for g in user.grants}
    reasons = decision["reasons"]
    levels = {by_group.get(r.get("access")) or by_grant.get(r.get("grant")) for r in reasons}
    return DossierAnswer(
        id=dossier.id,
        client_id=dossier.client_id,
        group_id=dossier.group_id if is_own else None,
        status=dossier.status,
        account_id=dossier.account_id,
        organisation=dossier.account.name,
        received=not is_own,
        levels=sorted(level for level in levels if level),
        rights=rights,
        sections=await _sections(db, dossier, {section for section, verbs in rights.items() if "read" in verbs}),
        why=reasons,
        version=dossier.version,
    )


async def _sections(db: AsyncSession, dossier: Dossier, readable: set[Section]) -> Sections:
    async def count(kind: Any, *narrowed: Any) -> int:
        asked = select(func.count()).select_from(kind).where(kind.dossier_id == dossier.id, *narrowed)
        return await db.scalar(asked) or 0

    sections = Sections()
    if Section.PROFILE in readable:
        sections.profile = await _profile(db, dossier)
    if Section.REPORTS in readable:
        sections.reports = Count(count=await count(Report))
    if Section.PLAN in readable:
        sections.plan = OpenCount(count=await count(Goal), open=await count(Goal, Goal.state == "open"))
    if Section.TASKS in readable:
        sections.tasks = OpenCount(count=await count(Task), open=await count(Task, Task.done.is_(False)))
    if Section.DOCUMENTS in readable:
        sections.documents = Count(count=await count(Note, Note.section == "documents"))
    if Section.MEDICAL in readable:
        sections.medical = Count(count=await count(Note, Note.section == "medical"))
    if Section.MEMBERS in readable:
        sections.members = Count(count=await _members(db, dossier))
    return sections


async def _members(db: AsyncSession, dossier: Dossier) -> int:
    wide = select(User.id).where(User.account_id == dossier.account_id, User.role.in_(["owner", "administrator"]))
    groups = select(GroupAccess.user_id).where(GroupAccess.group_id == dossier.group_id, GroupAccess.status == "live")
    grants = select(Grant.recipient_id).where(Grant.dossier_id == dossier.id, Grant.status == "live")
    reaching = {*await db.scalars(wide), *await db.scalars(groups), *await db.scalars(grants)}
    return await db.scalar(select(func.count()).where(User.id.in_(reaching), User.status == "active")) or 0


async def _profile(db: AsyncSession, dossier: Dossier) -> ProfileAnswer:
    client = await db.scalar(
        select(Client)
        .where(Client.dossier_id == dossier.id)
        .options(joinedload(Client.author).joinedload(User.account), joinedload(Client.editor).joinedload(User.account))
    )
    assert client is not None
    return ProfileAnswer(
        id=client.id,
        author=_person(client.author),
        written_at=client.written_at,
        editor=_person(client.editor),
        edited_at=client.edited_at,
        version=client.version,
        given_name=client.given_name,
        infix=client.infix,
        family_name=client.family_name,
        name=client.name,
        initials=client.initials,
        birth_date=client.birth_date,
        email=client.email,
        phone=client.phone,
        address=Address(
            street=client.street,
            house_number=client.house_number,
            postal_code=client.postal_code,
            city=client.city,
        ),
    )


def _person(user: User) -> Person:
    return Person(
        user_id=user.id,
        name=user.name,
        initials=user.initials,
        account_id=user.account_id,
        organisation=user.account.name,
    )
