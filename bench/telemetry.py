"""What traces cost a read: the same one with its traces leaving and without, in turn in one process. Processor time of that
process, so that a busy machine hardly matters."""

import argparse
import asyncio
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from access.testing import World, a_world
from bench.results import write_part
from chassis import traces
from chassis.databases import Databases, prepare
from chassis.migrations import migrate
from chassis.postgres import PostgresServer, free_port
from chassis.testing.services import ServiceUnderTest, running
from contracts.rights import STANDARD_LEVELS
from sharing.main import create

ROUNDS, READS = 15, 100
COLLECTOR = Path(__file__).parents[1] / "tests/telemetry/collector.py"

_EXPLAINED = """
Processor time of the service's process for a read of one grant, over ASGI, with Postgres beside it; medians of {rounds}
rounds of {reads} reads, in turn. With traces, a read has two spans, which a collector takes."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.telemetry", description=__doc__.partition("\n")[0])
    parser.add_argument("--write", action="store_true", help="renew this part of bench/RESULTS.md")
    given = parser.parse_args()
    with _postgres() as databases, _collector() as endpoint:
        spent = asyncio.run(_spent(databases, endpoint))
    without, with_traces = (statistics.median(spent[way]) * 1000 for way in ("without", "with"))
    table = "\n".join(
        [
            "| | a read | × |",
            "|---|---|---|",
            f"| without traces | {without:.2f} ms | 1.00 |",
            f"| with all traces kept | {with_traces:.2f} ms | {with_traces / without:.2f} |",
        ]
    )
    print(table)
    if given.write:
        write_part("Traces: what they cost a read", table + "\n" + _EXPLAINED.format(rounds=ROUNDS, reads=READS))


async def _spent(databases: Databases, endpoint: str) -> dict[str, list[float]]:
    """Seconds of processor time for a read, by round."""
    await prepare(databases, ["sharing"])
    await migrate(databases, "sharing")
    spent: dict[str, list[float]] = {"without": [], "with": []}
    async with running(create, databases, peers=["documents", "dossier"]) as service:
        world = a_world()
        await service.hear(*world.facts())
        reader = service.client(world.taco, world.kracht)
        path = await _grant(service, world)
        await _reads(reader, path)  # what is only done once
        for number in range(ROUNDS):
            spent["without"].append(await _reads(reader, path))
            end = traces.begin(traces.otlp(endpoint), ratio=1.0, instance="bench")
            spent["with"].append(await _reads(reader, path))
            end()
            print(f"{number + 1}/{ROUNDS}", file=sys.stderr, flush=True)
    return spent


async def _grant(service: ServiceUnderTest, world: World) -> str:
    asked = {
        "dossierId": str(world.dossier),
        "recipient": {"userId": str(world.leon)},
        "levelId": str(STANDARD_LEVELS[0].id),
        "purpose": "Shared care at home",
        "legalBasis": "consent",
    }
    made = await service.client(world.taco, world.kracht).post("/grants", json=asked)
    return f"/grants/{made.raise_for_status().json()['id']}"


async def _reads(reader: httpx.AsyncClient, path: str) -> float:
    began = time.process_time()
    for _ in range(READS):
        (await reader.get(path)).raise_for_status()
    return (time.process_time() - began) / READS


@contextmanager
def _postgres() -> Iterator[Databases]:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        server = PostgresServer(Path(folder) / "postgres", free_port(), Path(folder) / "secrets")
        process = server.start()
        try:
            server.wait_until_ready(process)
            yield Databases(server.address, server.secrets)
        finally:
            server.stop(process)


@contextmanager
def _collector() -> Iterator[str]:
    port = free_port()
    collector = subprocess.Popen([sys.executable, str(COLLECTOR), str(port)], stdout=subprocess.DEVNULL)
    try:
        yield f"http://127.0.0.1:{port}/v1/traces"
    finally:
        collector.terminate()
        collector.wait()


if __name__ == "__main__":
    main()
