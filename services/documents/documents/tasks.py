"""What workers do: send a mail, when it is still needed and its reader still may know; take a file's content away. And what
is swept up every hour."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import httpx
import structlog
from sqlalchemy import delete, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from access import facts
from access.tables import account, person
from chassis import metrics, traces
from chassis.clock import Clock
from chassis.database import Sessions
from chassis.decisions import Decision, DecisionPoint
from chassis.peers import Peers
from chassis.standstill import removing
from chassis.work import Claim
from documents.delivery import Delivery, compose
from documents.domain.file import FileStatus
from documents.domain.mail import SENDING, SHARE, Mail, MailState
from documents.letters import render
from documents.storage import FOLDER, Files
from documents.tables import file, mail, mail_preference

# With pauses of ten minutes at most: a mail server may be away for a night.
ATTEMPTS: Final = 100

# What must go is tried for a week: a store that is away comes back.
UNTIL_GONE: Final = 1000

# Nobody sends a file for so long after he announced it.
FORGOTTEN: Final = timedelta(days=1)

# Seconds after a content was put its commit follows. What is older was put for one that never came, as that of a file whose
# dossier was erased meanwhile.
UNFOLLOWED: Final = timedelta(hours=1)
SWEEP_EVERY: Final = 3600.0  # seconds

# What became of a mail can be asked for so long.
MAILS_KEPT: Final = timedelta(days=90)

# Names that are looked up together.
LOOKED_UP_AT_ONCE: Final = 500

_logger = structlog.get_logger()


class NotNeeded(Exception):
    """This mail is not to be sent any more; `reason` is a code."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class NotYetTold(Exception):
    """What the mail needs is not known here now, or cannot be relied on; it will be."""


@dataclass(frozen=True)
class Letter:
    """What to send to whom."""

    to: str
    language: Any
    template: str
    values: Mapping[str, str]


@dataclass(frozen=True)
class Mailing:
    """Sends mails. `staleness` is how old the log's last word may be (seconds)."""

    peers: Peers
    decisions: DecisionPoint
    delivery: Delivery
    clock: Clock
    base_url: str
    mail_from: str
    staleness: float

    async def send(self, claim: Claim) -> None:
        """One mail. A worker that dies after the server took it sends the same message once more."""
        async with claim.reading() as session:
            mail = await session.get(Mail, UUID(claim.item["mail"]))
        if mail is None or mail.state is not MailState.WAITING:
            return None
        try:
            letter = await (self._sharing(claim, mail) if mail.purpose == SHARE else self._requested(mail))
        except NotNeeded as dropped:
            return await self._end(claim, MailState.DROPPED, dropped.reason)
        with _timed("render"):
            rendered = render(letter.template, letter.language, letter.values)
            outgoing = compose(rendered, id=mail.id, to=letter.to, mail_from=self.mail_from, at=mail.made_at)
        await claim.extend()
        with _timed("deliver"):
            await self.delivery.deliver(outgoing)
        return await self._end(claim, MailState.SENT, None)

    async def failed(self, session: AsyncSession, claim: Claim, reason: str) -> None:
        """What a failure of the work means for the mail."""
        mail = await session.get(Mail, UUID(claim.item["mail"]))
        if mail is not None:
            mail.end(MailState.FAILED, at=self.clock(), attempts=claim.attempt, reason=reason)

    async def _end(self, claim: Claim, state: MailState, reason: str | None) -> None:
        async with claim.finishing() as session:
            mail = await session.get(Mail, UUID(claim.item["mail"]))
            if mail is not None:
                mail.end(state, at=self.clock(), attempts=claim.attempt, reason=reason)

    async def _requested(self, mail: Mail) -> Letter:
        """What identity wants said, as it is at this moment; nothing of it is kept."""
        said = _needed(await self.peers.ask("identity", f"/mail-contents/{mail.id}"), "no-longer-asked")
        return Letter(said["to"], said["language"], said["template"], said["values"])

    async def _sharing(self, claim: Claim, mail: Mail) -> Letter:
        """Who shared which dossier, for a reader who still reaches it and wants to be told (SHR-18, ALL-4)."""
        async with claim.reading() as session:
            await self._refuse_lost_access(session, mail)
            if await session.scalar(_wants(mail.recipient_id)) is False:
                raise NotNeeded("not-wanted")
            sharer = (await session.execute(_sharer(mail.caused_by))).one_or_none()
        if sharer is None or sharer.name is None or sharer.organisation is None:
            raise NotYetTold
        reader = _needed(await self.peers.ask("identity", f"/addressees/{mail.recipient_id}"), "no-address")
        client = _needed(await self.peers.ask("dossier", f"/dossiers/{mail.dossier_id}/initials"), "dossier-gone")
        values = {
            "name": reader["name"],
            "sharer": sharer.name,
            "organisation": sharer.organisation,
            "initials": client["initials"],
            "link": self.base_url,
        }
        return Letter(reader["email"], reader["language"], SHARE, values)

    async def _refuse_lost_access(self, session: AsyncSession, mail: Mail) -> None:
        """Raises NotNeeded unless this very grant opens the dossier to him now, and NotYetTold when that cannot be told."""
        assert mail.recipient_id is not None
        assert mail.dossier_id is not None
        await session.execute(_STALENESS, {"seconds": str(self.staleness)})
        known = await facts.dossier(mail.dossier_id).facts(session, mail.recipient_id, self.clock(), lock=False)
        decision = Decision.of(await self.decisions.decide("dossier", {"action": "dossier.read", **known}))
        # Topics are heard in no order of theirs: the grant may be known before its dossier, or before its reader.
        if decision.uncertain or not known["actor"] or known["dossier"]["status"] == "absent":
            raise NotYetTold
        ways = [reason.get("grant") for reason in decision.reasons if reason["rule"] == "grant"]
        if not decision.allow or str(mail.grant_id) not in ways:
            raise NotNeeded("access-ended")


