from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

T = TypeVar("T", bound="MailPreferences")


@_attrs_define
class MailPreferences:
    """What one wants to be mailed about.

    Attributes:
        mail_on_share (bool):
    """

    mail_on_share: bool

    def to_dict(self) -> dict[str, Any]:
        mail_on_share = self.mail_on_share

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "mailOnShare": mail_on_share,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        mail_on_share = d.pop("mailOnShare")

        mail_preferences = cls(
            mail_on_share=mail_on_share,
        )

        return mail_preferences
