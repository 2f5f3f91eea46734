from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast
from uuid import UUID

from attrs import define as _attrs_define

from ..models.mail_state import MailState

if TYPE_CHECKING:
    from ..models.documents_person import DocumentsPerson


T = TypeVar("T", bound="MailView")


@_attrs_define
class MailView:
    """What became of one mail. `reason` is a code: why it was dropped, failed, or has to wait. The job is what sends it,
    for
    as long as that is remembered.

        Attributes:
            id (UUID):
            purpose (str):
            state (MailState): What became of a mail. A dropped one was no longer needed, or no longer allowed.
            recipient (DocumentsPerson | None):
            caused_by (DocumentsPerson | None):
            dossier_id (None | UUID):
            job_id (UUID):
            attempts (int):
            reason (None | str):
            made_at (datetime.datetime):
            ended_at (datetime.datetime | None):
            version (int):
    """

    id: UUID
    purpose: str
    state: MailState
    recipient: DocumentsPerson | None
    caused_by: DocumentsPerson | None
    dossier_id: None | UUID
    job_id: UUID
    attempts: int
    reason: None | str
    made_at: datetime.datetime
    ended_at: datetime.datetime | None
    version: int

    def to_dict(self) -> dict[str, Any]:
        from ..models.documents_person import DocumentsPerson  # noqa: PLC0415

        id = str(self.id)

        purpose = self.purpose

        state = self.state.value

        recipient: dict[str, Any] | None
        if isinstance(self.recipient, DocumentsPerson):
            recipient = self.recipient.to_dict()
        else:
            recipient = self.recipient

        caused_by: dict[str, Any] | None
        if isinstance(self.caused_by, DocumentsPerson):
            caused_by = self.caused_by.to_dict()
        else:
            caused_by = self.caused_by

        dossier_id: None | str
        if isinstance(self.dossier_id, UUID):
            dossier_id = str(self.dossier_id)
        else:
            dossier_id = self.dossier_id

        job_id = str(self.job_id)

        attempts = self.attempts

        reason: None | str
        reason = self.reason

        made_at = self.made_at.isoformat()

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
                "purpose": purpose,
                "state": state,
                "recipient": recipient,
                "causedBy": caused_by,
                "dossierId": dossier_id,
                "jobId": job_id,
                "attempts": attempts,
                "reason": reason,
                "madeAt": made_at,
                "endedAt": ended_at,
                "version": version,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.documents_person import DocumentsPerson  # noqa: PLC0415

        d = dict(src_dict)
        id = UUID(d.pop("id"))

        purpose = d.pop("purpose")

        state = MailState(d.pop("state"))

        def _parse_recipient(data: object) -> DocumentsPerson | None:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                recipient_type_0 = DocumentsPerson.from_dict(data)

                return recipient_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(DocumentsPerson | None, data)

        recipient = _parse_recipient(d.pop("recipient"))

        def _parse_caused_by(data: object) -> DocumentsPerson | None:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                caused_by_type_0 = DocumentsPerson.from_dict(data)

                return caused_by_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(DocumentsPerson | None, data)

        caused_by = _parse_caused_by(d.pop("causedBy"))

        def _parse_dossier_id(data: object) -> None | UUID:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                dossier_id_type_0 = UUID(data)

                return dossier_id_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | UUID, data)

        dossier_id = _parse_dossier_id(d.pop("dossierId"))

        job_id = UUID(d.pop("jobId"))

        attempts = d.pop("attempts")

        def _parse_reason(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        reason = _parse_reason(d.pop("reason"))

        made_at = datetime.datetime.fromisoformat(d.pop("madeAt"))

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

        mail_view = cls(
            id=id,
            purpose=purpose,
            state=state,
            recipient=recipient,
            caused_by=caused_by,
            dossier_id=dossier_id,
            job_id=job_id,
            attempts=attempts,
            reason=reason,
            made_at=made_at,
            ended_at=ended_at,
            version=version,
        )

        return mail_view
