"""What identity holds besides its database: keys, addresses, lives and limits. Made once, in main."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Annotated, Final

from fastapi import Depends, Request

from chassis.keyrings import Keyring, keyring
from chassis.settings import Settings
from identity.limits import Allowance, Slowness
from identity.links import Links
from identity.signing import SigningKeys

# An organisation opens one account. Behind one address may sit a hospital, or a demonstration that opens many.
SIGN_UPS: Final = 600


@dataclass(frozen=True)
class Setup:
    """One running identity service."""

    base_url: str
    token_life: int
    signing: SigningKeys
    links: Links
    cookies: Keyring
    sign_ups: Allowance = field(default_factory=lambda: Allowance(SIGN_UPS, timedelta(hours=1)))
    slowness: Slowness = field(default_factory=Slowness)

    @classmethod
    def of(cls, settings: Settings) -> "Setup":
        secrets = settings.secrets
        return cls(
            base_url=settings.base_url,
            token_life=settings.access_token_life,
            signing=SigningKeys.of(secrets),
            links=Links(keyring(secrets, "links"), settings.base_url),
            cookies=keyring(secrets, "cookies"),
        )

    @property
    def issuer(self) -> str:
        return f"{self.base_url}/identity"


def _setup(request: Request) -> Setup:
    found: Setup = request.app.state.setup
    return found


SetupContext = Annotated[Setup, Depends(_setup)]
