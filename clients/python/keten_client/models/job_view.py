from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast
from uuid import UUID

from attrs import define as _attrs_define

from ..models.job_view_state import JobViewState

if TYPE_CHECKING:
    from ..models.chunks import Chunks


T = TypeVar("T", bound="JobView")


@_attrs_define
class JobView:
    """Work that takes long, and how far it is. `reasons` are codes of what went wrong, `details` say what to do about it.

    Attributes:
        id (UUID):
        kind (str):
        state (JobViewState):
        opened_at (datetime.datetime):
        finished_at (datetime.datetime | None):
        chunks (Chunks): How many parts of a job there are, by how far they are.
        reasons (list[str]):
        details (list[str]):
    """

    id: UUID
    kind: str
    state: JobViewState
    opened_at: datetime.datetime
    finished_at: datetime.datetime | None
    chunks: Chunks
    reasons: list[str]
    details: list[str]

    def to_dict(self) -> dict[str, Any]:
        id = str(self.id)

        kind = self.kind

        state = self.state.value

        opened_at = self.opened_at.isoformat()

        finished_at: None | str
        if isinstance(self.finished_at, datetime.datetime):
            finished_at = self.finished_at.isoformat()
        else:
            finished_at = self.finished_at

        chunks = self.chunks.to_dict()

        reasons = self.reasons

        details = self.details

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "id": id,
                "kind": kind,
                "state": state,
                "openedAt": opened_at,
                "finishedAt": finished_at,
                "chunks": chunks,
                "reasons": reasons,
                "details": details,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.chunks import Chunks  # noqa: PLC0415

        d = dict(src_dict)
        id = UUID(d.pop("id"))

        kind = d.pop("kind")

        state = JobViewState(d.pop("state"))

        opened_at = datetime.datetime.fromisoformat(d.pop("openedAt"))

        def _parse_finished_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                finished_at_type_0 = datetime.datetime.fromisoformat(data)

                return finished_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        finished_at = _parse_finished_at(d.pop("finishedAt"))

        chunks = Chunks.from_dict(d.pop("chunks"))

        reasons = cast(list[str], d.pop("reasons"))

        details = cast(list[str], d.pop("details"))

        job_view = cls(
            id=id,
            kind=kind,
            state=state,
            opened_at=opened_at,
            finished_at=finished_at,
            chunks=chunks,
            reasons=reasons,
            details=details,
        )

        return job_view
