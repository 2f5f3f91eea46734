"""Browsers in which somebody signed in before, by a signed cookie that outlives the session. They have a budget of their
own, so that whoever guesses elsewhere shuts nobody out of his own (OWASP: device cookies)."""

import hashlib
import secrets as random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from chassis.keyrings import Keyring

# Whoever was not here for half a year is as good as new.
DEVICE_LIFE: Final = timedelta(days=180)


@dataclass(frozen=True)
class Devices:
    """The cookies of known browsers: one per person, since colleagues share computers."""

    ring: Keyring

    def of(self, user_id: UUID, cookies: Mapping[str, str]) -> str | None:
        """Which of this person's known browsers this is, if it is one."""
        device, _, signature = cookies.get(self.name(user_id), "").partition(".")
        return device if device and self.ring.verifies(_said(user_id, device), signature) else None

    def cookie(self, user_id: UUID, device: str | None = None) -> str:
        """What makes a browser known; as the same one, when it is known already."""
        device = device or random.token_hex(16)
        return f"{device}.{self.ring.sign(_said(user_id, device))}"

    @staticmethod
    def name(user_id: UUID) -> str:
        return f"keten_device_{hashlib.sha256(user_id.bytes).hexdigest()[:12]}"


def _said(user_id: UUID, device: str) -> bytes:
    return f"device.{user_id}.{device}".encode()