@contextmanager
def _timed(step: str) -> Iterator[None]:
    with traces.span("documents", f"mail {step}"), metrics.MAIL.labels("documents", step).time():
        yield


def _needed(answer: httpx.Response, otherwise: str) -> dict[str, Any]:
    """What a peer said; that there is nothing (404, 410) is a reason not to send."""
    if answer.status_code in (httpx.codes.NOT_FOUND, httpx.codes.GONE):
        raise NotNeeded(otherwise)
    answer.raise_for_status()
    said: dict[str, Any] = answer.json()
    return said


def _wants(user_id: UUID | None) -> Any:
    return select(mail_preference.c.mail_on_share).where(mail_preference.c.user_id == user_id)


def _sharer(user_id: UUID | None) -> Any:
    return (
        select(person.c.name, account.c.name.label("organisation"))
        .outerjoin(account, account.c.id == person.c.account_id)
        .where(person.c.id == user_id)
    )


_STALENESS = text("select set_config('keten.staleness', :seconds, true)")


@dataclass(frozen=True)
class Removal:
    """Takes contents away that no file has any more."""

    files: Files

    async def run(self, claim: Claim) -> None:
        async with removing(claim.at.made):
            await self.files.store.remove(claim.item["object"])


@dataclass(frozen=True)
class Recall:
    """Takes back what was kept of a mail. One that is being sent at this moment is waited for."""

    delivery: Delivery

    async def run(self, claim: Claim) -> None:
        async with claim.reading() as session:
            if await session.scalar(_BEING_SENT, {"mail": claim.item["mail"], "sending": SENDING}):
                raise NotYetTold
        await self.delivery.recall(UUID(claim.item["mail"]))


_BEING_SENT = text("""
select exists (select from public.chunk where kind = :sending and state = 'claimed' and item ->> 'mail' = :mail)""")


@dataclass(frozen=True)
class Sweeping:
    """Removes, once an hour, contents that no commit followed, announced files that never came, and mails of long ago."""

    made: Sessions
    files: Files
    clock: Clock

    async def run(self) -> None:
        """For ever."""
        while True:
            try:
                await self.sweep()
            except Exception as fault:
                _logger.warning("sweep_of_files_interrupted", reason=type(fault).__name__)
            await asyncio.sleep(SWEEP_EVERY)

    async def sweep(self, *, older_than: timedelta = UNFOLLOWED) -> None:
        """A content that is younger may still be on its way."""
        async with self.made() as session, session.begin():
            now = self.clock()
            awaited = delete(file).where(file.c.status == FileStatus.AWAITED, file.c.made_at < now - FORGOTTEN)
            await session.execute(awaited)
            await session.execute(delete(mail).where(mail.c.ended_at < now - MAILS_KEPT))
        names = list(await self.files.store.names(FOLDER, older_than=older_than))
        for begin in range(0, len(names), LOOKED_UP_AT_ONCE):
            await self._remove_orphans(names[begin : begin + LOOKED_UP_AT_ONCE])

    async def _remove_orphans(self, names: Sequence[str]) -> None:
        ids = {UUID(name.rpartition("/")[2]): name for name in names}
        async with self.made() as session:
            held = select(file.c.object_id).where(file.c.object_id.in_(ids), file.c.status == FileStatus.KEPT)
            kept = set(await session.scalars(held))
        for object_id in ids.keys() - kept:
            async with removing(self.made):
                await self.files.store.remove(ids[object_id])
