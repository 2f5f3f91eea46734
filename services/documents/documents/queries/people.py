"""Who somebody is to others, beside whatever names him by id."""

from typing import Any
from uuid import UUID

from sqlalchemy import Select

from access.names import organisation_name, person_name
from access.tables import account, person
from chassis.models import Model
from chassis.problems import Language


class Person(Model):
    """A person as others see him."""

    user_id: UUID
    name: str
    initials: str
    organisation: str


class Named:
    """One person of a row: his columns begin with `prefix`."""

    def __init__(self, prefix: str, language: Language) -> None:
        self._who, self._account = person.alias(prefix), account.alias(f"{prefix}_account")
        self.columns = [
            person_name(self._who, language).label(f"{prefix}_name"),
            self._who.c.initials.label(f"{prefix}_initials"),
            organisation_name(self._account, language).label(f"{prefix}_organisation"),
        ]

    def beside(self, asked: Select[Any], user_id: Any) -> Select[Any]:
        """What is asked, with this person joined on his id."""
        joined = asked.outerjoin(self._who, self._who.c.id == user_id)
        return joined.outerjoin(self._account, self._account.c.id == self._who.c.account_id)


def person_of(row: Any, user_id: UUID, prefix: str) -> Person:
    """Of whom nothing is known yet the name is an ellipsis."""
    told = {name: getattr(row, f"{prefix}_{name}") or "…" for name in ("name", "initials", "organisation")}
    return Person(user_id=user_id, **told)
