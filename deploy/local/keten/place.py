"""Where the platform of this checkout lives: its data, its port, and what its processes are told."""

import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from chassis.postgres import PostgresServer, can_reach, free_port

CHECKOUT = Path(__file__).resolve().parents[3]
DATA_VERSION = "1"  # raised when an older data directory can no longer be used as it is

# Where root lets Postgres keep its data when the user it runs as cannot pass through the checkout's parents.
_FOR_ROOT = Path("/var/lib/keten")


class Refusal(Exception):
    """The platform cannot start like this; the message says why and what to do."""


@dataclass(frozen=True)
class Place:
    """The data directory (`KETEN_DATA`) and the gateway's port (`KETEN_PORT`)."""

    data: Path
    port: int
    mail_port: int | None = None
    """Of the page of kept mail, when `KETEN_MAIL_PORT` says it."""
    metrics_port: int | None = None
    """Of the services' metrics, when `KETEN_METRICS_PORT` says it; the worker's are on the port after."""
    elsewhere: str | None = None
    """The platform that `KETEN_URL` names, when it is not the one of this directory."""

    @property
    def url(self) -> str:
        return self.elsewhere or f"http://127.0.0.1:{self.port}"

    @property
    def logs(self) -> Path:
        return self.data / "logs"

    @property
    def secrets(self) -> Path:
        return self.data / "secrets"

    @property
    def mail(self) -> Path:
        """Mail that was kept, as there is no mail server."""
        return self.data / "mail"

    @property
    def mail_key(self) -> Path:
        """The key in the path of the page of kept mail."""
        return self.secrets / "mail-page.json"

    @property
    def demo(self) -> Path:
        """What the seed made: people to sign in as, and what to open."""
        named = re.sub(r"[^a-z0-9.]+", "-", urlsplit(self.elsewhere).netloc) if self.elsewhere else ""
        return self.data / (f"demo-{named}.json" if named else "demo.json")

    @property
    def state(self) -> Path:
        """What the supervisor last knew of its children."""
        return self.data / "state.json"

    def make(self) -> None:
        """Make the data directory and its parts."""
        self.data.mkdir(mode=0o711, parents=True, exist_ok=True)
        self.logs.mkdir(mode=0o700, exist_ok=True)
        self.secrets.mkdir(mode=0o700, exist_ok=True)
        if not (version := self.data / "VERSION").exists():
            version.write_text(DATA_VERSION + "\n")

    def postgres(self) -> PostgresServer:
        """The server, on a port that was free just now. `<data>/postgres` may be a link to where its files are."""
        files = self.data / "postgres"
        if not files.exists() and not files.is_symlink() and os.geteuid() == 0 and not _nobody_passes(self.data):
            elsewhere = _FOR_ROOT / hashlib.sha256(str(self.data).encode()).hexdigest()[:16]
            files.symlink_to(elsewhere / "postgres")
        return PostgresServer(files.resolve(), free_port(), self.secrets)

    def environment(self, postgres: str) -> dict[str, str]:
        """What every child is told; `postgres` is host and port. Other `KETEN_` settings are passed on."""
        own = {
            "KETEN_POSTGRES": postgres,
            "KETEN_SECRETS": str(self.secrets),
            "KETEN_PUBLIC_URL": self.url,
            "KETEN_POLICIES": str(CHECKOUT / "policies"),
            "KETEN_PORT": str(self.port),
            "KETEN_KEPT_MAIL": str(self.mail),
            "KETEN_OBJECTS": str(self.data / "objects"),
            "KETEN_QUEUE": str(self.data / "queue"),
            "PYTHONUNBUFFERED": "1",
        }
        return {**os.environ, **own}


def this_place() -> Place:
    """The place that the environment names. Raises `Refusal`."""
    port = os.environ.get("KETEN_PORT") or "8080"
    if not port.isdecimal() or not 0 < int(port) < 65536:
        raise Refusal(f"KETEN_PORT is {port}; a port is a number from 1 to 65535.")
    data = Path(os.environ.get("KETEN_DATA") or CHECKOUT / ".keten").absolute()
    elsewhere = (os.environ.get("KETEN_URL") or "").rstrip("/") or None
    return Place(data, int(port), _port_of("KETEN_MAIL_PORT"), _port_of("KETEN_METRICS_PORT"), elsewhere)


def _port_of(setting: str) -> int | None:
    said = os.environ.get(setting) or None
    if said is not None and (not said.isdecimal() or not 0 < int(said) < 65536):
        raise Refusal(f"{setting} is {said}; a port is a number from 1 to 65535.")
    return int(said) if said else None


def _nobody_passes(data: Path) -> bool:
    trial = data / "postgres.trial"
    trial.mkdir(exist_ok=True)
    try:
        trial.chmod(0o777)
        return can_reach(trial)
    finally:
        trial.rmdir()
