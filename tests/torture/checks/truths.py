"""What each service holds as the truth, against the fold: that answered writes are there, once, and nothing besides."""

from typing import Any, Final

from tests.torture.checks.comparing import Rows, accounts, by_id, compared, ids
from tests.torture.model import Model
from tests.torture.shape import Shape
from tests.torture.story import Difference

_REPORTS, _GOALS, _ACTIONS, _TASKS = "reports", "goals", "actions", "tasks"
_NOTES: Final = ("documents", "medical")

# The table and the member that says something, of each section.
_ENTRIES: Final = {
    _REPORTS: ("report", "text"),
    _GOALS: ("goal", "title"),
    _ACTIONS: ("goal_action", "title"),
    _TASKS: ("task", "title"),
    "notes": ("note", "text"),
}


async def check_truths(shape: Shape, model: Model) -> list[Difference]:
    found = await _of(shape, model, "identity", "users", _users(model), _USERS)
    found += await _of(shape, model, "dossier", "client groups", _groups(model), _GROUPS)
    found += await _of(shape, model, "dossier", "profiles", _profiles(model), _PROFILES)
    found += await _of(shape, model, "sharing", "grants", _grants(model), _GRANTS)
    found += await _of(shape, model, "documents", "files", _files(model), _FILES)
    for section, (table, says) in _ENTRIES.items():
        edits = "(select count(*) from public.report_edit e where e.report_id = t.id)" if table == "report" else "0"
        sql = f"select id, author_id, {says} as said, version, {edits} as edits from public.{table} t"
        found += await _of(
            shape, model, "dossier", section, _entries(model, section), f"{sql} where dossier_id in ({{dossiers}})"
        )
    return found


async def _of(shape: Shape, model: Model, service: str, what: str, expected: Rows, sql: str) -> list[Difference]:
    dossiers = ids(one.id for one in model.dossiers.values())
    rows = await shape.rows(service, sql.format(ours=accounts(model), dossiers=dossiers))
    return compared(f"{what} in {service}", model, expected, by_id(rows))


def _users(model: Model) -> Rows:
    return {
        user.id: {
            "role": user.role,
            "status": user.status,
            "medical": user.medical,
            "name": user.called,
            "has_photo": user.has_photo,
        }
        for user in model.users.values()
    }


def _groups(model: Model) -> Rows:
    there = model.groups.values()
    return {one.id: {"name": one.called, "status": one.status, "version": one.version} for one in there}


def _profiles(model: Model) -> Rows:
    return {
        one.client_id: {
            "dossier_id": one.id,
            "given_name": one.profile["givenName"],
            "family_name": one.profile["familyName"],
            "phone": one.profile.get("phone"),
            "version": one.profile_version,
        }
        for one in model.dossiers.values()
    }


def _grants(model: Model) -> Rows:
    return {
        one.id: {
            "level_id": model.levels[one.level].id,
            "until": one.until.isoformat() if one.until else None,
            "status": one.status,
            "version": one.version,
        }
        for one in model.grants.values()
    }


def _files(model: Model) -> Rows:
    status = {1: "awaited", 2: "kept", 3: "removed"}
    return {
        one.id: {
            "dossier_id": model.dossiers[one.dossier].id,
            "status": status[one.version],
            "size": len(one.content) if one.version > 1 else None,
        }
        for one in model.files.values()
    }


def _entries(model: Model, section: str) -> Rows:
    sections, says = _NOTES if section == "notes" else (section,), _ENTRIES[section][1]
    there = [entry for entry in model.entries.values() if entry.section in sections]
    return {entry.id: _entry(model, entry.name, says) for entry in there}


def _entry(model: Model, name: str, says: str) -> dict[str, Any]:
    entry = model.entries[name]
    return {
        "author_id": model.users[entry.author].id,
        "said": entry.content[says],
        "version": entry.version,
        # What a report said before is kept.
        "edits": entry.version - 1 if entry.section == _REPORTS else 0,
    }


_USERS: Final = (
    "select id, role, status, medical, name, photo_id is not null as has_photo from public.app_user"
    " where account_id in ({ours})"
)
_GROUPS: Final = "select id, name, status, version from public.client_group where account_id in ({ours})"
_PROFILES: Final = (
    "select id, dossier_id, given_name, family_name, phone, version from public.client where account_id in ({ours})"
)
_GRANTS: Final = "select id, level_id, until, status, version from public.dossier_grant where account_id in ({ours})"
_FILES: Final = "select id, dossier_id, status, size from public.file where dossier_id in ({dossiers})"
