from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast
from uuid import UUID

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.dossier_person import DossierPerson


T = TypeVar("T", bound="DeletedDossier")


@_attrs_define
class DeletedDossier:
    """A dossier that is there for nobody. `keptUntil` is the first day on which the law lets it be erased without its
    person's asking.

        Attributes:
            dossier_id (UUID):
            client_id (UUID):
            name (str):
            initials (str):
            deleted_at (datetime.datetime):
            deleted_by (DossierPerson | None):
            kept_until (datetime.date):
            version (int):
    """

    dossier_id: UUID
    client_id: UUID
    name: str
    initials: str
    deleted_at: datetime.datetime
    deleted_by: DossierPerson | None
    kept_until: datetime.date
    version: int

    def to_dict(self) -> dict[str, Any]:
        from ..models.dossier_person import DossierPerson  # noqa: PLC0415

        dossier_id = str(self.dossier_id)

        client_id = str(self.client_id)

        name = self.name

        initials = self.initials

        deleted_at = self.deleted_at.isoformat()

        deleted_by: dict[str, Any] | None
        if isinstance(self.deleted_by, DossierPerson):
            deleted_by = self.deleted_by.to_dict()
        else:
            deleted_by = self.deleted_by

        kept_until = self.kept_until.isoformat()

        version = self.version

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "dossierId": dossier_id,
                "clientId": client_id,
                "name": name,
                "initials": initials,
                "deletedAt": deleted_at,
                "deletedBy": deleted_by,
                "keptUntil": kept_until,
                "version": version,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.dossier_person import DossierPerson  # noqa: PLC0415

        d = dict(src_dict)
        dossier_id = UUID(d.pop("dossierId"))

        client_id = UUID(d.pop("clientId"))

        name = d.pop("name")

        initials = d.pop("initials")

        deleted_at = datetime.datetime.fromisoformat(d.pop("deletedAt"))

        def _parse_deleted_by(data: object) -> DossierPerson | None:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                deleted_by_type_0 = DossierPerson.from_dict(data)

                return deleted_by_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(DossierPerson | None, data)

        deleted_by = _parse_deleted_by(d.pop("deletedBy"))

        kept_until = datetime.date.fromisoformat(d.pop("keptUntil"))

        version = d.pop("version")

        deleted_dossier = cls(
            dossier_id=dossier_id,
            client_id=client_id,
            name=name,
            initials=initials,
            deleted_at=deleted_at,
            deleted_by=deleted_by,
            kept_until=kept_until,
            version=version,
        )

        return deleted_dossier
