"""The shape of many machines at rest: how long it takes to start, what it holds in memory, how large the image is.

`python -m bench.stack` prints a table; with `--write` it becomes a part of RESULTS.md."""

import argparse
import json
import os
import re
import statistics
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from bench.results import write_part
from chassis.postgres import free_port
from keten.hand_out import hand_out
from keten.place import CHECKOUT

PROJECT = "keten-bench"
BASE = "python:3.13-slim"
IMAGE = f"keten:{PROJECT}"

# What is loaded at the first request or the first beat is in memory by then (seconds).
REST = 30

_UNITS = {"B": 1 / 2**20, "KiB": 1 / 2**10, "MiB": 1.0, "GiB": 2.0**10}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.stack", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="starts from nothing (%(default)s)")
    parser.add_argument("--write", action="store_true", help="write the part of RESULTS.md")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="keten-bench-") as folder:
        hand_out(Path(folder) / "secrets")
        text = _measured(_environment(folder), rounds=given.rounds)
    print(text)
    if given.write:
        write_part("Many machines at rest", text)


def _measured(environment: Mapping[str, str], *, rounds: int) -> str:
    _compose(environment, "build", "--quiet", "migrate")
    warm = _seconds(environment, "build", "--quiet", "--no-cache", "migrate")
    starts = []
    try:
        for round_ in range(rounds):
            starts.append(_seconds(environment, "up", "--detach", "--wait"))
            if round_ < rounds - 1:
                _compose(environment, "down", "--volumes")
        again = _started_again(environment)
        time.sleep(REST)
        memory = _memory()
    finally:
        _compose(environment, "down", "--volumes")
        size, base = _bytes(IMAGE), _bytes(BASE)
        subprocess.run(["docker", "rmi", "--force", IMAGE], capture_output=True, check=False)
    return _told(warm=warm, starts=starts, again=again, memory=memory, size=size, base=base)


def _told(*, warm: float, starts: list[float], again: float, memory: Mapping[str, float], size: int, base: int) -> str:
    ours = sum(held for name, held in memory.items() if not _is_engine(name))
    middle = statistics.median(starts)
    rows = [f"| {name} | {held:.0f} |" for name, held in sorted(memory.items(), key=lambda row: -row[1])]
    return "\n".join(
        [
            "| | |",
            "|---|---|",
            f"| image over its base ({BASE}, {base / 1e6:.0f} MB) | {(size - base) / 1e6:.0f} MB |",
            f"| image built anew, with the packages in the cache | {warm:.0f} s |",
            f"| `docker compose up --wait` from nothing to ready, median of {len(starts)} | {middle:.0f} s |",
            f"| the slowest of these | {max(starts):.0f} s |",
            f"| the same with its data there | {again:.0f} s |",
            f"| memory at rest, all {len(memory)} containers | {sum(memory.values()):.0f} MiB |",
            f"| of it our own processes | {ours:.0f} MiB |",
            "",
            "Starting is bound by the processor: Kafka and a dozen Python processes load at the same time.",
            "",
            "| container at rest | MiB |",
            "|---|---|",
            *rows,
        ]
    )


def _started_again(environment: Mapping[str, str]) -> float:
    _compose(environment, "down")
    return _seconds(environment, "up", "--detach", "--wait")


def _memory() -> dict[str, float]:
    """By service, in MiB: what Docker counts, without the page cache that can be given back."""
    listed = _ran(["docker", "stats", "--no-stream", "--format", "{{json .}}"])
    rows = [json.loads(line) for line in listed.splitlines()]
    mine = [row for row in rows if row["Name"].startswith(PROJECT)]
    return {re.sub(rf"^{PROJECT}-(.*)-\d+$", r"\1", row["Name"]): _mebibytes(row["MemUsage"]) for row in mine}


def _mebibytes(usage: str) -> float:
    found = re.match(r"([\d.]+)(\w+)", usage)
    assert found is not None, usage
    return float(found[1]) * _UNITS[found[2]]


def _is_engine(container: str) -> bool:
    return container in {"gateway", "kafka", "mail", "opa", "postgres", "s3", "valkey"}


def _bytes(image: str) -> int:
    return int(_ran(["docker", "image", "inspect", "--format", "{{.Size}}", image]))


def _seconds(environment: Mapping[str, str], *arguments: str) -> float:
    begun = time.monotonic()
    _compose(environment, *arguments)
    return time.monotonic() - begun


def _compose(environment: Mapping[str, str], *arguments: str) -> None:
    _ran(["docker", "compose", *arguments], environment)


def _ran(command: list[str], environment: Mapping[str, str] | None = None) -> str:
    ran = subprocess.run(command, cwd=CHECKOUT, env=environment, capture_output=True, text=True, check=False)
    if ran.returncode != 0:
        raise SystemExit(f"{' '.join(command)}: {ran.stderr.strip()[-2000:]}")
    return ran.stdout


def _environment(folder: str) -> dict[str, str]:
    own = {
        "COMPOSE_PROJECT_NAME": PROJECT,
        "KETEN_COMPOSE_SECRETS": f"{folder}/secrets",
        "KETEN_PORT": str(free_port()),
        "KETEN_MAIL_PORT": str(free_port()),
        "KETEN_TAG": PROJECT,
    }
    return {**os.environ, **own}


if __name__ == "__main__":
    main()
