from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar
from uuid import UUID

from attrs import define as _attrs_define

T = TypeVar("T", bound="IdentityErasureBegun")


@_attrs_define
class IdentityErasureBegun:
    """What takes the rest away.

    Attributes:
        job_id (UUID):
    """

    job_id: UUID

    def to_dict(self) -> dict[str, Any]:
        job_id = str(self.job_id)

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "jobId": job_id,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        job_id = UUID(d.pop("jobId"))

        identity_erasure_begun = cls(
            job_id=job_id,
        )

        return identity_erasure_begun
