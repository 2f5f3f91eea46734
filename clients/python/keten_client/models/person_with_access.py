from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast
from uuid import UUID

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.person_with_access_why_item import PersonWithAccessWhyItem
    from ..models.reading_link import ReadingLink
    from ..models.way import Way


T = TypeVar("T", bound="PersonWithAccess")


@_attrs_define
class PersonWithAccess:
    """A person who could read something of the dossier at that moment, and the policy's own reasons. Who reaches it no
    more
    shows no photo.

        Attributes:
            user_id (UUID):
            name (None | str):
            initials (None | str):
            account_id (None | UUID):
            organisation (None | str):
            photo (None | ReadingLink):
            external (bool):
            rights (list[str]):
            ways (list[Way]):
            why (list[PersonWithAccessWhyItem]):
    """

    user_id: UUID
    name: None | str
    initials: None | str
    account_id: None | UUID
    organisation: None | str
    photo: None | ReadingLink
    external: bool
    rights: list[str]
    ways: list[Way]
    why: list[PersonWithAccessWhyItem]

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

        rights = self.rights

        ways = []
        for ways_item_data in self.ways:
            ways_item = ways_item_data.to_dict()
            ways.append(ways_item)

        why = []
        for why_item_data in self.why:
            why_item = why_item_data.to_dict()
            why.append(why_item)

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
                "rights": rights,
                "ways": ways,
                "why": why,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.person_with_access_why_item import PersonWithAccessWhyItem  # noqa: PLC0415
        from ..models.reading_link import ReadingLink  # noqa: PLC0415
        from ..models.way import Way  # noqa: PLC0415

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

        rights = cast(list[str], d.pop("rights"))

        ways = []
        _ways = d.pop("ways")
        for ways_item_data in _ways:
            ways_item = Way.from_dict(ways_item_data)

            ways.append(ways_item)

        why = []
        _why = d.pop("why")
        for why_item_data in _why:
            why_item = PersonWithAccessWhyItem.from_dict(why_item_data)

            why.append(why_item)

        person_with_access = cls(
            user_id=user_id,
            name=name,
            initials=initials,
            account_id=account_id,
            organisation=organisation,
            photo=photo,
            external=external,
            rights=rights,
            ways=ways,
            why=why,
        )

        return person_with_access
