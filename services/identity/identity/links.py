"""Links with a secret: an HMAC over what they open, so that their owner can make them again and nothing of them is kept."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from chassis.keyrings import Keyring
from identity.domain.mail import Purpose
from identity.domain.user import User

# The page that each kind of link opens.
PAGES: Final = {
    Purpose.SIGN_UP: "/identity/sign-up",
    Purpose.PASSWORD_RESET: "/identity/sign-in/new-password",
    Purpose.ADDRESS_CHANGE: "/identity/verify-address",
    Purpose.NEW_DEVICE: "/identity/sign-in/new-device",
}


@dataclass(frozen=True)
class Links:
    """The links that identity hands out."""

    ring: Keyring
    base_url: str

    def activation(self, user: User) -> str:
        """Where a user sets his first password."""
        said = f"{user.id}.{user.link_generation}"
        return f"{self.base_url}/identity/activate?link={said}.{self.ring.sign(_message('activation', said))}"

    def read(self, link: str) -> tuple[UUID, int] | None:
        """Whom an activation is for and which of his links it is; None when we did not make it."""
        user, _, rest = link.partition(".")
        generation, _, signature = rest.partition(".")
        if not self.ring.verifies(_message("activation", f"{user}.{generation}"), signature):
            return None
        return UUID(user), int(generation)

    def mailed(self, purpose: Purpose, request_id: UUID) -> str:
        """What the mail of a request opens; each request has a link of its own."""
        signature = self.ring.sign(_message(purpose, str(request_id)))
        return f"{self.base_url}{PAGES[purpose]}?link={request_id}.{signature}"

    def read_mailed(self, purpose: Purpose, link: str) -> UUID | None:
        """The request behind a link; None when we did not make it, or for something else."""
        request_id, _, signature = link.partition(".")
        return UUID(request_id) if self.ring.verifies(_message(purpose, request_id), signature) else None

    @property
    def forgotten(self) -> str:
        """Where somebody asks for a new password."""
        return f"{self.base_url}/identity/sign-in/forgotten"


def _message(kind: str, said: str) -> bytes:
    return f"{kind}.{said}".encode()
