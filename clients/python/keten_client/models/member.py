from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast
from uuid import UUID

from attrs import define as _attrs_define

from ..models.member_through_item import MemberThroughItem

if TYPE_CHECKING:
    from ..models.reading_link import ReadingLink


T = TypeVar("T", bound="Member")


@_attrs_define
class Member:
    """One person and the ways by which he reaches the dossier. A role gives everything and has no level.

    Attributes:
        user_id (UUID):
        name (None | str):
        initials (None | str):
        account_id (None | UUID):
        organisation (None | str):
        photo (None | ReadingLink):
        external (bool):
        level (None | str):
        through (list[MemberThroughItem]):
    """

    user_id: UUID
    name: None | str
    initials: None | str
    account_id: None | UUID
    organisation: None | str
    photo: None | ReadingLink
    external: bool
    level: None | str
    through: list[MemberThroughItem]

    def to_dict(self) -> dict[str, Any]:
        from ..models.reading_link import ReadingLink  # noqa: PLC0415

        user_id = str(self.user_id)

        name: None | str
        name = self.name

        initials: None | str
        initials = self.initials

        account_id: None | str
        if isinstance(self.account_id, UUID):
            account_id = str(self.account_id)
        else:
            account_id = self.account_id

        organisation: None | str
        organisation = self.organisation

        photo: dict[str, Any] | None
        if isinstance(self.photo, ReadingLink):
            photo = self.photo.to_dict()
        else:
            photo = self.photo

        external = self.external

        level: None | str
        level = self.level

        through = []
        for through_item_data in self.through:
            through_item = through_item_data.value
            through.append(through_item)

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "userId": user_id,
                "name": name,
                "initials": initials,
                "accountId": account_id,
                "organisation": organisation,
                "photo": photo,
                "external": external,
                "level": level,
                "through": through,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.reading_link import ReadingLink  # noqa: PLC0415

        d = dict(src_dict)
        user_id = UUID(d.pop("userId"))

        def _parse_name(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        name = _parse_name(d.pop("name"))

        def _parse_initials(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        initials = _parse_initials(d.pop("initials"))

        def _parse_account_id(data: object) -> None | UUID:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                account_id_type_0 = UUID(data)

                return account_id_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | UUID, data)

        account_id = _parse_account_id(d.pop("accountId"))

        def _parse_organisation(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        organisation = _parse_organisation(d.pop("organisation"))

        def _parse_photo(data: object) -> None | ReadingLink:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                photo_type_0 = ReadingLink.from_dict(data)

                return photo_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | ReadingLink, data)

        photo = _parse_photo(d.pop("photo"))

        external = d.pop("external")

        def _parse_level(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        level = _parse_level(d.pop("level"))

        through = []
        _through = d.pop("through")
        for through_item_data in _through:
            through_item = MemberThroughItem(through_item_data)

            through.append(through_item)

        member = cls(
            user_id=user_id,
            name=name,
            initials=initials,
            account_id=account_id,
            organisation=organisation,
            photo=photo,
            external=external,
            level=level,
            through=through,
        )

        return member
