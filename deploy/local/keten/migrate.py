"""The one-shot before the services: databases, roles and migrations. Loads what is slow only when there is work."""

import argparse
import asyncio
import hashlib
import importlib.util
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from contracts.services import SERVICES
from keten.children import FINAL

if TYPE_CHECKING:
    from chassis.settings import Settings

# Lies inside the data directory of Postgres, so that it travels with a copy of the data.
MIGRATED = "keten.migrated"


def main() -> int:
    """With `--unless FILE` nothing is done when nothing changed since that file was written."""
    parser = argparse.ArgumentParser(prog="keten.migrate")
    parser.add_argument("--unless", type=Path)
    done: Path | None = parser.parse_args().unless
    secrets = Path(os.environ["KETEN_SECRETS"])
    if done is not None and done.exists() and done.read_text() == fingerprint(secrets):
        return 0
    code = _migrate(os.environ["KETEN_POSTGRES"], secrets)
    if done is not None and code == 0:
        done.write_text(fingerprint(secrets))
        done.chmod(0o644)  # the user that Postgres runs as copies it in a backup
    return code


def fingerprint(secrets: Path) -> str:
    """Of all that decides what the databases are like: the migrations, the code that prepares, the passwords."""
    chassis = _folder("chassis")
    files = [chassis / name for name in ("databases.py", "log_postgres.py", "migrations.py", "tables.py")]
    for service in SERVICES:
        files += sorted((_folder(service).parent / "migrations").rglob("*.py"))
    files += sorted(secrets.glob("*.password"))
    whole = hashlib.sha256()
    for file in files:
        whole.update(f"{file.name}:{hashlib.sha256(file.read_bytes()).hexdigest()}\n".encode())
    return whole.hexdigest()


def _migrate(postgres: str, secrets: Path, *, log: bool = True) -> int:
    from chassis.databases import Databases, prepare
    from chassis.migrations import DatabaseNewerThanCode, MigrationsMissing, migrate

    async def prepare_and_migrate(databases: Databases) -> None:
        await prepare(databases, SERVICES, log=log)
        for service in SERVICES:
            await migrate(databases, service)

    try:
        asyncio.run(prepare_and_migrate(Databases(postgres, secrets)))
    except (DatabaseNewerThanCode, MigrationsMissing) as refusal:
        print(refusal, flush=True)
        return FINAL
    return 0


def migrate_all(settings: "Settings", *, replication: int) -> int:
    """On many machines: the databases, and the log's topics where it is Kafka. Exit code 2 with a sentence for a refusal."""
    code = _migrate(settings.postgres, settings.secrets, log=settings.kafka is None)
    if code == 0 and settings.kafka is not None:
        from keten.topics import create_topics

        asyncio.run(create_topics(settings.kafka, SERVICES, replication=replication))
    return code


def _folder(package: str) -> Path:
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(f"The package {package} is not installed.")
    return Path(spec.origin).parent


if __name__ == "__main__":
    sys.exit(main())
