"""The tables of the dossier service and how its aggregates are kept in them."""

from typing import Any

from sqlalchemy import Boolean, Column, ColumnElement, Date, DateTime, Enum, Integer, MetaData, Table, Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID
from sqlalchemy.orm import registry, relationship

from contracts.dossier import ErasureGround
from dossier.domain.client import Client
from dossier.domain.dossier import Dossier, Status
from dossier.domain.entry import Entry
from dossier.domain.group import AccessStatus, ClientGroup, GroupAccess, GroupStatus
from dossier.domain.note import Document, MedicalNote, Note
from dossier.domain.plan import ActionState, Goal, GoalAction, GoalState
from dossier.domain.report import Report, ReportEdit
from dossier.domain.task import Task

mapping = registry(metadata=MetaData(schema="public"))

# Tables that hold what is written in dossiers: row-level security is forced on each.
CONTENT = ("client", "report", "report_edit", "goal", "goal_action", "task", "note")


def _word(kind: Any) -> Enum:
    """A StrEnum, kept as its word in a text column."""
    return Enum(kind, native_enum=False, create_constraint=False, values_callable=lambda k: [one.value for one in k])


def _table(name: str, *columns: Column[Any]) -> Table:
    return Table(name, mapping.metadata, *columns)


def _entries(name: str, *columns: Column[Any]) -> Table:
    return _table(
        name,
        Column("id", UUID, primary_key=True),
        Column("dossier_id", UUID),
        Column("author_id", UUID),
        Column("written_at", DateTime(timezone=True)),
        Column("editor_id", UUID),
        Column("edited_at", DateTime(timezone=True)),
        Column("version", Integer),
        *columns,
    )


client_group = _table(
    "client_group",
    Column("id", UUID, primary_key=True),
    Column("account_id", UUID),
    Column("name", Text),
    Column("name_key", Text),
    Column("status", _word(GroupStatus)),
    Column("version", Integer),
)

# The truth that this service states as group access facts; `group_access` is the projection of them.
access_to_group = _table(
    "access_to_group",
    Column("id", UUID, primary_key=True),
    Column("group_id", UUID),
    Column("account_id", UUID),
    Column("user_id", UUID),
    Column("level_id", UUID),
    Column("rights", ARRAY(Text)),
    Column("status", _word(AccessStatus)),
    Column("version", Integer),
)

dossier = _table(
    "dossier",
    Column("id", UUID, primary_key=True),
    Column("client_id", UUID),
    Column("account_id", UUID),
    Column("group_id", UUID),
    Column("status", _word(Status)),
    Column("version", Integer),
    Column("changed_on", Date),
    Column("deleted_at", DateTime(timezone=True)),
    Column("deleted_by", UUID),
    Column("erased_at", DateTime(timezone=True)),
    Column("ground", _word(ErasureGround)),
)

# How long what must be kept, and by which law.
retention = _table("retention", Column("what", Text, primary_key=True), Column("years", Integer), Column("law", Text))

client = _entries(
    "client",
    Column("account_id", UUID),
    Column("given_name", Text),
    Column("infix", Text),
    Column("family_name", Text),
    Column("birth_date", Date),
    Column("email", Text),
    Column("phone", Text),
    Column("street", Text),
    Column("house_number", Text),
    Column("postal_code", Text),
    Column("city", Text),
    Column("initials", Text),
    Column("sort_key", Text),
    Column("search_key", Text),
)

report = _entries("report", Column("at", DateTime(timezone=True)), Column("text", Text))

report_edit = _table(
    "report_edit",
    Column("report_id", UUID, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("dossier_id", UUID),
    Column("text", Text),
    Column("editor_id", UUID),
    Column("edited_at", DateTime(timezone=True)),
)

goal = _entries("goal", Column("title", Text), Column("description", Text), Column("state", _word(GoalState)))

goal_action = _entries(
    "goal_action", Column("goal_id", UUID), Column("title", Text), Column("state", _word(ActionState))
)

task = _entries(
    "task", Column("title", Text), Column("due_date", Date), Column("assignee_id", UUID), Column("done", Boolean)
)

note = _entries("note", Column("section", Text), Column("title", Text), Column("text", Text))

# Lines that other services shipped; a projection, so its schema is that of the connection's search_path.
access_log_shipped = Table(
    "access_log_shipped",
    MetaData(),
    Column("id", UUID, primary_key=True),
    Column("at", DateTime(timezone=True)),
    Column("service", Text),
    Column("actor_id", UUID),
    Column("account_id", UUID),
    Column("client", Text),
    Column("on_behalf_of", UUID),
    Column("subject_id", UUID),
    Column("action", Text),
    Column("outcome", Text),
    Column("reasons", JSONB),
    Column("emergency", Boolean),
)

KINDS: dict[type[Any], Table] = {
    ClientGroup: client_group,
    GroupAccess: access_to_group,
    Dossier: dossier,
    Client: client,
    Report: report,
    Goal: goal,
    GoalAction: goal_action,
    Task: task,
}


def table_of(kind: type[Entry]) -> Table:
    """Where entries of a kind are kept."""
    return note if issubclass(kind, Note) else KINDS[kind]


def _map() -> None:
    more: dict[type[Any], Any] = {
        Report: {"edits": _belonging(ReportEdit, report.c.id == report_edit.c.report_id, report_edit.c.version.desc())},
        Goal: {"actions": _belonging(GoalAction, goal.c.id == goal_action.c.goal_id, goal_action.c.id)},
    }
    for kind, table in KINDS.items():
        mapping.map_imperatively(kind, table, properties=more.get(kind, {}), **_versioned(table))
    mapping.map_imperatively(ReportEdit, report_edit)
    by_section = {"section_name": note.c.section}
    mapping.map_imperatively(Note, note, polymorphic_on=note.c.section, properties=by_section, **_versioned(note))
    for section in (Document, MedicalNote):
        mapping.map_imperatively(section, inherits=Note, polymorphic_identity=section.section.value)


def _versioned(table: Table) -> dict[str, Any]:
    """A change carries the version it was made on; a lost race is told by the edge."""
    return {"version_id_col": table.c.version, "version_id_generator": False}


def _belonging(kind: type[Any], on: ColumnElement[bool], order: Any) -> Any:
    """Loaded with its owner, in one more query for all of a page."""
    return relationship(kind, primaryjoin=on, foreign_keys=[on.right], order_by=order, lazy="selectin")


_map()
