from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast
from uuid import UUID

from attrs import define as _attrs_define

from ..models.goal_state import GoalState

if TYPE_CHECKING:
    from ..models.action_answer import ActionAnswer
    from ..models.dossier_person import DossierPerson


T = TypeVar("T", bound="GoalAnswer")


@_attrs_define
class GoalAnswer:
    """A goal of the plan with its actions, in the order they were set.

    Attributes:
        id (UUID):
        author (DossierPerson): Who somebody is to others: his initials stand in for a photo, his organisation shows who
            is external (SHR-17).
        written_at (datetime.datetime):
        editor (DossierPerson): Who somebody is to others: his initials stand in for a photo, his organisation shows who
            is external (SHR-17).
        edited_at (datetime.datetime):
        version (int):
        title (str):
        description (None | str):
        state (GoalState): How far a goal has come.
        actions (list[ActionAnswer]):
    """

    id: UUID
    author: DossierPerson
    written_at: datetime.datetime
    editor: DossierPerson
    edited_at: datetime.datetime
    version: int
    title: str
    description: None | str
    state: GoalState
    actions: list[ActionAnswer]

    def to_dict(self) -> dict[str, Any]:
        id = str(self.id)

        author = self.author.to_dict()

        written_at = self.written_at.isoformat()

        editor = self.editor.to_dict()

        edited_at = self.edited_at.isoformat()

        version = self.version

        title = self.title

        description: None | str
        description = self.description

        state = self.state.value

        actions = []
        for actions_item_data in self.actions:
            actions_item = actions_item_data.to_dict()
            actions.append(actions_item)

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "id": id,
                "author": author,
                "writtenAt": written_at,
                "editor": editor,
                "editedAt": edited_at,
                "version": version,
                "title": title,
                "description": description,
                "state": state,
                "actions": actions,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.action_answer import ActionAnswer  # noqa: PLC0415
        from ..models.dossier_person import DossierPerson  # noqa: PLC0415

        d = dict(src_dict)
        id = UUID(d.pop("id"))

        author = DossierPerson.from_dict(d.pop("author"))

        written_at = datetime.datetime.fromisoformat(d.pop("writtenAt"))

        editor = DossierPerson.from_dict(d.pop("editor"))

        edited_at = datetime.datetime.fromisoformat(d.pop("editedAt"))

        version = d.pop("version")

        title = d.pop("title")

        def _parse_description(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        description = _parse_description(d.pop("description"))

        state = GoalState(d.pop("state"))

        actions = []
        _actions = d.pop("actions")
        for actions_item_data in _actions:
            actions_item = ActionAnswer.from_dict(actions_item_data)

            actions.append(actions_item)

        goal_answer = cls(
            id=id,
            author=author,
            written_at=written_at,
            editor=editor,
            edited_at=edited_at,
            version=version,
            title=title,
            description=description,
            state=state,
            actions=actions,
        )

        return goal_answer
