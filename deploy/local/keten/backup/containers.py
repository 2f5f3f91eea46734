"""Backups of a platform in containers, by the compose file of this checkout, and its way back into empty volumes."""

import json
import os
import subprocess
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Final

from chassis.operators import Operator
from chassis.passwords import write_secret
from chassis.postgres import ADMIN
from keten.backup import command
from keten.backup.bringing_back import bring_back
from keten.backup.checking import Backup
from keten.backup.manifest import CONTAINERS
from keten.backup.point import Point
from keten.backup.recovery import write_files
from keten.backup.shape import BASE, SECRETS, Reached, secrets_in, why
from keten.backup.void_keys import rotate
from keten.compose import compose, refuse_without_docker
from keten.hand_out import ORIGINALS, hand_out
from keten.hand_out import SECRETS as FOLDER
from keten.operators import NAME
from keten.place import CHECKOUT, Refusal

_COMPOSE: Final = ("docker", "compose", "--file", str(CHECKOUT / "docker-compose.yml"))

# What is started before the databases are as they were: nobody answers yet.
_ENGINES: Final = ("postgres", "kafka", "s3")


class Containers:
    """The platform that `docker compose` knows by this checkout and `COMPOSE_PROJECT_NAME`."""

    name = CONTAINERS

    @contextmanager
    def reached(self, backup: str, operator: Operator) -> Iterator[Reached]:
        refuse_without_docker()
        if "postgres" not in _asked("ps", "--services", "--status", "running").split():
            raise Refusal("The platform in containers does not run. Start it first: make compose-up")
        asked = ["pg_basebackup", *BASE, "--host=127.0.0.1", f"--username={ADMIN}"]
        script = f"PGPASSWORD=$(cat /run/keten/{ADMIN}.password) exec {' '.join(asked)}"
        base = [*_COMPOSE, "exec", "-T", "postgres", "bash", "-c", script]
        yield Reached(base, [*_ours(operator, "points", backup), *why(operator)], os.environ)

    def unfollow(self, operator: Operator) -> int:
        refuse_without_docker()
        return subprocess.run([*_beside(operator), "run", "unfollow"], env=os.environ, check=False).returncode

    def secrets(self) -> Mapping[str, bytes]:
        return secrets_in(FOLDER / ORIGINALS)

    def beside(self) -> int:
        """The store does not tell how much it holds without being asked for all of it."""
        return 0


def restore(backup: Backup, points: Sequence[Point], operator: Operator) -> None:
    """Into a project that has nothing yet. Raises `Refusal`."""
    _refuse_taken()
    for name, content in backup.keys.secrets.items():
        write_secret(FOLDER / ORIGINALS / name.removeprefix(SECRETS), content.decode())
    rotate(FOLDER / ORIGINALS)
    hand_out(FOLDER)
    _unpack(backup, points)
    compose("up", "--detach", "--wait", "--quiet-pull", *_ENGINES)
    compose("run", "--rm", "-T", "--no-deps", "migrate")
    bring_back(backup, points, [*_ours(operator, "refill", backup.manifest.name), *why(operator)], os.environ)
    compose("up", "--detach", "--wait", "--quiet-pull")


def send_held(operator: Operator) -> int:
    """On the running platform."""
    command = [*_beside(operator), "run", "send-held", *why(operator)]
    return subprocess.run(command, env=os.environ, check=False).returncode


def _unpack(backup: Backup, points: Sequence[Point]) -> None:
    """The files of Postgres, by a container of its image on its volume."""
    unpack = [
        "run",
        "--rm",
        "-T",
        "--no-deps",
        "--entrypoint",
        "tar",
        "postgres",
        "-x",
        "-C",
        "/var/lib/postgresql/data",
    ]
    with command.running([*_COMPOSE, *unpack], os.environ) as unpacking:
        try:
            with tarfile.open(fileobj=unpacking.given, mode="w|", format=tarfile.PAX_FORMAT) as tar:
                write_files(backup, points, tar)
            is_done = unpacking.end() == 0
        except BrokenPipeError:
            is_done = False
        if not is_done:
            raise Refusal(f"The databases could not be unpacked: {unpacking.said()}")


def _beside(operator: Operator) -> list[str]:
    """A process of ours in the containers' networks, as long as it takes."""
    return [*_COMPOSE, "run", "--rm", "-T", "--no-deps", "--env", f"{NAME}={operator.name}", "operator"]


def _ours(operator: Operator, asked: str, backup: str) -> list[str]:
    return [*_beside(operator), "run", asked, "--backup", backup]


def _refuse_taken() -> None:
    """Raises `Refusal` when this project has containers, volumes or secrets."""
    refuse_without_docker()
    project = json.loads(_asked("config", "--format", "json"))["name"]
    volumes = ["docker", "volume", "ls", "--quiet", "--filter", f"label=com.docker.compose.project={project}"]
    held = subprocess.run(volumes, capture_output=True, text=True, check=True).stdout.split()
    if held or _asked("ps", "--all", "--quiet").split():
        raise Refusal(
            f"The project {project} has containers or data, and a backup is never restored over data. Set "
            "COMPOSE_PROJECT_NAME to another name, or throw it away: keten compose-down --volumes"
        )
    if (FOLDER / ORIGINALS).exists():
        raise Refusal(f"{FOLDER} holds the secrets of a platform. Move it away, or set KETEN_COMPOSE_SECRETS.")


def _asked(*arguments: str) -> str:
    """What `docker compose` answers. Raises `Refusal`."""
    ran = subprocess.run([*_COMPOSE, *arguments], capture_output=True, text=True, check=False)
    if ran.returncode != 0:
        raise Refusal(f"docker compose {arguments[0]} failed: {ran.stderr.strip()[-500:]}")
    return ran.stdout
