"""The tables of sharing's own truth and how aggregates map onto them."""

from sqlalchemy import BigInteger, Column, Date, DateTime, Table, Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID
from sqlalchemy.orm import registry
from sqlalchemy.types import TypeDecorator

from contracts.sharing import GrantStatus, Onward
from sharing.domain.grant import Grant, LegalBasis

mapping = registry()


class RightSet(TypeDecorator[frozenset[str]]):
    """A set of rights, kept as a sorted array."""

    impl = ARRAY(Text)
    cache_ok = True

    def process_bind_param(self, value: frozenset[str] | None, dialect: object) -> list[str] | None:
        return None if value is None else sorted(value)

    def process_result_value(self, value: list[str] | None, dialect: object) -> frozenset[str] | None:
        return None if value is None else frozenset(value)


class Word(TypeDecorator[str]):
    """One of an enumeration's words, kept as text."""

    impl = Text
    cache_ok = True

    def __init__(self, kind: type[GrantStatus] | type[Onward] | type[LegalBasis]) -> None:
        super().__init__()
        self.kind = kind

    def process_bind_param(self, value: str | None, dialect: object) -> str | None:
        return None if value is None else str(value)

    def process_result_value(self, value: str | None, dialect: object) -> str | None:
        return None if value is None else self.kind(value)


level = Table(
    "level",
    mapping.metadata,
    Column("id", UUID, primary_key=True),
    Column("account_id", UUID),
    Column("code", Text),
    Column("names", JSONB),
    Column("rights", RightSet),
    schema="public",
)

dossier_grant = Table(
    "dossier_grant",
    mapping.metadata,
    Column("id", UUID, primary_key=True),
    Column("dossier_id", UUID),
    Column("account_id", UUID),
    Column("recipient_id", UUID),
    Column("recipient_account_id", UUID),
    Column("given_by", UUID),
    Column("parent_id", UUID),
    Column("level_id", UUID),
    Column("level_code", Text),
    Column("rights", RightSet),
    Column("until", Date),
    Column("onward", Word(Onward)),
    Column("purpose", Text),
    Column("legal_basis", Word(LegalBasis)),
    Column("consent_reference", Text),
    Column("status", Word(GrantStatus)),
    Column("given_at", DateTime(timezone=True)),
    Column("ended_at", DateTime(timezone=True)),
    Column("ended_by", UUID),
    Column("version", BigInteger),
    schema="public",
)

mapping.map_imperatively(
    Grant, dossier_grant, version_id_col=dossier_grant.c.version, version_id_generator=False, eager_defaults=False
)
