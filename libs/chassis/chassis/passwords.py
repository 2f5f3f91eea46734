"""Files with secrets: written whole, readable by their owner alone. Knows no purpose."""

import os
import secrets as random
from pathlib import Path


def password_of(role: str, secrets: Path) -> str:
    """The password of a role from `<secrets>/<role>.password`, made when missing."""
    path = secrets / f"{role}.password"
    if not path.exists():
        write_secret(path, random.token_urlsafe(32))
    return path.read_text().strip()


def write_secret(path: Path, text: str) -> None:
    """Write a file that its owner alone can read: whole or not at all, also when the machine goes down."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    unborn = path.with_name(path.name + ".unborn")
    unborn.unlink(missing_ok=True)
    with os.fdopen(os.open(unborn, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    unborn.rename(path)
