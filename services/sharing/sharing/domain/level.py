"""Levels: sets of rights that a grant gives, and that nobody gives without having them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from chassis.problems import Conflict, Invalid
from contracts.ids import AccountId, LevelId
from contracts.rights import ALL_RIGHTS, STANDARD_LEVELS
from contracts.sharing import LevelDefined


@dataclass(frozen=True)
class Level:
    """A named set of rights per section; four are standard, an account adds its own (SHR-10). It never changes."""

    id: LevelId
    account_id: AccountId | None = field(compare=False)
    code: str
    names: Mapping[str, str] = field(compare=False)
    rights: frozenset[str]

    @classmethod
    def define(
        cls, *, id: LevelId, account_id: AccountId, code: str, names: Mapping[str, str], rights: frozenset[str]
    ) -> tuple["Level", LevelDefined]:
        """A level of an account's own. Raises RightsUnknown, WriteWithoutRead, LevelCodeTaken for a standard code."""
        if not rights or not rights <= ALL_RIGHTS:
            raise RightsUnknown
        # What somebody changes is shown to him whole, so whoever writes must be allowed to read.
        blind = {right.replace(":write", ":read") for right in rights if right.endswith(":write")} - rights
        if blind:
            raise WriteWithoutRead(missing=sorted(blind))
        if code in {standard.code for standard in STANDARD_LEVELS}:
            raise LevelCodeTaken
        made = cls(id, account_id, code, names, rights)
        return made, LevelDefined(level_id=id, account_id=account_id, code=code, rights=rights)


STANDARD: Mapping[LevelId, Level] = {
    LevelId(level.id): Level(LevelId(level.id), None, level.code, names, level.rights)
    for level, names in zip(
        STANDARD_LEVELS,
        (
            {"nl": "Inzien", "en": "View"},
            {"nl": "Inzien en rapporteren", "en": "View and report"},
            {"nl": "Inzien en bewerken", "en": "View and edit"},
            {"nl": "Bewerken en leden beheren", "en": "Edit and manage members"},
        ),
        strict=True,
    )
}


def refuse_more_than_own(given: frozenset[str], own: frozenset[str]) -> None:
    """Nobody gives what he has not got himself (SHR-15): "no more than" means subset."""
    if not given <= own:
        raise LevelAboveOwn(missing=sorted(given - own))


class LevelAboveOwn(Conflict):
    """You cannot give more access than you have yourself. Choose a level without the rights that `missing` names."""

    nl = "U kunt niet meer toegang geven dan u zelf hebt. Kies een niveau zonder de rechten die bij `missing` staan."


class LevelUnknown(Conflict):
    """There is no such level of access. Choose one of the standard levels or one of your own organisation."""

    nl = "Dit toegangsniveau bestaat niet. Kies een van de vaste niveaus of een niveau van uw eigen organisatie."


class LevelCodeTaken(Conflict):
    """There is already a level with this code. Choose another code."""

    nl = "Er is al een niveau met deze code. Kies een andere code."


class WriteWithoutRead(Invalid):
    """Whoever writes in a section reads it as well. Add the rights that `missing` names."""

    nl = "Wie in een onderdeel schrijft, leest het ook. Voeg de rechten toe die bij `missing` staan."


class RightsUnknown(Invalid):
    """A level is one or more rights; every section can be read and written, `members` read and managed."""

    nl = "Een niveau is één of meer rechten; elk onderdeel kent lezen en schrijven, `members` lezen en beheren."
