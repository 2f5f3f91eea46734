from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast
from uuid import UUID

from attrs import define as _attrs_define

from ..models.legal_basis import LegalBasis
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.recipient import Recipient


T = TypeVar("T", bound="GrantRequest")


@_attrs_define
class GrantRequest:
    """Share one dossier with one person, and why that is lawful. `until` is the first day without access.

    Attributes:
        dossier_id (UUID):
        recipient (Recipient): Whom a dossier is shared with.
        level_id (UUID): One of `GET /levels`.
        purpose (str): What for, in words.
        legal_basis (LegalBasis): Why sharing is lawful (SHR-16; GDPR art. 6 and 9, Wgbo).
        consent_reference (None | str | Unset): Where the consent is found, when that is the legal basis.
        until (datetime.date | None | Unset): The first day without access; none for as long as it lasts.
    """

    dossier_id: UUID
    recipient: Recipient
    level_id: UUID
    purpose: str
    legal_basis: LegalBasis
    consent_reference: None | str | Unset = UNSET
    until: datetime.date | None | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        dossier_id = str(self.dossier_id)

        recipient = self.recipient.to_dict()

        level_id = str(self.level_id)

        purpose = self.purpose

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

        field_dict.update(
            {
                "dossierId": dossier_id,
                "recipient": recipient,
                "levelId": level_id,
                "purpose": purpose,
                "legalBasis": legal_basis,
            }
        )
        if consent_reference is not UNSET:
            field_dict["consentReference"] = consent_reference
        if until is not UNSET:
            field_dict["until"] = until

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.recipient import Recipient  # noqa: PLC0415

        d = dict(src_dict)
        dossier_id = UUID(d.pop("dossierId"))

        recipient = Recipient.from_dict(d.pop("recipient"))

        level_id = UUID(d.pop("levelId"))

        purpose = d.pop("purpose")

        legal_basis = LegalBasis(d.pop("legalBasis"))

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

        grant_request = cls(
            dossier_id=dossier_id,
            recipient=recipient,
            level_id=level_id,
            purpose=purpose,
            legal_basis=legal_basis,
            consent_reference=consent_reference,
            until=until,
        )

        return grant_request
