"""Authorized reads, ours against the plain way, under requests that come at a fixed rate: `python -m bench.reads [--write]`.

Same data in the same Postgres, same OPA, same machine, same run; both answer the same, which is checked first.
"""

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from bench.open_loop import CALLERS, OVERLOAD, Target, answered, offered, percentile, sustained
from bench.processor import spent
from bench.reads_world import World, make_world
from bench.results import write_part
from chassis.databases import Databases, prepare
from chassis.migrations import migrate
from chassis.new_keys import make_keys
from chassis.postgres import PostgresServer, free_port
from chassis.testing.policies import opa_with
from chassis.testing.services import Issuer

POLICIES = Path(__file__).parents[1] / "policies"
TITLE = "Authorized reads"
COMPARED = {
    "list": ("plain", "plain-at-once", "ours", "embedded"),
    "read": ("plain", "ours", "embedded"),
}
KINDS = tuple(COMPARED)
LAYERS = ("without-policy", "without-lock", "without-log")
VARIANTS = ("plain", "plain-at-once", "ours", "embedded", *LAYERS)

# Of how many dossiers the reads go through in turn.
READ = 200

# Seconds in which each process gets to what it then does over and over.
WARM = 0.3

# How many requests of a kind a round takes at least to see how long one waits; and for how long at most (seconds).
FEWEST = 20
LONGEST = 15.0


@dataclass
class Servers:
    """Every variant's address and process, what they all lean on, and what to ask them."""

    urls: Mapping[str, str]
    processes: Mapping[str, int]
    shared: Sequence[int]
    token: str
    dossiers: Sequence[str] = ()

    def target(self, variant: str, kind: str) -> Target:
        base = self.urls[variant]
        paths = ["/clients?limit=100"] if kind == "list" else [f"/dossiers/{one}" for one in self.dossiers]
        return Target([base + path for path in paths], self.headers)

    @property
    def headers(self) -> Mapping[str, str]:
        return {"Authorization": f"Bearer {self.token}", "Accept-Language": "en"}


@dataclass
class Seen:
    """By kind and variant: rates sustained, latencies at one rate for all, and milliseconds of processor per answer."""

    rates: dict[tuple[str, str], list[float]] = field(default_factory=lambda: defaultdict(list))
    waits: dict[tuple[str, str], list[float]] = field(default_factory=lambda: defaultdict(list))
    work: dict[tuple[str, str], list[float]] = field(default_factory=lambda: defaultdict(list))
    common: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))


