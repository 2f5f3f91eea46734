from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast
from uuid import UUID

from attrs import define as _attrs_define

from ..models.dossier_status import DossierStatus

if TYPE_CHECKING:
    from ..models.dossier_answer_rights import DossierAnswerRights
    from ..models.dossier_answer_why_item import DossierAnswerWhyItem
    from ..models.sections import Sections


T = TypeVar("T", bound="DossierAnswer")


@_attrs_define
class DossierAnswer:
    """A dossier as this reader has it: `rights` per section, by which levels, and `why`.

    Attributes:
        id (UUID):
        client_id (UUID):
        group_id (None | UUID):
        status (DossierStatus): Whether a dossier can be written; an archived one can only be read.
        account_id (UUID):
        organisation (None | str):
        received (bool):
        levels (list[str]):
        rights (DossierAnswerRights):
        sections (Sections): What the reader may read; null is a section that is not open to him.
        why (list[DossierAnswerWhyItem]):
        version (int):
    """

    id: UUID
    client_id: UUID
    group_id: None | UUID
    status: DossierStatus
    account_id: UUID
    organisation: None | str
    received: bool
    levels: list[str]
    rights: DossierAnswerRights
    sections: Sections
    why: list[DossierAnswerWhyItem]
    version: int

    def to_dict(self) -> dict[str, Any]:
        id = str(self.id)

        client_id = str(self.client_id)

        group_id: None | str
        if isinstance(self.group_id, UUID):
            group_id = str(self.group_id)
        else:
            group_id = self.group_id

        status = self.status.value

        account_id = str(self.account_id)

        organisation: None | str
        organisation = self.organisation

        received = self.received

        levels = self.levels

        rights = self.rights.to_dict()

        sections = self.sections.to_dict()

        why = []
        for why_item_data in self.why:
            why_item = why_item_data.to_dict()
            why.append(why_item)

        version = self.version

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "id": id,
                "clientId": client_id,
                "groupId": group_id,
                "status": status,
                "accountId": account_id,
                "organisation": organisation,
                "received": received,
                "levels": levels,
                "rights": rights,
                "sections": sections,
                "why": why,
                "version": version,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.dossier_answer_rights import DossierAnswerRights  # noqa: PLC0415
        from ..models.dossier_answer_why_item import DossierAnswerWhyItem  # noqa: PLC0415
        from ..models.sections import Sections  # noqa: PLC0415

        d = dict(src_dict)
        id = UUID(d.pop("id"))

        client_id = UUID(d.pop("clientId"))

        def _parse_group_id(data: object) -> None | UUID:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                group_id_type_0 = UUID(data)

                return group_id_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | UUID, data)

        group_id = _parse_group_id(d.pop("groupId"))

        status = DossierStatus(d.pop("status"))

        account_id = UUID(d.pop("accountId"))

        def _parse_organisation(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        organisation = _parse_organisation(d.pop("organisation"))

        received = d.pop("received")

        levels = cast(list[str], d.pop("levels"))

        rights = DossierAnswerRights.from_dict(d.pop("rights"))

        sections = Sections.from_dict(d.pop("sections"))

        why = []
        _why = d.pop("why")
        for why_item_data in _why:
            why_item = DossierAnswerWhyItem.from_dict(why_item_data)

            why.append(why_item)

        version = d.pop("version")

        dossier_answer = cls(
            id=id,
            client_id=client_id,
            group_id=group_id,
            status=status,
            account_id=account_id,
            organisation=organisation,
            received=received,
            levels=levels,
            rights=rights,
            sections=sections,
            why=why,
            version=version,
        )

        return dossier_answer
