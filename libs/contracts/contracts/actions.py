"""Every action there is, once, with what it needs, and what each role may. The policy's data is printed from here.

`python -m contracts.actions > policies/data.json` writes the data; who meets a need is decided in Rego alone.
"""

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from contracts.rights import ALL_RIGHTS, MEDICAL_RIGHTS


class Permission(StrEnum):
    """What a user may do in his own account; given by his role."""

    ACCOUNT_READ = "account.read"
    ACCOUNT_CHANGE = "account.change"
    ACCOUNT_TRANSFER = "account.transfer"
    ACCOUNT_ERASE = "account.erase"
    USER_READ = "user.read"
    USER_MANAGE = "user.manage"
    USER_ERASE = "user.erase"
    USER_FIND = "user.find"
    SERVICE_ACCOUNT_MANAGE = "service_account.manage"
    CLIENT_GROUP_READ = "client_group.read"
    CLIENT_GROUP_MANAGE = "client_group.manage"
    CLIENT_REGISTER = "client.register"
    DOSSIER_ERASE = "dossier.erase"
    LEVEL_READ = "level.read"
    LEVEL_MANAGE = "level.manage"
    ACCESS_LOG_VERIFY = "access_log.verify"
    MEDICAL_AUTHORISE = "medical.authorise"
    JOB_READ = "job.read"
    MAIL_MANAGE = "mail.manage"


class Role(StrEnum):
    """What a user is in his account."""

    OWNER = "owner"
    ADMINISTRATOR = "administrator"
    MEMBER = "member"


ROLES: Final[Mapping[Role, frozenset[Permission]]] = {
    Role.OWNER: frozenset(Permission),
    Role.ADMINISTRATOR: frozenset(Permission)
    - {Permission.ACCOUNT_CHANGE, Permission.ACCOUNT_TRANSFER, Permission.ACCOUNT_ERASE},
    Role.MEMBER: frozenset(
        {
            Permission.ACCOUNT_READ,
            Permission.USER_READ,
            Permission.USER_FIND,
            Permission.CLIENT_GROUP_READ,
            Permission.CLIENT_REGISTER,
            Permission.LEVEL_READ,
        }
    ),
}

# These hold every right on every dossier and group of their own account, without being given access to a group.
ACCOUNT_WIDE: Final[frozenset[Role]] = frozenset({Role.OWNER, Role.ADMINISTRATOR})

_OPEN: Final = frozenset({"open"})
_KEPT: Final = frozenset({"open", "archived"})

