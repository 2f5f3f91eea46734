"""`keten compose-up` and `keten compose-down`: the shape of many machines, all of it here, in containers."""

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence

from keten import seed
from keten.hand_out import SECRETS, hand_out
from keten.place import CHECKOUT, Place, Refusal, this_place
from keten.welcome import page


def main_up(arguments: Sequence[str] = ()) -> int:
    """Make the secrets, build the image, start everything, wait until it is ready; at first make the demo organisations."""
    parser = argparse.ArgumentParser(prog="keten compose-up", description=main_up.__doc__)
    parser.add_argument("--no-build", action="store_true", help="with the images that are there")
    parser.add_argument("--telemetry", action="store_true", help="with what shows metrics, alerts and traces")
    given = parser.parse_args(list(arguments))
    refuse_without_docker()
    hand_out(SECRETS)
    if given.telemetry:
        os.environ.update(COMPOSE_PROFILES="telemetry", KETEN_OTLP=COLLECTOR)
    if not given.no_build:
        print("Building the image …", flush=True)
        compose("build", "--quiet", "migrate", *(_WATCHING if given.telemetry else ()))
    print("Starting …", flush=True)
    compose("up", "--detach", "--wait", "--quiet-pull", "--remove-orphans")
    os.environ.update(_addresses(this_place()))
    place = this_place()
    place.make()
    if not place.demo.exists() and seed.main() != 0:
        print(
            "keten: the demo organisations were not made. The platform runs; try again: make compose-up",
            file=sys.stderr,
        )
        return 1
    print(page(place))
    if given.telemetry:
        print(_watching())
    return 0


def main_down(arguments: Sequence[str] = ()) -> int:
    """Stop everything. Data stays in its volumes, unless it is to be thrown away."""
    parser = argparse.ArgumentParser(prog="keten compose-down", description=main_down.__doc__)
    parser.add_argument("--volumes", action="store_true", help="throw all data away as well")
    given = parser.parse_args(list(arguments))
    refuse_without_docker()
    compose("--profile", "telemetry", "down", "--remove-orphans", *(["--volumes"] if given.volumes else []))
    if given.volumes:
        os.environ.update(_addresses(this_place()))
        this_place().demo.unlink(missing_ok=True)
    print("Keten has stopped; its data is " + ("gone." if given.volumes else "kept."))
    return 0


# Where the containers send their traces, and what is built to see inside.
COLLECTOR = "http://collector:4318/v1/traces"
_WATCHING = ("prometheus", "collector", "zipkin")


def _watching() -> str:
    # Debian's Prometheus comes with its classic pages alone.
    pages = (("PROMETHEUS", 9090, "/classic/alerts"), ("ALERTS", 9093, "/"), ("TRACES", 9411, "/zipkin/"))
    ports = ((os.environ.get(f"KETEN_{setting}_PORT") or port, path) for setting, port, path in pages)
    return "\n".join(["Seeing inside:", *(f"  http://127.0.0.1:{port}{path}" for port, path in ports)])


def _addresses(place: Place) -> dict[str, str]:
    """Where the platform in containers answers, and shows its mail: the ports that docker-compose.yml publishes."""
    mail_port = os.environ.get("KETEN_MAIL_PORT") or "8081"
    url = os.environ.get("KETEN_PUBLIC_URL") or f"http://127.0.0.1:{place.port}"
    return {"KETEN_URL": url, "KETEN_MAIL_URL": f"http://127.0.0.1:{mail_port}"}


def compose(*arguments: str, environment: Mapping[str, str] | None = None) -> None:
    """`docker compose` on this checkout's file. Raises `Refusal` when it fails; it has said why."""
    ran = subprocess.run(["docker", "compose", *arguments], cwd=CHECKOUT, env=environment, check=False)
    if ran.returncode != 0:
        raise Refusal(f"docker compose {arguments[0]} failed; above it says why. Its logs: docker compose logs")


def refuse_without_docker() -> None:
    """Raises `Refusal` where there is no Docker with compose."""
    if shutil.which("docker") is None:
        raise Refusal(
            "There is no Docker here. Install Docker with its compose plugin, or run on this machine alone: make up"
        )
    for command, fault in _NEEDED:
        if subprocess.run(["docker", *command], capture_output=True, check=False).returncode != 0:
            raise Refusal(fault)


_NEEDED = (
    (
        ("compose", "version"),
        "Docker has no compose plugin here. Install it (docker-compose-plugin), version 2.24 or newer.",
    ),
    (("info",), "The Docker engine does not answer. Start it, or ask to be let into the group docker."),
)
