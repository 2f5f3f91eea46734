from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast
from uuid import UUID

from attrs import define as _attrs_define

from ..models.me_language import MeLanguage
from ..models.role import Role
from ..models.user_status import UserStatus

if TYPE_CHECKING:
    from ..models.own_account import OwnAccount
    from ..models.reading_link import ReadingLink


T = TypeVar("T", bound="Me")


@_attrs_define
class Me:
    """Who is asking, and what he may do in his account.

    Attributes:
        id (UUID):
        name (str):
        initials (str):
        photo (None | ReadingLink): Who shows none is shown by his initials.
        email (str):
        role (Role): What a user is in his account.
        status (UserStatus): Whether a user can work: a suspended one can be let back in, a removed one cannot.
        medical (bool): May read medical sections, where a level opens them too.
        activated (bool): Has set a password.
        verified (bool): Has proven that the address is his.
        second_factor (bool): Has set up a second factor.
        language (MeLanguage):
        added_at (datetime.datetime):
        account (OwnAccount): The account that somebody is in.
        permissions (list[str]):
    """

    id: UUID
    name: str
    initials: str
    photo: None | ReadingLink
    email: str
    role: Role
    status: UserStatus
    medical: bool
    activated: bool
    verified: bool
    second_factor: bool
    language: MeLanguage
    added_at: datetime.datetime
    account: OwnAccount
    permissions: list[str]

    def to_dict(self) -> dict[str, Any]:
        from ..models.reading_link import ReadingLink  # noqa: PLC0415

        id = str(self.id)

        name = self.name

        initials = self.initials

        photo: dict[str, Any] | None
        if isinstance(self.photo, ReadingLink):
            photo = self.photo.to_dict()
        else:
            photo = self.photo

        email = self.email

        role = self.role.value

        status = self.status.value

        medical = self.medical

        activated = self.activated

        verified = self.verified

        second_factor = self.second_factor

        language = self.language.value

        added_at = self.added_at.isoformat()

        account = self.account.to_dict()

        permissions = self.permissions

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "id": id,
                "name": name,
                "initials": initials,
                "photo": photo,
                "email": email,
                "role": role,
                "status": status,
                "medical": medical,
                "activated": activated,
                "verified": verified,
                "secondFactor": second_factor,
                "language": language,
                "addedAt": added_at,
                "account": account,
                "permissions": permissions,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.own_account import OwnAccount  # noqa: PLC0415
        from ..models.reading_link import ReadingLink  # noqa: PLC0415

        d = dict(src_dict)
        id = UUID(d.pop("id"))

        name = d.pop("name")

        initials = d.pop("initials")

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

        email = d.pop("email")

        role = Role(d.pop("role"))

        status = UserStatus(d.pop("status"))

        medical = d.pop("medical")

        activated = d.pop("activated")

        verified = d.pop("verified")

        second_factor = d.pop("secondFactor")

        language = MeLanguage(d.pop("language"))

        added_at = datetime.datetime.fromisoformat(d.pop("addedAt"))

        account = OwnAccount.from_dict(d.pop("account"))

        permissions = cast(list[str], d.pop("permissions"))

        me = cls(
            id=id,
            name=name,
            initials=initials,
            photo=photo,
            email=email,
            role=role,
            status=status,
            medical=medical,
            activated=activated,
            verified=verified,
            second_factor=second_factor,
            language=language,
            added_at=added_at,
            account=account,
            permissions=permissions,
        )

        return me
