from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast
from uuid import UUID

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.dossier_person import DossierPerson


T = TypeVar("T", bound="GroupAccessAnswer")


@_attrs_define
class GroupAccessAnswer:
    """How one user of the account reaches the clients of a group.

    Attributes:
        user (DossierPerson): Who somebody is to others: his initials stand in for a photo, his organisation shows who
            is external (SHR-17).
        level_id (UUID):
        level (None | str):
        rights (list[str]):
    """

    user: DossierPerson
    level_id: UUID
    level: None | str
    rights: list[str]

    def to_dict(self) -> dict[str, Any]:
        user = self.user.to_dict()

        level_id = str(self.level_id)

        level: None | str
        level = self.level

        rights = self.rights

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "user": user,
                "levelId": level_id,
                "level": level,
                "rights": rights,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.dossier_person import DossierPerson  # noqa: PLC0415

        d = dict(src_dict)
        user = DossierPerson.from_dict(d.pop("user"))

        level_id = UUID(d.pop("levelId"))

        def _parse_level(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        level = _parse_level(d.pop("level"))

        rights = cast(list[str], d.pop("rights"))

        group_access_answer = cls(
            user=user,
            level_id=level_id,
            level=level,
            rights=rights,
        )

        return group_access_answer
