from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

from ..models.goal_state import GoalState
from ..types import UNSET, Unset

T = TypeVar("T", bound="GoalChange")


@_attrs_define
class GoalChange:
    """What is left out stays as it is.

    Attributes:
        title (str | Unset):
        description (None | str | Unset):
        state (GoalState | Unset): How far a goal has come.
    """

    title: str | Unset = UNSET
    description: None | str | Unset = UNSET
    state: GoalState | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        title = self.title

        description: None | str | Unset
        if isinstance(self.description, Unset):
            description = UNSET
        else:
            description = self.description

        state: str | Unset = UNSET
        if not isinstance(self.state, Unset):
            state = self.state.value

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if title is not UNSET:
            field_dict["title"] = title
        if description is not UNSET:
            field_dict["description"] = description
        if state is not UNSET:
            field_dict["state"] = state

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        title = d.pop("title", UNSET)

        def _parse_description(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        description = _parse_description(d.pop("description", UNSET))

        _state = d.pop("state", UNSET)
        state: GoalState | Unset
        if isinstance(_state, Unset):
            state = UNSET
        else:
            state = GoalState(_state)

        goal_change = cls(
            title=title,
            description=description,
            state=state,
        )

        return goal_change
