"""What a process must be told, read once from the environment (`KETEN_…`). A wrong or unknown value stops the start."""

import os
import socket
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import Field, HttpUrl, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

# Read by the `keten` command, docker-compose.yml, the test runner and benches, not by services.
_FOREIGN = {
    "KETEN_DATA",
    "KETEN_ENGINES",
    "KETEN_OPERATOR",
    "KETEN_URL",
    "KETEN_MAIL_URL",
    "KETEN_MAIL_PORT",
    "KETEN_TAG",
    "KETEN_COMPOSE_SECRETS",
    "KETEN_GATEWAY_RATE",
    "KETEN_GATEWAY_BURST",
    "KETEN_GATEWAY_PROXIES",
}


# Nobody else's machine has these addresses (RFC 8252 §8.3).
LOOPBACK = ("127.0.0.1", "::1", "localhost")


class Settings(BaseSettings):
    """Settings of one process. Durations are in seconds."""

    model_config = SettingsConfigDict(env_prefix="KETEN_", extra="forbid", frozen=True)

    postgres: str = Field(pattern=r"^[^:/@]+:\d+$", description="Host and port of the database server.")
    secrets: Path = Field(description="Directory with a password file per database role and the keyrings.")
    policies: Path = Field(description="Directory with the Rego policies and their data.")
    public_url: HttpUrl = Field(description="Where people and programs reach the gateway.")
    port: int = Field(default=8080, ge=1, le=65535, description="The gateway's port on one machine.")
    kafka: str | None = Field(
        default=None,
        pattern=r"^[^:/@,]+:\d+(,[^:/@,]+:\d+)*$",
        description="Kafka's brokers; none: the log is a database.",
    )
    opa: HttpUrl | None = Field(default=None, description="The OPA to ask; none: the policies run in this process.")
    objects: Path | None = Field(default=None, description="Directory of the object store, where there is no S3.")
    s3: HttpUrl | None = Field(default=None, description="S3 with the bucket as its path; its keys are in s3.json.")
    queue: str | None = Field(
        default=None,
        pattern=r"^(redis://|/).+$",
        description="Where the doorbell of long work rings: Valkey, or a directory.",
    )
    smtp: str | None = Field(
        default=None,
        pattern=r"^[^:/@]+:\d+$",
        description="The mail server; none: mail is kept and shown on a local page.",
    )
    kept_mail: Path | None = Field(default=None, description="Directory of kept mail, where there is no mail server.")
    mail_from: str = Field(default="Keten <no-reply@keten.example>", description="Whom mail comes from.")
    peers: str | None = Field(
        default=None,
        pattern=r"^http://.*\{service\}.*$",
        description="Where the internal routes of {service} are; none: all services are in this process.",
    )
    instance: str = Field(default_factory=socket.gethostname, description="This process among those of its kind.")
    database_suffix: str = Field(default="", pattern=r"^[a-z0-9_]*$", description="Follows every database's name.")
    pool_size: int = Field(default=5, ge=1, le=50)
    staleness: float = Field(
        default=60, gt=0, description="Received access ends when the log was not read for so long."
    )
    heartbeat: float = Field(default=5, gt=0, description="How often a relay says that it has nothing more to say.")
    position_wait: float = Field(default=2, gt=0, description="How long a read waits for what its token names.")
    access_token_life: int = Field(default=300, ge=30, le=3600)
    issuer: str | None = Field(
        default=None, description="An OpenID provider of your own, exactly as its tokens name it; none: identity is it."
    )
    issuer_audience: str = Field(
        default="keten", min_length=1, description="What its access tokens call this platform."
    )
    issuer_algorithms: str = Field(
        default="ES256,RS256,PS256,EdDSA",
        pattern=r"^(ES256|RS256|PS256|EdDSA)(,(ES256|RS256|PS256|EdDSA))*$",
        description="What it may sign with.",
    )
    issuer_token_type: str = Field(default="at+jwt", min_length=1, description="What its access tokens' header says.")
    issuer_user_claim: str = Field(default="sub", min_length=1, description="The claim with our id of the user.")
    issuer_account_claim: str = Field(
        default="account", min_length=1, description="The claim with our id of the account."
    )
    issuer_client_claim: str = Field(
        default="client_id", min_length=1, description="The claim with the program's name."
    )
    issuer_session_claim: str = Field(
        default="sid", min_length=1, description="The claim with the session, if there is one."
    )

    @field_validator("issuer")
    @classmethod
    def _safely_reached(cls, issuer: str | None) -> str | None:
        if issuer is not None and not is_safe(issuer):
            raise ValueError("an https address without user, query or fragment (http on loopback alone)")
        return issuer

    @property
    def base_url(self) -> str:
        return str(self.public_url).rstrip("/")


def is_safe(address: str) -> bool:
    """Whether nobody between us and this address can answer in its place."""
    parts = urlsplit(address)
    is_plain = not (parts.username or parts.password or parts.query or parts.fragment)
    is_private = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
    return bool(parts.hostname) and is_plain and is_private


class SettingsRefused(Exception):
    """The environment does not say what this process must know."""


def load_settings() -> Settings:
    """Settings from the environment. Raises `SettingsRefused` with a sentence a person can act on."""
    known = {f"KETEN_{name.upper()}" for name in Settings.model_fields} | _FOREIGN
    unknown = sorted(name for name in os.environ if name.startswith("KETEN_") and name not in known)
    if unknown:
        raise SettingsRefused(f"Unknown setting(s): {', '.join(unknown)}. Known are: {', '.join(sorted(known))}.")
    try:
        return Settings()
    except ValidationError as refused:
        faults = "; ".join(f"KETEN_{'_'.join(map(str, f['loc'])).upper()}: {f['msg']}" for f in refused.errors())
        raise SettingsRefused(f"Settings are missing or wrong. {faults}.") from None
