"""What identity holds besides its database: keys, addresses, lives and limits. Made once, in main."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from chassis.keyrings import Keyring, keyring
from chassis.seams import object_store
from chassis.settings import Settings
from identity.devices import Devices
from identity.links import Links
from identity.photos import Photos
from identity.signing import SigningKeys
from identity.totp import SecretBox


@dataclass(frozen=True)
class Setup:
    """One running identity service."""

    base_url: str
    token_life: int
    signing: SigningKeys
    links: Links
    cookies: Keyring
    photos: Photos
    devices: Devices
    second_factors: SecretBox

    @classmethod
    def of(cls, settings: Settings) -> "Setup":
        secrets = settings.secrets
        return cls(
            base_url=settings.base_url,
            token_life=settings.access_token_life,
            signing=SigningKeys.of(secrets),
            links=Links(keyring(secrets, "links"), settings.base_url),
            cookies=keyring(secrets, "cookies"),
            devices=Devices(keyring(secrets, "cookies")),
            second_factors=SecretBox(keyring(secrets, "second-factors")),
            photos=Photos(object_store(settings), keyring(secrets, "reading")),
        )

    @property
    def issuer(self) -> str:
        return f"{self.base_url}/identity"


def _setup(request: Request) -> Setup:
    found: Setup = request.app.state.setup
    return found


SetupContext = Annotated[Setup, Depends(_setup)]
