"""The tables of documents' own truth and how aggregates map onto them."""

from typing import Any

from sqlalchemy import Boolean, Column, DateTime, Enum, Integer, MetaData, Table, Text
from sqlalchemy.dialects.postgresql import UUID
from sqlalchemy.orm import registry

from documents.domain.file import File, FileStatus
from documents.domain.mail import Mail, MailState

mapping = registry(metadata=MetaData(schema="public"))


def _word(kind: Any) -> Enum:
    """A StrEnum, kept as its word in a text column."""
    return Enum(kind, native_enum=False, create_constraint=False, values_callable=lambda k: [one.value for one in k])


mail = Table(
    "mail",
    mapping.metadata,
    Column("id", UUID, primary_key=True),
    Column("purpose", Text),
    Column("account_id", UUID),
    Column("caused_by", UUID),
    Column("recipient_id", UUID),
    Column("dossier_id", UUID),
    Column("grant_id", UUID),
    Column("job_id", UUID),
    Column("made_at", DateTime(timezone=True)),
    Column("state", _word(MailState)),
    Column("attempts", Integer),
    Column("reason", Text),
    Column("ended_at", DateTime(timezone=True)),
    Column("version", Integer),
)

# Who has no row wants to be told.
mail_preference = Table(
    "mail_preference",
    mapping.metadata,
    Column("user_id", UUID, primary_key=True),
    Column("mail_on_share", Boolean),
)

file = Table(
    "file",
    mapping.metadata,
    Column("id", UUID, primary_key=True),
    Column("dossier_id", UUID),
    Column("author_id", UUID),
    Column("made_at", DateTime(timezone=True)),
    Column("name", Text),
    Column("status", _word(FileStatus)),
    Column("kind", Text),
    Column("size", Integer),
    Column("digest", Text),
    Column("object_id", UUID),
    Column("removed_by", UUID),
    Column("removed_at", DateTime(timezone=True)),
    Column("version", Integer),
)

# When backups were restored.
restoration = Table("restoration", mapping.metadata, Column("at", DateTime(timezone=True), primary_key=True))

for kind, table in ((Mail, mail), (File, file)):
    mapping.map_imperatively(kind, table, version_id_col=table.c.version, version_id_generator=False)
