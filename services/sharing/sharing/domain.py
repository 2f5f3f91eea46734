"""Levels and grants, and what may happen to them. No database, no clock, no HTTP."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from chassis.problems import Conflict, Invalid, NotFound
from contracts.ids import AccountId, DossierId, GrantId, LevelId, UserId
from contracts.rights import ALL_RIGHTS, STANDARD_LEVELS
from contracts.sharing import GrantChanged, GrantGiven, GrantLeft, GrantStatus, GrantWithdrawn, LevelDefined, Onward


class LegalBasis(StrEnum):
    """Why sharing is lawful (SHR-16; GDPR art. 6 and 9, Wgbo)."""

    CONSENT = "consent"
    TREATMENT = "treatment"
    LEGAL_DUTY = "legal-duty"
    VITAL_INTEREST = "vital-interest"
    CONTRACT = "contract"


@dataclass(frozen=True)
class Level:
    """A named set of rights per section; four are standard, an account adds its own (SHR-10). It never changes."""

    id: LevelId
    account_id: AccountId | None
    code: str
    names: Mapping[str, str]
    rights: frozenset[str]

    @classmethod
    def define(
        cls, *, id: LevelId, account_id: AccountId, code: str, names: Mapping[str, str], rights: frozenset[str]
    ) -> tuple["Level", LevelDefined]:
        """A level of an account's own. Raises RightsUnknown, LevelCodeTaken for a standard code."""
        if not rights or not rights <= ALL_RIGHTS:
            raise RightsUnknown
        if code in {standard.code for standard in STANDARD_LEVELS}:
            raise LevelCodeTaken
        made = cls(id, account_id, code, names, rights)
        return made, LevelDefined(level_id=id, account_id=account_id, code=code, rights=rights)


STANDARD: Mapping[LevelId, Level] = {
    LevelId(level.id): Level(LevelId(level.id), None, level.code, names, level.rights)
    for level, names in zip(
        STANDARD_LEVELS,
        (
            {"nl": "Inzien", "en": "View"},
            {"nl": "Inzien en rapporteren", "en": "View and report"},
            {"nl": "Inzien en bewerken", "en": "View and edit"},
            {"nl": "Bewerken en leden beheren", "en": "Edit and manage members"},
        ),
        strict=True,
    )
}


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

    def terms_are(self, terms: Terms) -> bool:
        """Whether sharing on these terms again would change nothing."""
        return (
            self.level_id == terms.level.id
            and self.until == terms.until
            and self.purpose == terms.purpose
            and self.legal_basis == terms.legal_basis
            and self.consent_reference == terms.consent_reference
        )

    def is_restricted_by(self, terms: Terms) -> bool:
        """Whether these terms open less, or for a shorter time, than now."""
        sooner = terms.until is not None and (self.until is None or terms.until < self.until)
        return sooner or not self.rights <= terms.level.rights

    def change(self, terms: Terms, *, today: date) -> GrantChanged:
        """Give it other terms (SHR-11). Raises GrantEnded, UntilPassed."""
        self._refuse_ended(today)
        _refuse_past(terms.until, today)
        self.level_id, self.level_code, self.rights = terms.level.id, terms.level.code, terms.level.rights
        self.until, self.purpose, self.legal_basis = terms.until, terms.purpose, terms.legal_basis
        self.consent_reference = terms.consent_reference
        self.version += 1
        return GrantChanged(**self._fact())

    def withdraw(self, *, by: UserId, at: datetime) -> GrantWithdrawn:
        """Take it back (SHR-12). Raises GrantEnded."""
        self._end(by=by, at=at)
        return GrantWithdrawn(**self._fact())

    def leave(self, *, by: UserId, at: datetime) -> GrantLeft:
        """The recipient gives it back himself (SHR-12). Raises GrantEnded."""
        self._end(by=by, at=at)
        return GrantLeft(**self._fact())

    def has_run_out(self, today: date) -> bool:
        """Whether its end date has come; nothing needs to happen for that (SHR-16)."""
        return self.until is not None and self.until <= today

    def _end(self, *, by: UserId, at: datetime) -> None:
        if self.status is not GrantStatus.LIVE:
            raise GrantEnded
        self.status, self.ended_at, self.ended_by = GrantStatus.ENDED, at, by
        self.version += 1

    def _refuse_ended(self, today: date) -> None:
        if self.status is not GrantStatus.LIVE or self.has_run_out(today):
            raise GrantEnded

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


def refuse_more_than_own(level: Level, own: frozenset[str]) -> None:
    """Nobody gives what he has not got himself (SHR-15): "no more than" means subset."""
    if not level.rights <= own:
        raise LevelAboveOwn(missing=sorted(level.rights - own))


def _refuse_past(until: date | None, today: date) -> None:
    if until is not None and until <= today:
        raise UntilPassed


class GrantUnknown(NotFound):
    """There is no such grant, or you may not know of it."""

    nl = "Deze toegang bestaat niet, of u mag er niet van weten."


class GrantEnded(Conflict):
    """This access has already ended. Share the dossier again instead."""

    nl = "Deze toegang is al beëindigd. Deel het dossier opnieuw."


class ShareWithSelf(Conflict):
    """You cannot share a dossier with yourself."""

    nl = "U kunt een dossier niet met uzelf delen."


class RecipientUnknown(Conflict):
    """There is no active user with this id. Find the person by e-mail address first."""

    nl = "Er is geen actieve gebruiker met deze id. Zoek de persoon eerst op e-mailadres."


class RecipientAlreadyHasAccess(Conflict):
    """This person already reaches the dossier at this level or higher, in another way."""

    nl = "Deze persoon heeft al toegang op dit niveau of hoger, langs een andere weg."


class LevelAboveOwn(Conflict):
    """You cannot give more access than you have yourself."""

    nl = "U kunt niet meer toegang geven dan u zelf hebt."


class OnwardSharingOff(Conflict):
    """This dossier was shared with you, and its owner does not allow passing it on."""

    nl = "Dit dossier is met u gedeeld en de eigenaar staat niet toe dat u het doorgeeft."


class UntilPassed(Conflict):
    """The end date must lie in the future; it is the first day without access."""

    nl = "De einddatum moet in de toekomst liggen; het is de eerste dag zonder toegang."


class LevelUnknown(Conflict):
    """There is no such level in your account."""

    nl = "Dit niveau bestaat niet in uw account."


class LevelCodeTaken(Conflict):
    """There is already a level with this code."""

    nl = "Er is al een niveau met deze code."


class RightsUnknown(Invalid):
    """A level is one or more known rights per section."""

    nl = "Een niveau bestaat uit één of meer bekende rechten per onderdeel."
