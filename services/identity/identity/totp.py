"""Codes that change every half minute (RFC 6238): their secrets, encrypted at rest, and which code is of which moment."""

import base64
import hmac
import secrets as random
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import pyotp
import segno
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from chassis.keyrings import Keyring

# What authenticator apps assume: seconds and digits of a code.
STEP: Final = 30
DIGITS: Final = 6
# A clock may be one step off, either way (RFC 6238 §5.2).
_DRIFT: Final = 1
_NONCE: Final = 12

RECOVERY_CODES: Final = 10
# 80 bits, so that a plain hash of it tells nothing.
_RECOVERY_BYTES: Final = 10


@dataclass(frozen=True)
class SecretBox:
    """Encrypts a secret for the person it belongs to (AES-256-GCM); moved to another row it opens nothing."""

    ring: Keyring

    def close(self, secret: str, *, of: UUID) -> str:
        nonce, (current, keys) = random.token_bytes(_NONCE), self.ring.held()
        sealed = AESGCM(keys[current]).encrypt(nonce, secret.encode(), of.bytes)
        return f"{current}.{base64.b64encode(nonce + sealed).decode()}"

    def open(self, kept: str, *, of: UUID) -> str:
        """Raises ValueError for what was not closed for this person with one of our keys."""
        kid, _, body = kept.partition(".")
        raw = base64.b64decode(body)
        try:
            return AESGCM(self.ring.keys[kid]).decrypt(raw[:_NONCE], raw[_NONCE:], of.bytes).decode()
        except (KeyError, InvalidTag):
            raise ValueError("not a secret of this person") from None


def new_secret() -> str:
    """160 bits, as RFC 4226 advises, in base 32."""
    return pyotp.random_base32()


def uri(secret: str, *, email: str) -> str:
    """What an authenticator app reads."""
    return pyotp.TOTP(secret, digits=DIGITS, interval=STEP).provisioning_uri(name=email, issuer_name="Keten")


def picture(address: str) -> str:
    """The address as a QR code: an SVG as `data:` URI, dark on white whatever the page's colours are."""
    code = segno.make_qr(address, error="m")
    return code.svg_data_uri(scale=4, border=4, dark="#000", light="#fff", encode_minimal=True, omitsize=False)


def step_of(secret: str, code: str, *, at: datetime) -> int | None:
    """The step that a code belongs to, if it is one of about now. Every step is compared, whichever it is."""
    now = int(at.timestamp()) // STEP
    codes = pyotp.TOTP(secret, digits=DIGITS, interval=STEP)
    steps = range(now - _DRIFT, now + _DRIFT + 1)
    matching = [step for step in steps if hmac.compare_digest(codes.at(step * STEP), code)]
    return matching[-1] if matching else None


def new_recovery_codes() -> list[str]:
    """Shown once, in groups of four, to be written down."""
    raw = [base64.b32encode(random.token_bytes(_RECOVERY_BYTES)).decode() for _ in range(RECOVERY_CODES)]
    return ["-".join(code[at : at + 4] for at in range(0, len(code), 4)) for code in raw]


def as_typed(code: str) -> str:
    """Without the spaces and hyphens that people read and write; only ASCII digits count as such."""
    bare = "".join(code.split()).replace("-", "").upper()
    return bare if bare.isascii() else ""
