"""Grants: one dossier opened to one person; given, changed, withdrawn, left, and ended by themselves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from chassis.problems import Conflict, NotFound
from contracts.ids import AccountId, DossierId, GrantId, LevelId, UserId
from contracts.sharing import GrantChanged, GrantGiven, GrantLeft, GrantStatus, GrantWithdrawn, Onward
from sharing.domain.level import Level


class LegalBasis(StrEnum):
    """Why sharing is lawful (SHR-16; GDPR art. 6 and 9, Wgbo)."""

    CONSENT = "consent"
    TREATMENT = "treatment"
    LEGAL_DUTY = "legal-duty"
    VITAL_INTEREST = "vital-interest"
    CONTRACT = "contract"


@dataclass(frozen=True)
class Terms:
    """What the sharer agreed to: how far, why, on which ground, until when (the first day without access)."""

    level: Level
    purpose: str
    legal_basis: LegalBasis
    consent_reference: str | None
    until: date | None


@dataclass
class Grant:
    """One dossier opened to one person in another account."""

    id: GrantId
    dossier_id: DossierId
    account_id: AccountId
    recipient_id: UserId
    recipient_account_id: AccountId
    given_by: UserId
    parent_id: GrantId | None
    level_id: LevelId
    level_code: str
    rights: frozenset[str]
    until: date | None
    onward: Onward
    purpose: str
    legal_basis: LegalBasis
    consent_reference: str | None
    status: GrantStatus
    given_at: datetime
    ended_at: datetime | None = None
    ended_by: UserId | None = None
    version: int = 1

    @classmethod
    def give(
        cls,
        terms: Terms,
        *,
        id: GrantId,
        dossier_id: DossierId,
        account_id: AccountId,
        recipient_id: UserId,
        recipient_account_id: AccountId,
        by: UserId,
        at: datetime,
        today: date,
    ) -> tuple["Grant", GrantGiven]:
        """Share (SHR-6). Raises UntilPassed."""
        _refuse_past(terms.until, today)
        grant = cls(
            id=id,
            dossier_id=dossier_id,
            account_id=account_id,
            recipient_id=recipient_id,
            recipient_account_id=recipient_account_id,
            given_by=by,
            parent_id=None,
            level_id=terms.level.id,
            level_code=terms.level.code,
            rights=terms.level.rights,
            until=terms.until,
            onward=Onward.NONE,
            purpose=terms.purpose,
            legal_basis=terms.legal_basis,
            consent_reference=terms.consent_reference,
            status=GrantStatus.LIVE,
            given_at=at,
        )
        return grant, GrantGiven(**grant._fact())

    @property
    def terms(self) -> Terms:
        """As they stand now."""
        level = Level(self.level_id, None, self.level_code, {}, self.rights)
        return Terms(level, self.purpose, self.legal_basis, self.consent_reference, self.until)

    def is_restricted_by(self, terms: Terms) -> bool:
        """Whether these terms open less, or for a shorter time, than now."""
        return not self.rights <= terms.level.rights or _ends_before(terms.until, self.until)

    def opened_by(self, terms: Terms) -> frozenset[str]:
        """The rights that these terms would give beyond what it gives now: all of them when they last longer."""
        return terms.level.rights if _ends_before(self.until, terms.until) else terms.level.rights - self.rights

    def is_grounded_anew_by(self, terms: Terms) -> bool:
        """Whether these terms say otherwise why sharing is lawful."""
        said = (terms.purpose, terms.legal_basis, terms.consent_reference)
        return said != (self.purpose, self.legal_basis, self.consent_reference)

    def change(self, terms: Terms, *, today: date) -> GrantChanged:
        """Give it other terms (SHR-11). Raises GrantEnded, UntilPassed."""
        self.refuse_ended(today)
        _refuse_past(terms.until, today)
        self.level_id, self.level_code, self.rights = terms.level.id, terms.level.code, terms.level.rights
        self.until, self.purpose, self.legal_basis = terms.until, terms.purpose, terms.legal_basis
        self.consent_reference = terms.consent_reference
        self.version += 1
        return GrantChanged(**self._fact())

    def withdraw(self, *, by: UserId, at: datetime, today: date) -> GrantWithdrawn:
        """Take it back (SHR-12). Raises GrantEnded."""
        self.refuse_ended(today)
        return self.close(by=by, at=at)

    def leave(self, *, by: UserId, at: datetime, today: date) -> GrantLeft:
        """The recipient gives it back himself (SHR-12). Raises GrantEnded."""
        self.refuse_ended(today)
        self._end(by=by, at=at)
        return GrantLeft(**self._fact())

    def close(self, *, by: UserId | None, at: datetime) -> GrantWithdrawn:
        """Set down as ended, also one that ran out by its end date: it makes room for another. By nobody where what it
        opened, or who received it, was erased. Raises GrantEnded."""
        self._end(by=by, at=at)
        return GrantWithdrawn(**self._fact())

    def opens(self, today: date) -> bool:
        """Whether it still gives access. On its end date it ends by itself; nothing needs to happen for that (SHR-16)."""
        return is_open(self.status, self.until, today)

    def refuse_ended(self, today: date) -> None:
        """Raises GrantEnded."""
        if not self.opens(today):
            raise GrantEnded

    def _end(self, *, by: UserId | None, at: datetime) -> None:
        if self.status is not GrantStatus.LIVE:
            raise GrantEnded
        self.status, self.ended_at, self.ended_by = GrantStatus.ENDED, at, by
        self.version += 1

    def _fact(self) -> dict[str, object]:
        return {
            "grant_id": self.id,
            "dossier_id": self.dossier_id,
            "account_id": self.account_id,
            "recipient_id": self.recipient_id,
            "recipient_account_id": self.recipient_account_id,
            "given_by": self.given_by,
            "parent_id": self.parent_id,
            "level_id": self.level_id,
            "level_code": self.level_code,
            "rights": self.rights,
            "until": self.until,
            "onward": self.onward,
            "status": self.status,
        }


def is_open(status: GrantStatus, until: date | None, today: date) -> bool:
    """Whether a grant gives access on a day; `until` is the first day without."""
    return status is GrantStatus.LIVE and (until is None or today < until)


def has_own_way(reasons: Sequence[Mapping[str, Any]]) -> bool:
    """Whether somebody reaches a dossier as one of the account that it belongs to, not by what was shared with him."""
    return any(reason["rule"] in ("account-role", "group-access") for reason in reasons)


def may_pass_on(rights: frozenset[str], reasons: Sequence[Mapping[str, Any]]) -> frozenset[str]:
    """Of somebody's rights and why he has them, those of the owner's own account. What was shared with him he passes on
    only where its owner allows, and no owner can yet (SHR-24). Raises OnwardSharingOff when that is all he has."""
    if any(reason["rule"] == "account-role" for reason in reasons):
        return rights
    own = frozenset(right for reason in reasons if reason["rule"] == "group-access" for right in reason["rights"])
    if not own:
        raise OnwardSharingOff
    return own


def _ends_before(one: date | None, other: date | None) -> bool:
    return one is not None and (other is None or one < other)


def _refuse_past(until: date | None, today: date) -> None:
    if until is not None and until <= today:
        raise UntilPassed


class GrantUnknown(NotFound):
    """There is no such grant, or you may not know of it."""

    nl = "Deze toegang bestaat niet, of u mag er niet van weten."


class GrantEnded(Conflict):
    """This access has already ended. To give it again, share the dossier again."""

    nl = "Deze toegang is al beëindigd. Deel het dossier opnieuw om weer toegang te geven."


class ShareWithSelf(Conflict):
    """You cannot share a dossier with yourself: you have access already. Choose somebody else."""

    nl = "U kunt een dossier niet met uzelf delen: u hebt al toegang. Kies iemand anders."


class RecipientUnknown(Conflict):
    """There is no active user with this id. Find the person by e-mail address first."""

    nl = "Er is geen actieve gebruiker met deze id. Zoek de persoon eerst op e-mailadres."


class RecipientAlreadyHasAccess(Conflict):
    """This person already reaches the dossier at this level or higher in another way; sharing it is not needed."""

    nl = "Deze persoon heeft al toegang op dit niveau of hoger, langs een andere weg; delen is niet nodig."


class OnwardSharingOff(Conflict):
    """This dossier was shared with you, and its owner does not allow passing it on. Ask the owner to share it."""

    nl = (
        "Dit dossier is met u gedeeld en de eigenaar staat niet toe dat u het doorgeeft. Vraag de eigenaar om te delen."
    )


class GroundIsTheOwners(Conflict):
    """Why a dossier was shared, on which ground and with which consent, is said by the organisation that it belongs to."""

    nl = "Waarom een dossier is gedeeld, op welke grond en met welke toestemming, zegt de organisatie waar het bij hoort."


class UntilPassed(Conflict):
    """The end date is the first day without access, so it must lie in the future. Choose a later day."""

    nl = "De einddatum is de eerste dag zonder toegang en moet dus in de toekomst liggen. Kies een latere dag."
