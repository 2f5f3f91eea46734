"""What a command or query is given: its session, who asks, when, in which language, and the way to ask the policy."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, ClassVar, Protocol
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from chassis import access_log, idempotency
from chassis.decisions import Decision, DecisionPoint, DecisionUnavailable
from chassis.problems import (
    ChangedMeanwhile,
    Forbidden,
    Language,
    NotFound,
    Refusal,
    Unauthenticated,
    Unavailable,
    UserNotActive,
    VersionMissing,
    VersionStale,
)
from chassis.staging import Staged, stage
from chassis.tokens import Actor
from contracts.access_log import Outcome
from contracts.events import Event

# What the facts say of an actor whose token belongs to a session that was ended.
SIGNED_OUT = "signed-out"


class Resource(Protocol):
    """What a policy may know of a thing: its facts, and how a refusal about it is told."""

    package: ClassVar[str]
    problems: ClassVar[Mapping[str, type[Refusal]]]
    missing: ClassVar[type[NotFound]]

    @property
    def subject(self) -> UUID | None:
        """The dossier that the access log's line is about."""
        ...

    async def facts(self, session: AsyncSession, user_id: UUID, now: datetime, *, lock: bool) -> dict[str, Any]:
        """Everything the policy's rules read, in one query; `lock` keeps the rows as they are until the commit."""
        ...


@dataclass(frozen=True)
class _Leaned:
    action: str
    resource: Resource
    facts: Mapping[str, Any]
    decision: Decision


@dataclass
class Context:
    """Common to commands and queries."""

    session: AsyncSession
    actor: Actor
    now: datetime
    language: Language
    decisions: DecisionPoint
    lines: list[access_log.Line] = field(default_factory=list)
    denials: list[access_log.Line] = field(default_factory=list)
    stored: idempotency.Key | None = None
    leaned: list[_Leaned] = field(default_factory=list)
    decision: Decision | None = None

    async def authorize(self, action: str, resource: Resource) -> Decision:
        """Ask the policy for the actor. Raises NotFound when he may not know of it, Forbidden with the reasons when he
        may not do this, Unavailable when it cannot be told. Every answer is a line of the access log."""
        decision, facts = await self._ask(action, resource, self.actor.user_id)
        self._allow(action, resource, decision)
        self.leaned.append(_Leaned(action, resource, facts, decision))
        self.lines.append(self._line(action, resource, "allowed", decision))
        self.decision = decision
        if self.stored is not None:
            await self.stored.replay(self.session)
        return decision

    async def decide(self, action: str, resource: Resource, *, user_id: UUID) -> Decision:
        """What the policy says of somebody else; nothing is refused and nothing logged."""
        decision, _ = await self._ask(action, resource, user_id)
        return decision

    def concerning(self, subject_id: UUID) -> None:
        """The line of what was just allowed is about this dossier, which the policy could not know of yet."""
        self.lines[-1] = replace(self.lines[-1], subject_id=subject_id)

    def includes(self, action: str) -> None:
        """What was just allowed shows this as well, by rights that the policy gave with it: a line of its own."""
        self.lines.append(replace(self.lines[-1], action=action))

    async def recheck(self) -> None:
        """The world may have changed since: look at the leaned-on rows once more, holding them until the commit. Comes
        before the command's own effects, which may well take away what it leaned on."""
        for one in self.leaned:
            facts = await self._facts(one.resource, self.actor.user_id, lock=True)
            if facts == one.facts:
                continue  # the same facts are the same decision, and others wait for what is held
            decision = await self._decided(one.action, one.resource, facts)
            self._allow(one.action, one.resource, decision)
            if not one.decision.rights <= decision.rights:
                # Still allowed, with less in hand: what was given or written may have leaned on what is gone.
                raise ChangedMeanwhile

    async def let_go(self) -> None:
        """Give the connection back while another service or the object store is waited for: it may be slow, and others
        need the connection. Comes before anything is written; what was leaned on is looked at once more at the end."""
        assert not self.session.new
        assert not self.session.dirty
        await self.session.commit()

    def _allow(self, action: str, resource: Resource, decision: Decision) -> None:
        if decision.allow:
            return
        outcome: Outcome = "unavailable" if decision.uncertain else "denied"
        self.denials.append(self._line(action, resource, outcome, decision))
        raise _refusal(resource, decision)

    async def _ask(self, action: str, resource: Resource, user_id: UUID) -> tuple[Decision, dict[str, Any]]:
        facts = await self._facts(resource, user_id, lock=False)
        return await self._decided(action, resource, facts), facts

    async def _decided(self, action: str, resource: Resource, facts: Mapping[str, Any]) -> Decision:
        if facts["actor"].get("status") == SIGNED_OUT:
            raise Unauthenticated
        try:
            return Decision.of(await self.decisions.decide(resource.package, {"action": action, **facts}))
        except DecisionUnavailable:
            undecided = ({"rule": "undecided"},)
            self.denials.append(
                access_log.Line(self.now, self.actor, action, resource.subject, "unavailable", undecided)
            )
            raise Unavailable from None

    async def _facts(self, resource: Resource, user_id: UUID, *, lock: bool) -> dict[str, Any]:
        return await resource.facts(self.session, user_id, self.now, lock=lock)

    def _line(self, action: str, resource: Resource, outcome: Outcome, decision: Decision) -> access_log.Line:
        return access_log.Line(self.now, self.actor, action, resource.subject, outcome, decision.reasons)


@dataclass
class Query(Context):
    """A question; its lines are safe before the answer leaves. All it asks the policy about one thing rests on the same
    facts, read once."""

    known: dict[tuple[Resource, UUID], dict[str, Any]] = field(default_factory=dict)

    async def _facts(self, resource: Resource, user_id: UUID, *, lock: bool) -> dict[str, Any]:
        if lock or (resource, user_id) not in self.known:
            self.known[resource, user_id] = await super()._facts(resource, user_id, lock=lock)
        return self.known[resource, user_id]


@dataclass
class Command(Context):
    """A change; what it stages and its lines are committed with it, before the answer leaves."""

    staged: list[Staged] = field(default_factory=list)
    is_restricting: bool = False
    traceparent: str | None = None

    def stage(self, event: Event, *, version: int) -> None:
        """Say what happened; it reaches the log if, and only if, the change is committed."""
        self.staged.append(
            stage(
                event,
                version=version,
                at=self.now,
                actor=self.actor.user_id,
                account=self.actor.account_id,
                traceparent=self.traceparent,
            )
        )

    def answer_once(self) -> None:
        """This answer, or what was sent, holds a secret: nothing of it is kept for a repetition, whatever Idempotency-Key
        came with it."""
        self.stored = None

    def restricting(self) -> None:
        """This takes access away: it is answered as done only when every enforcing service has it (BEY-16)."""
        self.is_restricting = True


def check_version(current: int, expected: int | None) -> None:
    """Raises VersionMissing without If-Match, VersionStale for another version. Called after authorize only."""
    if expected is None:
        raise VersionMissing
    if expected != current:
        raise VersionStale


def _refusal(resource: Resource, decision: Decision) -> Refusal:
    rules: Sequence[str] = [str(reason["rule"]) for reason in decision.reasons]
    if not decision.active and not decision.uncertain:
        return UserNotActive()
    if decision.uncertain:
        return Unavailable()
    if not decision.visible:
        return resource.missing()
    reasons = [dict(reason) for reason in decision.reasons]
    own = next((resource.problems[rule] for rule in rules if rule in resource.problems), Forbidden)
    return own(reasons=reasons)
