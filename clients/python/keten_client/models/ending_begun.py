from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar
from uuid import UUID

from attrs import define as _attrs_define

T = TypeVar("T", bound="EndingBegun")


@_attrs_define
class EndingBegun:
    """From then on the account is erased; until then it can be kept.

    Attributes:
        erase_after (datetime.datetime):
        job_id (UUID):
    """

    erase_after: datetime.datetime
    job_id: UUID

    def to_dict(self) -> dict[str, Any]:
        erase_after = self.erase_after.isoformat()

        job_id = str(self.job_id)

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "eraseAfter": erase_after,
                "jobId": job_id,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        erase_after = datetime.datetime.fromisoformat(d.pop("eraseAfter"))

        job_id = UUID(d.pop("jobId"))

        ending_begun = cls(
            erase_after=erase_after,
            job_id=job_id,
        )

        return ending_begun
