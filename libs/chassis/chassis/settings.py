"""What a process must be told, read once from the environment (`KETEN_…`). A wrong or unknown value stops the start."""

import os
import socket
from pathlib import Path

from pydantic import Field, HttpUrl, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

# Read by the `keten` command, the test runner and benches, not by services.
_FOREIGN = {"KETEN_DATA", "KETEN_ENGINES", "KETEN_URL", "KETEN_MAIL_URL", "KETEN_MAIL_PORT"}


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

    @property
    def base_url(self) -> str:
        return str(self.public_url).rstrip("/")


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
