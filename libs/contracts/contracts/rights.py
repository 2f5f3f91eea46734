"""Rights on a dossier: sections, verbs and the four standard levels. Only names and sets; who holds what is policy."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from uuid import UUID


class Section(StrEnum):
    """A part of a dossier that is opened or kept shut as a whole."""

    PROFILE = "profile"
    REPORTS = "reports"
    PLAN = "plan"
    TASKS = "tasks"
    DOCUMENTS = "documents"
    MEDICAL = "medical"
    MEMBERS = "members"


class Verb(StrEnum):
    """What a right lets its holder do with a section."""

    READ = "read"
    WRITE = "write"
    MANAGE = "manage"


def right(section: Section, verb: Verb) -> str:
    """The right as it is written everywhere: `reports:write`."""
    return f"{section}:{verb}"


def section_of(name: str) -> Section:
    """The section a right is about; ValueError for what is not a right."""
    if name not in ALL_RIGHTS:
        raise ValueError(f"not a right: {name}")
    return Section(name.partition(":")[0])


# Members are read or managed; there is nothing in that section to write.
_VERBS: Final[Mapping[Section, tuple[Verb, ...]]] = {
    section: (Verb.READ, Verb.MANAGE) if section is Section.MEMBERS else (Verb.READ, Verb.WRITE) for section in Section
}

ALL_RIGHTS: Final[frozenset[str]] = frozenset(right(section, verb) for section in Section for verb in _VERBS[section])

# Kept from whoever lacks a medical authorisation of his own, whatever a level or a role gives him (ALL-1).
MEDICAL_RIGHTS: Final[frozenset[str]] = frozenset(right(Section.MEDICAL, verb) for verb in _VERBS[Section.MEDICAL])


@dataclass(frozen=True, slots=True)
class Level:
    """A named set of rights that a grant refers to; "no more than" means subset."""

    id: UUID
    code: str
    rights: frozenset[str]


_VIEW: Final = frozenset(right(section, Verb.READ) for section in Section if section is not Section.MEDICAL)
_REPORT: Final = _VIEW | {right(Section.REPORTS, Verb.WRITE)}
_EDIT: Final = _REPORT | {
    right(section, Verb.WRITE) for section in (Section.PROFILE, Section.PLAN, Section.TASKS, Section.DOCUMENTS)
}
_MANAGE: Final = _EDIT | {right(Section.MEMBERS, Verb.MANAGE)}

# SHR-10: the four types of access. Their ids are fixed, so that every installation means the same by them.
STANDARD_LEVELS: Final[tuple[Level, ...]] = (
    Level(UUID("0197a000-0000-7000-8000-000000000001"), "view", _VIEW),
    Level(UUID("0197a000-0000-7000-8000-000000000002"), "report", _REPORT),
    Level(UUID("0197a000-0000-7000-8000-000000000003"), "edit", _EDIT),
    Level(UUID("0197a000-0000-7000-8000-000000000004"), "manage", _MANAGE),
)
