"""A person in care: who he is and how to reach him, the `profile` section of his dossier."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar

from chassis.clock import day
from chassis.problems import Conflict, NotFound
from contracts.dossier import ProfileCorrected, SectionWritten
from contracts.ids import AccountId, UserId
from contracts.names import plain
from contracts.rights import Section
from dossier.domain.entry import Entry


class ClientUnknown(NotFound):
    """There is no such client, or you have no access to the dossier."""

    nl = "Deze cliënt bestaat niet, of u hebt geen toegang tot het dossier."


class BornInFuture(Conflict):
    """The birth date lies in the future."""

    nl = "De geboortedatum ligt in de toekomst."


@dataclass(eq=False, kw_only=True)
class Client(Entry):
    """The profile; its id is the client's. What lists sort and search by is made of the name whenever that changes."""

    section: ClassVar[Section] = Section.PROFILE
    told_as: ClassVar[type[SectionWritten]] = ProfileCorrected
    retold_as: ClassVar[type[SectionWritten]] = ProfileCorrected
    reading: ClassVar[str] = "profile.read"
    writing: ClassVar[str] = "profile.write"

    account_id: AccountId
    given_name: str
    family_name: str
    infix: str | None = None
    birth_date: date | None = None
    email: str | None = None
    phone: str | None = None
    street: str | None = None
    house_number: str | None = None
    postal_code: str | None = None
    city: str | None = None
    initials: str = ""
    sort_key: str = ""
    search_key: str = ""

    def __post_init__(self) -> None:
        self._follow(self.written_at)

    @property
    def name(self) -> str:
        return _words(self.given_name, self.infix, self.family_name)

    @property
    def address(self) -> dict[str, str | None] | None:
        """None when no line of it is known."""
        lines = {name: getattr(self, name) for name in ("street", "house_number", "postal_code", "city")}
        return lines if any(lines.values()) else None

    def change(self, *, by: UserId, at: datetime, **changes: Any) -> SectionWritten | None:
        event = super().change(by=by, at=at, **changes)
        self._follow(at)
        return event

    def _follow(self, at: datetime) -> None:
        if self.birth_date is not None and self.birth_date > day(at):
            raise BornInFuture
        self.initials = "".join(_first(word) for word in (self.given_name, self.family_name)) or "?"
        self.sort_key = plain(f"{self.family_name}, {_words(self.given_name, self.infix)}")
        self.search_key = plain(self.name)


def written_initials(given_name: str, infix: str | None, family_name: str) -> str:
    """As a letter has them: "Marie de Groot" becomes "M. d. G."."""
    letters = [_first(given_name), *(_first(word).lower() for word in (infix or "").split()), _first(family_name)]
    return " ".join(f"{letter}." for letter in letters if letter) or "?"


def _first(word: str) -> str:
    return next((letter.upper() for letter in word if letter.isalnum()), "")


def _words(*words: str | None) -> str:
    return " ".join(word for word in words if word)