async def measured(servers: Servers, rounds: int, seconds: float) -> Seen:
    """Each round measures every variant once, so that what else the machine does falls on all alike."""
    seen = Seen()
    for nr in range(rounds):
        began = time.monotonic()
        for kind, variants in COMPARED.items():
            for variant in VARIANTS:
                await answered(servers.target(variant, kind), at_once=1, seconds=WARM)
            await _compare(seen, servers, kind, variants, seconds)
            for variant in (*variants, *LAYERS):
                pids = [servers.processes[variant], *servers.shared]
                before = spent(pids)
                count, _ = await answered(servers.target(variant, kind), at_once=CALLERS, seconds=seconds)
                seen.work[kind, variant].append((spent(pids) - before) * 1000 / count)
        print(f"round {nr + 1} of {rounds}: {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    return seen


async def _compare(seen: Seen, servers: Servers, kind: str, variants: Sequence[str], seconds: float) -> None:
    for variant in variants:
        seen.rates[kind, variant].append(await sustained(servers.target(variant, kind), seconds=seconds))
    rate = seen.rates[kind, "plain"][-1] / 2  # what even the plain way bears without a queue
    seen.common[kind].append(rate)
    for variant in variants:
        long = min(max(seconds, FEWEST / rate), LONGEST)
        waited = await offered(servers.target(variant, kind), rate=rate, seconds=long)
        if waited.failed and not variant.startswith("plain"):
            raise RuntimeError(f"{waited.failed} answers of {variant} failed at a rate that it bears")
        seen.waits[kind, variant].extend(waited.latencies)


def table(seen: Seen, rounds: int) -> str:
    """What was measured, for people."""
    return "\n\n".join(["\n\n".join(_of_kind(seen, kind) for kind in KINDS), _layers(seen), _limits(rounds)])


def _of_kind(seen: Seen, kind: str) -> str:
    common = statistics.median(seen.common[kind])
    lines = [
        "**A list of 100 clients**" if kind == "list" else "**One dossier**",
        "",
        f"| | requests/s sustained | against plain | p50 at {common:.1f}/s | p99 at {common:.1f}/s | p99 against plain "
        "| processor per answer |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    plain_rates, plain_p99 = seen.rates[kind, "plain"], percentile(seen.waits[kind, "plain"], 0.99)
    for variant in COMPARED[kind]:
        rates, waits = seen.rates[kind, variant], seen.waits[kind, variant]
        ratio = statistics.median(one / other for one, other in zip(rates, plain_rates, strict=True))
        p99 = percentile(waits, 0.99)
        lines.append(
            f"| {_NAMES[variant]} | {statistics.median(rates):.1f} ({min(rates):.1f}–{max(rates):.1f}) | {ratio:.1f}× "
            f"| {statistics.median(waits) * 1000:.0f} ms | {p99 * 1000:.0f} ms | 1/{plain_p99 / p99:.1f} "
            f"| {statistics.median(seen.work[kind, variant]):.1f} ms |"
        )
    return "\n".join(lines)


_NAMES = {
    "plain": "plain way, row after row",
    "plain-at-once": "plain way, all rows at once",
    "ours": "ours, OPA",
    "embedded": "ours, embedded interpreter",
}


def _layers(seen: Seen) -> str:
    names = {
        "without-policy": "the policy (asking OPA)",
        "without-lock": "row-level security",
        "without-log": "the access log",
    }
    lines = [
        "**What each layer costs**: processor milliseconds per answer, of the service, Postgres and OPA together, and how",
        "many of them go when the layer is stood in for, in the bench alone.",
        "",
        "| | list | read |",
        "|---|---:|---:|",
        "| all layers, OPA | "
        + " | ".join(f"{statistics.median(seen.work[kind, 'ours']):.1f} ms" for kind in KINDS)
        + " |",
    ]
    for variant, name in names.items():
        saved = [
            statistics.median(
                whole - without
                for whole, without in zip(seen.work[kind, "ours"], seen.work[kind, variant], strict=True)
            )
            for kind in KINDS
        ]
        lines.append(f"| {name} | " + " | ".join(f"{one:+.1f} ms" for one in saved) + " |")
    return "\n".join(lines)


def _limits(rounds: int) -> str:
    return f"""\
Medians of {rounds} rounds (lowest–highest); ratios are medians of each round's ratio. Sustained: answers a second while
requests come at a fixed rate, {OVERLOAD} times what {CALLERS} callers that wait get answered. p50 and p99: over all rounds'
requests, from when each was due, at half of what the plain way sustained. One server process each, ours with five
database connections, theirs with twenty; Postgres (durable), OPA and the load run on the same cores. What limits ours
is the Python of its one process and, in the list, row-level security; what limits the plain list is its hundred calls.
Both answer the same, member by member; the plain way has no second lock, no access log and no check of freshness."""


async def _check(servers: Servers) -> None:
    """Ours and theirs say the same, so that the same work is compared; and these are the dossiers to read."""
    async with httpx.AsyncClient(headers=servers.headers, timeout=60) as client:
        lists = {v: (await client.get(f"{url}/clients?limit=100")).json() for v, url in servers.urls.items()}
        for variant, told in lists.items():
            assert _comparable(told) == _comparable(lists["plain"]), variant
            assert len(told["items"]) == 100, variant
        second = await client.get(f"{servers.urls['ours']}/clients?limit=100&cursor={lists['ours']['next']}")
        servers.dossiers = [one["dossierId"] for one in [*lists["ours"]["items"], *second.json()["items"]]][:READ]
        for path in (f"/dossiers/{servers.dossiers[0]}", f"/dossiers/{servers.dossiers[-1]}"):
            whole = {v: (await client.get(url + path)).json() for v, url in servers.urls.items()}
            for variant, told in whole.items():
                if variant != "without-policy":  # it says why of another dossier
                    assert _comparable(told) == _comparable(whole["plain"]), (variant, told, whole["plain"])


def _comparable(told: Any) -> Any:
    return json.loads(json.dumps(told, sort_keys=True))


@asynccontextmanager
async def serving(variants: Sequence[str] = VARIANTS) -> AsyncIterator[Servers]:
    """A database with the world in it, OPA, and a server process for each variant."""
    folder = _folder()
    secrets, issuer = folder / "secrets", Issuer()
    make_keys(secrets)
    with ExitStack() as running:
        server, postgres = running.enter_context(_postgres(folder))
        databases = Databases(server, secrets)
        await prepare(databases, ["dossier"])
        await migrate(databases, "dossier")
        world: World = await make_world(databases)
        opa = running.enter_context(opa_with(POLICIES, secrets))
        told = {
            "postgres": databases.address,
            "secrets": str(secrets),
            "opa": f"http://{opa.address}",
            "key": issuer.key.as_dict(private=True),
        }
        urls, processes = {}, {}
        for variant in variants:
            urls[variant], processes[variant] = running.enter_context(_server(variant, told))
            await _ready(urls[variant])
        shared = [postgres, int(opa.docker("inspect", "--format={{.State.Pid}}"))]
        yield Servers(
            urls, processes, shared, issuer.token(world.reader, world.account, exp=int(time.time()) + 24 * 3600)
        )


def _folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="keten-bench-"))
    folder.chmod(0o711)  # Postgres runs as another user
    return folder


@contextmanager
def _postgres(folder: Path) -> Iterator[tuple[str, int]]:
    server = PostgresServer(folder / "postgres", free_port(), folder / "secrets")
    process = server.start()
    try:
        server.wait_until_ready(process)
        yield server.address, process.pid
    finally:
        server.stop(process)


@contextmanager
def _server(variant: str, told: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.reads_server", variant, json.dumps({**told, "port": port})]
    )
    try:
        yield f"http://127.0.0.1:{port}", process.pid
    finally:
        process.kill()  # it has nothing to keep
        process.wait()


async def _ready(url: str) -> None:
    async with httpx.AsyncClient() as client, asyncio.timeout(120):
        while True:
            try:
                await client.get(f"{url}/livez")
            except httpx.TransportError:
                await asyncio.sleep(0.2)
            else:
                return


async def _main(options: argparse.Namespace) -> None:
    async with serving() as servers:
        await _check(servers)
        seen = await measured(servers, options.rounds, options.seconds)
    text = table(seen, options.rounds)
    print(text)
    if options.write:
        write_part(TITLE, text)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=3.0, help="how long each step lasts")
    parser.add_argument("--write", action="store_true", help="renew this part of RESULTS.md")
    asyncio.run(_main(parser.parse_args()))
