"""The resolution rule of the requirements, in Python: what a person's rights on a dossier are, and so whether an action is
allowed or how it is refused. Written apart from the policies, to be held against them."""

from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from contracts.actions import ACCOUNT_WIDE, ACTIONS, ROLES, Role
from contracts.rights import ALL_RIGHTS, MEDICAL_RIGHTS
from tests.torture.model import ACTIVE, LIVE, Dossier, Grant, Group, Model, User

_AMSTERDAM: Final = ZoneInfo("Europe/Amsterdam")


def today() -> date:
    return datetime.now(_AMSTERDAM).date()


def rights(model: Model, user: User, dossier: Dossier) -> frozenset[str]:
    """The union over the own account's ways and the live grants; medical ones with an authorisation of one's own."""
    if user.status != ACTIVE:
        return frozenset()
    given = own_rights(model, user, dossier.account, dossier.group)
    for grant in model.grants.values():
        if grant.dossier == dossier.name and grant.recipient == user.name and is_open(grant):
            given |= model.levels[grant.level].rights
    return given & _counting(user)


def own_rights(model: Model, user: User, account: str, group: str) -> frozenset[str]:
    """What role and groups give in one's own account, medical rights included."""
    if user.account != account:
        return frozenset()
    if user.role in ACCOUNT_WIDE:
        return ALL_RIGHTS
    access = model.accesses.get((group, user.name))
    return model.levels[access.level].rights if access is not None and access.status == LIVE else frozenset()


def is_open(grant: Grant) -> bool:
    return grant.status == LIVE and (grant.until is None or today() < grant.until)


def passable(model: Model, user: User, dossier: Dossier) -> frozenset[str]:
    """What he may pass on: what he has as one of the owning account, and nothing of what was shared with him."""
    return own_rights(model, user, dossier.account, dossier.group) & _counting(user)


def on_dossier(
    model: Model, user: User, action: str, dossier: Dossier, *, missing: str = "dossier-unknown"
) -> str | None:
    """None when he may, else the problem that he is told."""
    needs, held = ACTIONS[action], rights(model, user, dossier)
    if not held:
        return missing
    suffices = needs.any_right or needs.right in held
    fits_account = not needs.own_account or user.account == dossier.account
    if not suffices or not fits_account:
        return "forbidden"
    return None if dossier.status in needs.statuses else "dossier-is-archived"


def on_group(model: Model, user: User, action: str, group: Group) -> str | None:
    needs = ACTIONS[action]
    held = own_rights(model, user, group.account, group.name) & _counting(user)
    if not held:
        return "group-unknown"
    permitted = needs.permission is None or needs.permission in ROLES[Role(user.role)]
    suffices = needs.right is None or needs.right in held
    return None if permitted and suffices else "forbidden"


def on_account(user: User, action: str, account: str, *, missing: str = "account-unknown") -> str | None:
    """By his role in his own account."""
    if user.account != account:
        return missing
    return None if ACTIONS[action].permission in ROLES[Role(user.role)] else "forbidden"


def _counting(user: User) -> frozenset[str]:
    return ALL_RIGHTS if user.medical else ALL_RIGHTS - MEDICAL_RIGHTS