# A deleted dossier is there for those actions alone that name it, and for its own account alone.
_RESTORABLE: Final = _KEPT | {"deleted"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """What an action asks of the actor; whatever is named must all be met, and at least one thing is named."""

    package: str
    """The policy that decides: `dossier`, `account`, `group` or `job`."""
    right: str | None = None
    """A right on the dossier or the group."""
    any_right: bool = False
    """Whichever right, as long as there is one."""
    permission: Permission | None = None
    """A permission in the actor's own account."""
    own: bool = False
    """The subject is the actor himself; of an action in an account, beside a permission: either will do."""
    own_account: bool = False
    """The dossier belongs to the actor's own account."""
    statuses: frozenset[str] = _KEPT
    """The statuses of the dossier or group in which it may happen."""


def _dossier(
    right: str,
    *,
    statuses: frozenset[str] = _KEPT,
    own_account: bool = False,
    permission: Permission | None = None,
) -> Needs:
    return Needs(package="dossier", right=right, statuses=statuses, own_account=own_account, permission=permission)


def _account(permission: Permission) -> Needs:
    return Needs(package="account", permission=permission)


_OWN: Final = Needs(package="account", own=True)

ACTIONS: Final[Mapping[str, Needs]] = {
    # on one dossier
    "dossier.read": Needs(package="dossier", any_right=True),
    "client.search": _dossier("profile:read"),
    "profile.read": _dossier("profile:read"),
    "profile.write": _dossier("profile:write", statuses=_OPEN),
    "report.read": _dossier("reports:read"),
    "report.write": _dossier("reports:write", statuses=_OPEN),
    "plan.read": _dossier("plan:read"),
    "plan.write": _dossier("plan:write", statuses=_OPEN),
    "task.read": _dossier("tasks:read"),
    "task.write": _dossier("tasks:write", statuses=_OPEN),
    "document.read": _dossier("documents:read"),
    "document.write": _dossier("documents:write", statuses=_OPEN),
    "file.list": _dossier("documents:read"),
    "file.read": _dossier("documents:read"),
    "file.download": _dossier("documents:read"),
    "file.add": _dossier("documents:write", statuses=_OPEN),
    "file.remove": _dossier("documents:write", statuses=_OPEN),
    "medical.read": _dossier("medical:read"),
    "medical.write": _dossier("medical:write", statuses=_OPEN),
    "member.read": _dossier("members:read"),
    "member_photo.read": _dossier("members:read"),
    "access.read": _dossier("members:read"),
    "access_log.read": _dossier("members:manage"),
    "dossier.archive": _dossier("members:manage"),
    "dossier.restore": _dossier("members:manage", statuses=_RESTORABLE),
    "dossier.delete": _dossier("members:manage", own_account=True),
    "dossier.erase": _dossier(
        "members:manage", own_account=True, permission=Permission.DOSSIER_ERASE, statuses=_RESTORABLE
    ),
    "dossier.move": _dossier("members:manage", own_account=True),
    "grant.read": _dossier("members:manage"),
    "grant.give": _dossier("members:manage", statuses=_OPEN),
    "grant.change": _dossier("members:manage", statuses=_OPEN),
    "grant.withdraw": _dossier("members:manage"),
    # in an account
    "account.read": _account(Permission.ACCOUNT_READ),
    "account.change": _account(Permission.ACCOUNT_CHANGE),
    "account.transfer": _account(Permission.ACCOUNT_TRANSFER),
    "account.erase": _account(Permission.ACCOUNT_ERASE),
    "user.read": _account(Permission.USER_READ),
    "user.find": _account(Permission.USER_FIND),
    "user.add": _account(Permission.USER_MANAGE),
    "user.change": _account(Permission.USER_MANAGE),
    "user.suspend": _account(Permission.USER_MANAGE),
    "user.resume": _account(Permission.USER_MANAGE),
    "user.remove": _account(Permission.USER_MANAGE),
    "user.erase": _account(Permission.USER_ERASE),
    "photo.read": _account(Permission.USER_READ),
    "photo.remove": Needs(package="account", permission=Permission.USER_MANAGE, own=True),
    "second_factor.reset": _account(Permission.USER_MANAGE),
    "medical.authorise": _account(Permission.MEDICAL_AUTHORISE),
    "service_account.read": _account(Permission.SERVICE_ACCOUNT_MANAGE),
    "service_account.add": _account(Permission.SERVICE_ACCOUNT_MANAGE),
    "service_account.change": _account(Permission.SERVICE_ACCOUNT_MANAGE),
    "service_account.rotate": _account(Permission.SERVICE_ACCOUNT_MANAGE),
    "service_account.suspend": _account(Permission.SERVICE_ACCOUNT_MANAGE),
    "service_account.resume": _account(Permission.SERVICE_ACCOUNT_MANAGE),
    "service_account.remove": _account(Permission.SERVICE_ACCOUNT_MANAGE),
    "client_group.read": _account(Permission.CLIENT_GROUP_READ),
    "client_group.manage": _account(Permission.CLIENT_GROUP_MANAGE),
    "client.register": _account(Permission.CLIENT_REGISTER),
    "deleted_dossier.read": _account(Permission.DOSSIER_ERASE),
    "level.read": _account(Permission.LEVEL_READ),
    "level.manage": _account(Permission.LEVEL_MANAGE),
    "access_log.verify": _account(Permission.ACCESS_LOG_VERIFY),
    "mail.read": _account(Permission.MAIL_MANAGE),
    "mail.retry": _account(Permission.MAIL_MANAGE),
    # about oneself
    "self.read": _OWN,
    "self.change": _OWN,
    "email.change": _OWN,
    "second_factor.set": _OWN,
    "second_factor.renew": _OWN,
    "second_factor.remove": _OWN,
    "photo.set": _OWN,
    "grant.list": _OWN,
    "grant.leave": _OWN,
    "mail.own": _OWN,
    # on one group of clients
    "group.read": Needs(package="group", any_right=True),
    "group.register_client": Needs(
        package="group", permission=Permission.CLIENT_REGISTER, right="profile:write", statuses=_OPEN
    ),
    "group.manage": Needs(package="group", permission=Permission.CLIENT_GROUP_MANAGE),
    # on one job: one's own without the permission
    "job.read": Needs(package="job", permission=Permission.JOB_READ),
}


def policy_data() -> dict[str, object]:
    """What the policies know beforehand, as plain JSON: the tables above, sorted, under the one name `keten`.

    `counting` holds the rights that count for a reader without (`general`) and with (`medical`) an authorisation.
    """
    return {
        "keten": {
            "account_wide": sorted(ACCOUNT_WIDE),
            "actions": {action: _as_data(needs) for action, needs in sorted(ACTIONS.items())},
            "counting": {
                "general": dict.fromkeys(sorted(ALL_RIGHTS - MEDICAL_RIGHTS), True),
                "medical": dict.fromkeys(sorted(ALL_RIGHTS), True),
            },
            "roles": {role: sorted(permissions) for role, permissions in sorted(ROLES.items())},
        }
    }


def _as_data(needs: Needs) -> dict[str, object]:
    """Every member stands in the data, so that no rule leans on one that is absent; nothing needed is null."""
    return {
        "any_right": needs.any_right,
        "own": needs.own,
        "own_account": needs.own_account,
        "package": needs.package,
        "permission": needs.permission,
        "right": needs.right,
        "statuses": sorted(needs.statuses),
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(policy_data(), indent=2) + "\n")
