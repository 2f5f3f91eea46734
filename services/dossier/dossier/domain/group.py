"""Groups in which an account organises its clients, and who of the account reaches them (SHR-3)."""

from collections.abc import Set
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeVar
from uuid import UUID

from chassis.problems import Conflict, NotFound
from contracts.dossier import (
    ClientGroupClosed,
    ClientGroupOpened,
    GroupAccessChanged,
    GroupAccessEnded,
    GroupAccessFact,
    GroupAccessGiven,
)
from contracts.ids import AccountId, ClientGroupId, GroupAccessId, LevelId, UserId
from contracts.names import plain

F = TypeVar("F", bound=GroupAccessFact)

# The group of what others shared (SHR-13) is nobody's row: it has one id for everybody, and holds something else for each.
SHARED_WITH_ME: Final = ClientGroupId(UUID("0197a000-0000-7000-8000-000000000101"))


class GroupStatus(StrEnum):
    OPEN = "open"
    CLOSED = "closed"


class AccessStatus(StrEnum):
    LIVE = "live"
    ENDED = "ended"


class GroupNameTaken(Conflict):
    """Your organisation already has a client group of this name. Choose another name."""

    nl = "Uw organisatie heeft al een cliëntgroep met deze naam. Kies een andere naam."


class GroupNotEmpty(Conflict):
    """There are still clients in this group, or deleted ones that can be restored. Move them to another group first."""

    nl = "Er zijn nog cliënten in deze groep, of verwijderde die kunnen worden teruggezet. Verplaats hen eerst."


class GroupIsClosed(Conflict):
    """This client group was closed in the meantime. Choose another one."""

    nl = "Deze cliëntgroep is intussen gesloten. Kies een andere."


class SystemGroupStays(Conflict):
    """The group "Shared with me" fills itself with what others share: it cannot be renamed, closed or filled by hand."""

    nl = (
        "“Met mij gedeeld” vult zichzelf met wat anderen delen: die groep kan niet worden hernoemd, gesloten of gevuld."
    )


class UserNotInAccount(Conflict):
    """This is not an active user of your organisation's account. Share a dossier with people of other organisations."""

    nl = "Dit is geen actieve gebruiker van het account van uw organisatie. Met mensen daarbuiten deelt u een dossier."


class LevelUnknown(Conflict):
    """There is no such level of access. Choose one of the standard levels or one of your own organisation."""

    nl = "Dit toegangsniveau bestaat niet. Kies een van de vaste niveaus of een niveau van uw eigen organisatie."


class GroupAccessUnknown(NotFound):
    """This user was not given access to this client group."""

    nl = "Deze gebruiker heeft geen toegang gekregen tot deze cliëntgroep."


@dataclass(eq=False, kw_only=True)
class ClientGroup:
    """A group of clients of one account. Its name is no fact for others, so renaming it is nobody's news."""

    id: ClientGroupId
    account_id: AccountId
    name: str
    status: GroupStatus = GroupStatus.OPEN
    version: int = 1
    name_key: str = ""

    def __post_init__(self) -> None:
        self.name_key = name_key(self.name)

    def opened(self) -> ClientGroupOpened:
        return ClientGroupOpened(group_id=self.id, account_id=self.account_id, status="open")

    def rename(self, name: str) -> None:
        if name != self.name:
            self.name, self.name_key = name, name_key(name)
            self.version += 1

    def close(self, *, clients: int) -> ClientGroupClosed:
        """`clients` is how many are in it, archived dossiers included."""
        if clients:
            raise GroupNotEmpty
        self.status = GroupStatus.CLOSED
        self.version += 1
        return ClientGroupClosed(group_id=self.id, account_id=self.account_id, status="closed")


@dataclass(eq=False, kw_only=True)
class GroupAccess:
    """How one user reaches the clients of one group. Given again after it ended, it is the same access."""

    id: GroupAccessId
    group_id: ClientGroupId
    account_id: AccountId
    user_id: UserId
    level_id: LevelId
    rights: list[str]
    status: AccessStatus = AccessStatus.LIVE
    version: int = 1

    def given(self) -> GroupAccessGiven:
        return self._fact(GroupAccessGiven)

    def set_level(self, level_id: LevelId, rights: Set[str]) -> GroupAccessFact | None:
        """None when he has it at this level already."""
        was_live = self.status is AccessStatus.LIVE
        if was_live and self.level_id == level_id and set(self.rights) == rights:
            return None
        self.level_id, self.rights, self.status = level_id, sorted(rights), AccessStatus.LIVE
        self.version += 1
        return self._fact(GroupAccessChanged if was_live else GroupAccessGiven)

    def end(self) -> GroupAccessEnded:
        if self.status is AccessStatus.ENDED:
            raise GroupAccessUnknown
        self.status = AccessStatus.ENDED
        self.version += 1
        return self._fact(GroupAccessEnded)

    def takes_away(self, rights: Set[str]) -> bool:
        """Whether having these rights instead would be less."""
        return self.status is AccessStatus.LIVE and not set(self.rights) <= rights

    def _fact(self, kind: type[F]) -> F:
        return kind(
            access_id=self.id,
            group_id=self.group_id,
            account_id=self.account_id,
            user_id=self.user_id,
            level_id=self.level_id,
            rights=frozenset(self.rights),
            status=self.status.value,
        )


def name_key(name: str) -> str:
    """Two names that differ in case, accents or spaces only are one name."""
    return plain(name)
