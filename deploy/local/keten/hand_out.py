"""`keten secrets`: what the processes on many machines may know: originals in one folder, and copies in a folder per reader.

A reader's folder is mounted into its containers as a whole, so that new keys are seen while they run. The parent lets nobody
in but its owner; the copies in it can be read by whatever user a container runs as."""

import argparse
import json
import os
import secrets as random
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from chassis.new_keys import make_keys
from chassis.passwords import password_of, write_secret
from chassis.postgres import ADMIN
from contracts.services import SERVICES
from keten import keys
from keten.place import CHECKOUT

SECRETS = Path(os.environ.get("KETEN_COMPOSE_SECRETS") or CHECKOUT / "deploy/compose/secrets")
ORIGINALS = "keys"

_ROLES = ("owner", "api", "worker")

# Keys of one reader alone; every other key that there is goes to every service.
_OWN = {
    "tokens.json": "identity",
    "links.json": "identity",
    "cookies.json": "identity",
    "second-factors.json": "identity",
    "bundle.json": "policies",
    "bundle.pem": "opa",
    "s3-server.json": "s3",
}


def main(arguments: Sequence[str] = ()) -> int:
    """Make what is missing and hand it out; or let a new key take over."""
    parser = argparse.ArgumentParser(prog="keten secrets", description=__doc__)
    parser.add_argument("--secrets", type=Path, default=SECRETS, help="the folder of all of them (%(default)s)")
    parser.add_argument(
        "--rotate", metavar="PURPOSE", help="let a new key of this purpose take over, as `keten keys` does"
    )
    parser.add_argument("--now", action="store_true", help="with --rotate: a key has leaked; the old ones open nothing")
    given = parser.parse_args(list(arguments))
    hand_out(given.secrets)
    if given.rotate:
        _rotate(given.secrets, given.rotate, now=given.now)
    return 0


def hand_out(secrets: Path) -> None:
    """Make the originals that are missing, and every copy that is not like its original; take back what a reader is not
    handed any more. Can be repeated."""
    originals = secrets / ORIGINALS
    originals.mkdir(mode=0o700, parents=True, exist_ok=True)
    secrets.chmod(0o700)
    _make(originals)
    for reader, names in _readers(originals).items():
        folder = secrets / reader
        folder.mkdir(exist_ok=True)
        folder.chmod(0o755)
        for stray in folder.iterdir():
            if stray.name not in names:
                stray.unlink()
        for name in names:
            _copy(originals / name, folder / name)


def _rotate(secrets: Path, purpose: str, *, now: bool) -> None:
    """Every process must accept a key before one of them signs with it."""
    rotate = ["--secrets", str(secrets / ORIGINALS), "rotate", purpose]
    for step in [["--now"]] if now else [["--step"], []]:
        keys.main([*rotate, *step])
        hand_out(secrets)


def _make(originals: Path) -> None:
    make_keys(originals)
    for role in (ADMIN, *(f"{service}_{role}" for service in SERVICES for role in _ROLES)):
        password_of(role, originals)
    if not (originals / "s3.json").exists():
        pair = {"accessKey": random.token_hex(10), "secretKey": random.token_urlsafe(30)}
        write_secret(originals / "s3.json", json.dumps(pair))
    if not (originals / "s3-server.json").exists():
        pair = json.loads((originals / "s3.json").read_text())
        allowed = {"name": "keten", "credentials": [pair], "actions": ["Admin", "Read", "Write", "List"]}
        write_secret(originals / "s3-server.json", json.dumps({"identities": [allowed]}))


def _readers(originals: Path) -> Mapping[str, Sequence[str]]:
    """Who is handed what."""
    common = [path.name for path in originals.glob("*.json") if path.name not in _OWN]
    return {
        "postgres": [f"{ADMIN}.password"],
        "operator": [
            f"{ADMIN}.password",
            *(f"{service}_worker.password" for service in SERVICES),
            "s3.json",
            "sealing.json",
        ],
        "migrate": [path.name for path in originals.glob("*.password")],
        "front": ["peers.json"],
        "policies": ["bundle.json"],
        "opa": ["bundle.pem"],
        "s3": ["s3-server.json"],
        **{service: [*common, *_of_service(service)] for service in SERVICES},
    }


def _of_service(service: str) -> Iterator[str]:
    yield from (f"{service}_{role}.password" for role in ("api", "worker"))
    yield from (name for name, reader in _OWN.items() if reader == service)


def _copy(original: Path, copy: Path) -> None:
    content = original.read_bytes()
    if copy.exists() and copy.read_bytes() == content:
        return
    unborn = copy.with_name(copy.name + ".unborn")
    with os.fdopen(os.open(unborn, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644), "wb") as file:
        file.write(content)
        os.fchmod(file.fileno(), 0o644)  # whatever the umask
    unborn.rename(copy)
