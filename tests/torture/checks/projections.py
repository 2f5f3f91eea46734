"""The projections of every service that keeps them, against the fold: who is who, and who reaches what."""

from collections.abc import Set
from typing import Any, Final

from tests.torture.checks.comparing import Rows, accounts, by_id, compared
from tests.torture.model import LIVE, Grant, Model
from tests.torture.shape import Shape
from tests.torture.story import Difference

KEEPERS: Final = ("dossier", "sharing", "documents")


async def check_projections(shape: Shape, model: Model, *, before: Set[str]) -> list[Difference]:
    """What was on the log `before` the story is not of it."""
    found = []
    for service in KEEPERS:
        for table, expected in _expected(model).items():
            rows = await shape.rows(service, _SQL[table].format(ours=accounts(model)))
            found += compared(f"projection {table} of {service}", model, expected, by_id(rows))
        found += await _parked(shape, service, before)
    return found


async def _parked(shape: Shape, service: str, before: Set[str]) -> list[Difference]:
    parked = await shape.rows(service, "select event_id, key, type, reason from projection.dead_letter")
    return [
        Difference(f"dead letters of {service}", row["key"], f"{row['type']}: {row['reason']}")
        for row in parked
        if row["event_id"] not in before
    ]


def _expected(model: Model) -> dict[str, Rows]:
    return {
        "account": _accounts(model),
        "person": _people(model),
        "level": _levels(model),
        "dossier_access": _dossiers(model),
        "group_access": _accesses(model),
        "grant_access": {grant.id: _grant(model, grant) for grant in model.grants.values()},
        "fact_history": _histories(model),
    }


def _accounts(model: Model) -> Rows:
    return {one.id: {"owner_id": model.users[one.owner].id, "name": one.title} for one in model.accounts.values()}


def _people(model: Model) -> Rows:
    return {
        user.id: {
            "role": user.role,
            "status": user.status,
            "medical": user.medical,
            "name": user.called,
            "language": user.language,
            "has_photo": user.has_photo,
        }
        for user in model.users.values()
    }


def _levels(model: Model) -> Rows:
    own = [level for level in model.levels.values() if level.account is not None]
    return {level.id: {"code": level.code, "rights": sorted(level.rights)} for level in own}


def _dossiers(model: Model) -> Rows:
    return {
        one.id: {
            "client_id": one.client_id,
            "group_id": model.groups[one.group].id,
            "status": one.status,
            "version": one.version,
        }
        for one in model.dossiers.values()
    }


def _accesses(model: Model) -> Rows:
    """By group and user: what an access is called is its service's own."""
    return {
        f"{model.groups[one.group].id}|{model.users[one.user].id}": {
            "level_id": model.levels[one.level].id,
            "rights": sorted(model.levels[one.level].rights),
            "status": one.status,
            "version": one.version,
        }
        for one in model.accesses.values()
    }


def _grant(model: Model, grant: Grant) -> dict[str, Any]:
    rights = sorted(model.levels[grant.level].rights)
    until = grant.until.isoformat() if grant.until else None
    return {
        "dossier_id": model.dossiers[grant.dossier].id,
        "recipient_id": model.users[grant.recipient].id,
        "given_by": model.users[grant.given_by].id,
        "level_id": model.levels[grant.level].id,
        "rights": rights,
        "until": until,
        "status": grant.status,
        "version": grant.version,
        "effective_rights": rights if grant.status == LIVE else [],
        "effective_until": until,
    }


def _histories(model: Model) -> Rows:
    """Every version of a fact, once."""
    versions = {one.id: one.version for one in model.dossiers.values()}
    versions |= {one.id: one.version for one in model.grants.values()}
    return {id: {"versions": list(range(1, version + 1))} for id, version in versions.items()}


_SQL: Final = {
    "account": "select id, owner_id, name from projection.account where id in ({ours})",
    "person": "select id, role, status, medical, name, language, photo_id is not null as has_photo"
    " from projection.person where account_id in ({ours})",
    "level": "select id, code, rights from projection.level where account_id in ({ours})",
    "dossier_access": "select dossier_id as id, client_id, group_id, status, version from projection.dossier_access"
    " where account_id in ({ours})",
    "group_access": "select group_id || '|' || user_id as id, level_id, rights, status, version"
    " from projection.group_access where account_id in ({ours})",
    "grant_access": "select id, dossier_id, recipient_id, given_by, level_id, rights, until, status, version,"
    " effective_rights, effective_until from projection.grant_access where account_id in ({ours})",
    "fact_history": "select h.id, jsonb_agg(h.version order by h.version) as versions from projection.fact_history h"
    " where h.kind in ('dossier', 'grant') and h.scope_id in (select dossier_id from projection.dossier_access"
    " where account_id in ({ours})) group by h.id",
}
