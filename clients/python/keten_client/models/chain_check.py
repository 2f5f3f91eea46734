from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast
from uuid import UUID

from attrs import define as _attrs_define

T = TypeVar("T", bound="ChainCheck")


@_attrs_define
class ChainCheck:
    """Whether no line of this service's access log was changed, added or taken away since it was sealed.

    Attributes:
        segments (int):
        lines (int):
        unsealed (int):
        intact (bool):
        first_broken_line_id (None | UUID):
    """

    segments: int
    lines: int
    unsealed: int
    intact: bool
    first_broken_line_id: None | UUID

    def to_dict(self) -> dict[str, Any]:
        segments = self.segments

        lines = self.lines

        unsealed = self.unsealed

        intact = self.intact

        first_broken_line_id: None | str
        if isinstance(self.first_broken_line_id, UUID):
            first_broken_line_id = str(self.first_broken_line_id)
        else:
            first_broken_line_id = self.first_broken_line_id

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "segments": segments,
                "lines": lines,
                "unsealed": unsealed,
                "intact": intact,
                "firstBrokenLineId": first_broken_line_id,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        segments = d.pop("segments")

        lines = d.pop("lines")

        unsealed = d.pop("unsealed")

        intact = d.pop("intact")

        def _parse_first_broken_line_id(data: object) -> None | UUID:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                first_broken_line_id_type_0 = UUID(data)

                return first_broken_line_id_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | UUID, data)

        first_broken_line_id = _parse_first_broken_line_id(d.pop("firstBrokenLineId"))

        chain_check = cls(
            segments=segments,
            lines=lines,
            unsealed=unsealed,
            intact=intact,
            first_broken_line_id=first_broken_line_id,
        )

        return chain_check
