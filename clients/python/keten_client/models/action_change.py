from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

from ..models.action_state import ActionState
from ..types import UNSET, Unset

T = TypeVar("T", bound="ActionChange")


@_attrs_define
class ActionChange:
    """What is left out stays as it is.

    Attributes:
        title (str | Unset):
        state (ActionState | Unset): Whether an action is done.
    """

    title: str | Unset = UNSET
    state: ActionState | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        title = self.title

        state: str | Unset = UNSET
        if not isinstance(self.state, Unset):
            state = self.state.value

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if title is not UNSET:
            field_dict["title"] = title
        if state is not UNSET:
            field_dict["state"] = state

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        title = d.pop("title", UNSET)

        _state = d.pop("state", UNSET)
        state: ActionState | Unset
        if isinstance(_state, Unset):
            state = UNSET
        else:
            state = ActionState(_state)

        action_change = cls(
            title=title,
            state=state,
        )

        return action_change
