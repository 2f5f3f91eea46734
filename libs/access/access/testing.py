"""A small world for tests: two organisations, their people, one dossier. Facts as their owners state them."""

from dataclasses import dataclass, field
from uuid import UUID

from contracts.actions import Role
from contracts.dossier import ClientRegistered, DossierStatus
from contracts.events import Event
from contracts.identity import AccountOpened, AccountProfile, UserAdded, UserProfile, UserStatus
from contracts.ids import AccountId, ClientGroupId, ClientId, DossierId, UserId, new_id


@dataclass(frozen=True)
class World:
    """Kracht owns the dossier; Taco owns Kracht's account, Leon that of Zorg 4 You, Lennart is Leon's colleague."""

    kracht: AccountId = field(default_factory=lambda: AccountId(new_id()))
    zorg: AccountId = field(default_factory=lambda: AccountId(new_id()))
    taco: UserId = field(default_factory=lambda: UserId(new_id()))
    leon: UserId = field(default_factory=lambda: UserId(new_id()))
    lennart: UserId = field(default_factory=lambda: UserId(new_id()))
    group: ClientGroupId = field(default_factory=lambda: ClientGroupId(new_id()))
    client: ClientId = field(default_factory=lambda: ClientId(new_id()))
    dossier: DossierId = field(default_factory=lambda: DossierId(new_id()))

    def people(self) -> list[Event]:
        """Both organisations with their people."""
        return [
            *an_account(self.kracht, "Kracht", owner=self.taco),
            *an_account(self.zorg, "Zorg 4 You", owner=self.leon),
            *a_user(self.taco, self.kracht, "Taco Bakker", "TB", role=Role.OWNER),
            *a_user(self.leon, self.zorg, "Leon de Wit", "LW", role=Role.OWNER),
            *a_user(self.lennart, self.zorg, "Lennart Smit", "LS"),
        ]

    def facts(self) -> list[Event]:
        """People, and Kracht's dossier."""
        return [*self.people(), a_dossier(self.dossier, self.kracht, group=self.group, client=self.client)]


def a_world() -> World:
    return World()


def an_account(account_id: AccountId, name: str, *, owner: UserId) -> list[Event]:
    return [AccountOpened(account_id=account_id, owner_id=owner), AccountProfile(account_id=account_id, name=name)]


def a_user(
    user_id: UserId,
    account_id: AccountId,
    name: str = "Iemand Anders",
    initials: str = "IA",
    *,
    role: Role = Role.MEMBER,
    medical: bool = False,
    status: UserStatus = UserStatus.ACTIVE,
    photo_id: UUID | None = None,
) -> list[Event]:
    return [
        UserAdded(user_id=user_id, account_id=account_id, role=role, status=status, medical=medical),
        UserProfile(
            user_id=user_id,
            account_id=account_id,
            name=name,
            initials=initials,
            sort_key=name.casefold(),
            language="nl",
            photo_id=photo_id,
        ),
    ]


def a_dossier(
    dossier_id: DossierId,
    account_id: AccountId,
    *,
    group: ClientGroupId | None = None,
    client: ClientId | None = None,
    status: DossierStatus = DossierStatus.OPEN,
) -> ClientRegistered:
    made: UUID = new_id()
    return ClientRegistered(
        dossier_id=dossier_id,
        client_id=client or ClientId(made),
        account_id=account_id,
        group_id=group or ClientGroupId(made),
        status=status,
    )
