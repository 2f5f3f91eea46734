"""What people and organisations are called, also when nobody knows any more: whoever was erased has a row without a name."""

from sqlalchemy import ColumnElement, FromClause, and_, case, literal

from chassis.problems import Language
from contracts.names import ERASED_ORGANISATION, ERASED_PERSON


def person_name(of: FromClause, language: Language) -> ColumnElement[str | None]:
    """The name in a row of `person`; null of whom nothing was heard yet."""
    return _name(of, ERASED_PERSON[language])


def organisation_name(of: FromClause, language: Language) -> ColumnElement[str | None]:
    """The name in a row of `account`; null of which nothing was heard yet."""
    return _name(of, ERASED_ORGANISATION[language])


def _name(of: FromClause, erased: str) -> ColumnElement[str | None]:
    was_erased = and_(of.c.name.is_(None), of.c.profile_version > 0)
    return case((was_erased, literal(erased)), else_=of.c.name)
