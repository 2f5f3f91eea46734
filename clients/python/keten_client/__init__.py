"""The API of Keten. `api` has every operation by service, `models` what they send and answer; both are generated."""

from keten_client.answers import Answer
from keten_client.platform import Keten, every
from keten_client.refusals import (
    Conflict,
    Forbidden,
    Invalid,
    JobFailed,
    NotFound,
    Refused,
    SignInRefused,
    TooMany,
    Unauthenticated,
    Unavailable,
    VersionMissing,
    VersionStale,
)
from keten_client.signing_in import PartnerSystem, Person

__all__ = [
    "Answer",
    "Conflict",
    "Forbidden",
    "Invalid",
    "JobFailed",
    "Keten",
    "NotFound",
    "PartnerSystem",
    "Person",
    "Refused",
    "SignInRefused",
    "TooMany",
    "Unauthenticated",
    "Unavailable",
    "VersionMissing",
    "VersionStale",
    "every",
]
