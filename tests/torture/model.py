"""What the platform must be like after the commands that were answered: a fold of them in plain Python. Things are known by
names of the story ("dossier 3.17"); the ids that the platform gave them are noted beside."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from contracts.rights import STANDARD_LEVELS

OPEN: Final = "open"
ARCHIVED: Final = "archived"
LIVE: Final = "live"
ENDED: Final = "ended"
ACTIVE: Final = "active"


@dataclass
class Account:
    """One organisation's account."""

    name: str
    id: str
    title: str
    owner: str


@dataclass
class User:
    """Somebody in one account. `is_signed_in` is of people who act in the story."""

    name: str
    id: str
    account: str
    email: str
    called: str
    role: str
    status: str = ACTIVE
    medical: bool = False
    language: str = "nl"
    version: int = 1
    has_photo: bool = False
    was_away: bool = False
    """Whether he was ever suspended or removed: a mail to him may have come to nothing."""
    is_signed_in: bool = False


@dataclass
class Group:
    """A client group."""

    name: str
    id: str
    account: str
    called: str
    version: int = 1
    status: str = OPEN


@dataclass
class Level:
    """A set of rights; a standard one belongs to no account."""

    name: str
    id: str
    account: str | None
    code: str
    rights: frozenset[str]


@dataclass
class Access:
    """How a user reaches a group."""

    group: str
    user: str
    level: str
    status: str = LIVE
    version: int = 1


@dataclass
class Dossier:
    """A dossier with its client; `profile` as it was last corrected."""

    name: str
    id: str
    client_id: str
    account: str
    group: str
    profile: dict[str, str]
    status: str = OPEN
    version: int = 1
    profile_version: int = 1


@dataclass
class Grant:
    """One dossier opened to one person."""

    name: str
    id: str
    dossier: str
    recipient: str
    given_by: str
    level: str
    until: date | None
    purpose: str
    status: str = LIVE
    version: int = 1


@dataclass
class Entry:
    """What was written in a section of a dossier; `within` is the goal that an action belongs to."""

    name: str
    id: str
    dossier: str
    section: str
    author: str
    content: dict[str, Any]
    within: str | None = None
    version: int = 1


@dataclass
class File:
    """A file of a dossier: announced (1), received (2), removed (3). `link` is for who looked at it last."""

    name: str
    id: str
    dossier: str
    content: bytes
    version: int = 1
    link: str = ""


def _standard() -> dict[str, Level]:
    return {one.code: Level(one.code, str(one.id), None, one.code, one.rights) for one in STANDARD_LEVELS}


@dataclass
class Model:
    """Everything that was answered, by name."""

    accounts: dict[str, Account] = field(default_factory=dict)
    users: dict[str, User] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    levels: dict[str, Level] = field(default_factory=_standard)
    accesses: dict[tuple[str, str], Access] = field(default_factory=dict)
    dossiers: dict[str, Dossier] = field(default_factory=dict)
    grants: dict[str, Grant] = field(default_factory=dict)
    entries: dict[str, Entry] = field(default_factory=dict)
    files: dict[str, File] = field(default_factory=dict)
    invited: list[str] = field(default_factory=list)
    """Users whom a mail invites."""

    def held_grant(self, dossier: str, recipient: str) -> Grant | None:
        """The live grant of a person on a dossier; there is never more than one."""
        found = (g for g in self.grants.values() if (g.dossier, g.recipient, g.status) == (dossier, recipient, LIVE))
        return next(found, None)

    def people(self, account: str | None = None) -> list[User]:
        """Those who act, in an order that does not depend on when they came."""
        acting = [user for user in self.users.values() if user.is_signed_in]
        return sorted((u for u in acting if account in (None, u.account)), key=lambda user: user.name)

    def has(self, name: str) -> bool:
        """Whether this was made by now."""
        kinds = (self.users, self.groups, self.levels, self.dossiers, self.grants, self.entries, self.files)
        return any(name in kind for kind in kinds)

    def name_of(self, id: str) -> str:
        """What the story calls the thing with this id; the id itself when it knows none."""
        for kind in (self.accounts, self.users, self.groups, self.levels, self.dossiers, self.grants, self.entries):
            for one in kind.values():
                if one.id == id:
                    return one.name
        return next((file.name for file in self.files.values() if file.id == id), id)
