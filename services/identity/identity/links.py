"""Links with a secret: an HMAC over what they open, so that their owner can make them again and nothing of them is kept."""

from dataclasses import dataclass
from uuid import UUID

from chassis.keyrings import Keyring
from identity.domain import User


@dataclass(frozen=True)
class Links:
    """The links that identity hands out."""

    ring: Keyring
    base_url: str

    def activation(self, user: User) -> str:
        """Where a user sets his first password."""
        said = f"{user.id}.{user.link_generation}"
        return f"{self.base_url}/identity/activate?link={said}.{self.ring.sign(_message(said))}"

    def read(self, link: str) -> tuple[UUID, int] | None:
        """Whom a link is for and which of his links it is; None when we did not make it."""
        user, _, rest = link.partition(".")
        generation, _, signature = rest.partition(".")
        if not self.ring.verifies(_message(f"{user}.{generation}"), signature):
            return None
        return UUID(user), int(generation)


def _message(said: str) -> bytes:
    return b"activation." + said.encode()
