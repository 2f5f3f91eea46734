from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

T = TypeVar("T", bound="Chunks")


@_attrs_define
class Chunks:
    """How many parts of a job there are, by how far they are.

    Attributes:
        waiting (int):
        claimed (int):
        done (int):
        failed (int):
    """

    waiting: int
    claimed: int
    done: int
    failed: int

    def to_dict(self) -> dict[str, Any]:
        waiting = self.waiting

        claimed = self.claimed

        done = self.done

        failed = self.failed

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "waiting": waiting,
                "claimed": claimed,
                "done": done,
                "failed": failed,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        waiting = d.pop("waiting")

        claimed = d.pop("claimed")

        done = d.pop("done")

        failed = d.pop("failed")

        chunks = cls(
            waiting=waiting,
            claimed=claimed,
            done=done,
            failed=failed,
        )

        return chunks
