from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar, cast
from uuid import UUID

from attrs import define as _attrs_define

from ..models.legal_basis import LegalBasis
from ..types import UNSET, Unset

T = TypeVar("T", bound="GrantChange")


@_attrs_define
class GrantChange:
    """Other terms. What is left out stays as it is; null takes the consent reference or the end date away.

    Attributes:
        level_id (UUID | Unset):
        purpose (str | Unset):
        legal_basis (LegalBasis | Unset): Why sharing is lawful (SHR-16; GDPR art. 6 and 9, Wgbo).
        consent_reference (None | str | Unset):
        until (datetime.date | None | Unset):
    """

    level_id: UUID | Unset = UNSET
    purpose: str | Unset = UNSET
    legal_basis: LegalBasis | Unset = UNSET
    consent_reference: None | str | Unset = UNSET
    until: datetime.date | None | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        level_id: str | Unset = UNSET
        if not isinstance(self.level_id, Unset):
            level_id = str(self.level_id)

        purpose = self.purpose

        legal_basis: str | Unset = UNSET
        if not isinstance(self.legal_basis, Unset):
            legal_basis = self.legal_basis.value

        consent_reference: None | str | Unset
        if isinstance(self.consent_reference, Unset):
            consent_reference = UNSET
        else:
            consent_reference = self.consent_reference

        until: None | str | Unset
        if isinstance(self.until, Unset):
            until = UNSET
        elif isinstance(self.until, datetime.date):
            until = self.until.isoformat()
        else:
            until = self.until

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if level_id is not UNSET:
            field_dict["levelId"] = level_id
        if purpose is not UNSET:
            field_dict["purpose"] = purpose
        if legal_basis is not UNSET:
            field_dict["legalBasis"] = legal_basis
        if consent_reference is not UNSET:
            field_dict["consentReference"] = consent_reference
        if until is not UNSET:
            field_dict["until"] = until

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        _level_id = d.pop("levelId", UNSET)
        level_id: UUID | Unset
        if isinstance(_level_id, Unset):
            level_id = UNSET
        else:
            level_id = UUID(_level_id)

        purpose = d.pop("purpose", UNSET)

        _legal_basis = d.pop("legalBasis", UNSET)
        legal_basis: LegalBasis | Unset
        if isinstance(_legal_basis, Unset):
            legal_basis = UNSET
        else:
            legal_basis = LegalBasis(_legal_basis)

        def _parse_consent_reference(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        consent_reference = _parse_consent_reference(d.pop("consentReference", UNSET))

        def _parse_until(data: object) -> datetime.date | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                until_type_0 = datetime.date.fromisoformat(data)

                return until_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.date | None | Unset, data)

        until = _parse_until(d.pop("until", UNSET))

        grant_change = cls(
            level_id=level_id,
            purpose=purpose,
            legal_basis=legal_basis,
            consent_reference=consent_reference,
            until=until,
        )

        return grant_change
