from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast
from uuid import UUID

from attrs import define as _attrs_define

from ..models.way_through import WayThrough

if TYPE_CHECKING:
    from ..models.dossier_person import DossierPerson


T = TypeVar("T", bound="Way")


@_attrs_define
class Way:
    """One way by which a person reached the dossier; `until` is the first day without.

    Attributes:
        through (WayThrough):
        id (None | UUID):
        level (None | str):
        since (datetime.datetime | None):
        until (datetime.date | None):
        given_by (DossierPerson | None):
    """

    through: WayThrough
    id: None | UUID
    level: None | str
    since: datetime.datetime | None
    until: datetime.date | None
    given_by: DossierPerson | None

    def to_dict(self) -> dict[str, Any]:
        from ..models.dossier_person import DossierPerson  # noqa: PLC0415

        through = self.through.value

        id: None | str
        if isinstance(self.id, UUID):
            id = str(self.id)
        else:
            id = self.id

        level: None | str
        level = self.level

        since: None | str
        if isinstance(self.since, datetime.datetime):
            since = self.since.isoformat()
        else:
            since = self.since

        until: None | str
        if isinstance(self.until, datetime.date):
            until = self.until.isoformat()
        else:
            until = self.until

        given_by: dict[str, Any] | None
        if isinstance(self.given_by, DossierPerson):
            given_by = self.given_by.to_dict()
        else:
            given_by = self.given_by

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "through": through,
                "id": id,
                "level": level,
                "since": since,
                "until": until,
                "givenBy": given_by,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.dossier_person import DossierPerson  # noqa: PLC0415

        d = dict(src_dict)
        through = WayThrough(d.pop("through"))

        def _parse_id(data: object) -> None | UUID:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                id_type_0 = UUID(data)

                return id_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | UUID, data)

        id = _parse_id(d.pop("id"))

        def _parse_level(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        level = _parse_level(d.pop("level"))

        def _parse_since(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                since_type_0 = datetime.datetime.fromisoformat(data)

                return since_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        since = _parse_since(d.pop("since"))

        def _parse_until(data: object) -> datetime.date | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                until_type_0 = datetime.date.fromisoformat(data)

                return until_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.date | None, data)

        until = _parse_until(d.pop("until"))

        def _parse_given_by(data: object) -> DossierPerson | None:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                given_by_type_0 = DossierPerson.from_dict(data)

                return given_by_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(DossierPerson | None, data)

        given_by = _parse_given_by(d.pop("givenBy"))

        way = cls(
            through=through,
            id=id,
            level=level,
            since=since,
            until=until,
            given_by=given_by,
        )

        return way
