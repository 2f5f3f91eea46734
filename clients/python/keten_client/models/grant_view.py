from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast
from uuid import UUID

from attrs import define as _attrs_define

from ..models.grant_status import GrantStatus
from ..models.legal_basis import LegalBasis
from ..models.onward import Onward

if TYPE_CHECKING:
    from ..models.level_view import LevelView
    from ..models.sharing_person import SharingPerson


T = TypeVar("T", bound="GrantView")


@_attrs_define
class GrantView:
    """One person's access to one dossier, and on which terms. `until` is the first day without access.

    Attributes:
        id (UUID):
        dossier_id (UUID):
        recipient (SharingPerson): A person as others see him: his name, initials and organisation.
        given_by (SharingPerson): A person as others see him: his name, initials and organisation.
        level (LevelView): A level and what it opens, per section.
        purpose (str):
        legal_basis (LegalBasis): Why sharing is lawful (SHR-16; GDPR art. 6 and 9, Wgbo).
        consent_reference (None | str):
        until (datetime.date | None):
        onward (Onward): How far a recipient may pass a dossier on (SHR-24).
        status (GrantStatus): Whether a grant still opens something.
        since (datetime.datetime):
        ended_at (datetime.datetime | None):
        version (int):
    """

    id: UUID
    dossier_id: UUID
    recipient: SharingPerson
    given_by: SharingPerson
    level: LevelView
    purpose: str
    legal_basis: LegalBasis
    consent_reference: None | str
    until: datetime.date | None
    onward: Onward
    status: GrantStatus
    since: datetime.datetime
    ended_at: datetime.datetime | None
    version: int

    def to_dict(self) -> dict[str, Any]:
        id = str(self.id)

        dossier_id = str(self.dossier_id)

        recipient = self.recipient.to_dict()

        given_by = self.given_by.to_dict()

        level = self.level.to_dict()

        purpose = self.purpose

        legal_basis = self.legal_basis.value

        consent_reference: None | str
        consent_reference = self.consent_reference

        until: None | str
        if isinstance(self.until, datetime.date):
            until = self.until.isoformat()
        else:
            until = self.until

        onward = self.onward.value

        status = self.status.value

        since = self.since.isoformat()

        ended_at: None | str
        if isinstance(self.ended_at, datetime.datetime):
            ended_at = self.ended_at.isoformat()
        else:
            ended_at = self.ended_at

        version = self.version

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "id": id,
                "dossierId": dossier_id,
                "recipient": recipient,
                "givenBy": given_by,
                "level": level,
                "purpose": purpose,
                "legalBasis": legal_basis,
                "consentReference": consent_reference,
                "until": until,
                "onward": onward,
                "status": status,
                "since": since,
                "endedAt": ended_at,
                "version": version,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.level_view import LevelView  # noqa: PLC0415
        from ..models.sharing_person import SharingPerson  # noqa: PLC0415

        d = dict(src_dict)
        id = UUID(d.pop("id"))

        dossier_id = UUID(d.pop("dossierId"))

        recipient = SharingPerson.from_dict(d.pop("recipient"))

        given_by = SharingPerson.from_dict(d.pop("givenBy"))

        level = LevelView.from_dict(d.pop("level"))

        purpose = d.pop("purpose")

        legal_basis = LegalBasis(d.pop("legalBasis"))

        def _parse_consent_reference(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        consent_reference = _parse_consent_reference(d.pop("consentReference"))

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

        onward = Onward(d.pop("onward"))

        status = GrantStatus(d.pop("status"))

        since = datetime.datetime.fromisoformat(d.pop("since"))

        def _parse_ended_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                ended_at_type_0 = datetime.datetime.fromisoformat(data)

                return ended_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        ended_at = _parse_ended_at(d.pop("endedAt"))

        version = d.pop("version")

        grant_view = cls(
            id=id,
            dossier_id=dossier_id,
            recipient=recipient,
            given_by=given_by,
            level=level,
            purpose=purpose,
            legal_basis=legal_basis,
            consent_reference=consent_reference,
            until=until,
            onward=onward,
            status=status,
            since=since,
            ended_at=ended_at,
            version=version,
        )

        return grant_view
