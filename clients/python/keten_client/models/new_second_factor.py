from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

T = TypeVar("T", bound="NewSecondFactor")


@_attrs_define
class NewSecondFactor:
    """What your app must be told. Told once.

    Attributes:
        uri (str): `otpauth://…`, as apps read it.
        secret (str): The same for typing over, in base 32.
        picture (str): The same as a QR code: an SVG as `data:` URI.
    """

    uri: str
    secret: str
    picture: str

    def to_dict(self) -> dict[str, Any]:
        uri = self.uri

        secret = self.secret

        picture = self.picture

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "uri": uri,
                "secret": secret,
                "picture": picture,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        uri = d.pop("uri")

        secret = d.pop("secret")

        picture = d.pop("picture")

        new_second_factor = cls(
            uri=uri,
            secret=secret,
            picture=picture,
        )

        return new_second_factor
