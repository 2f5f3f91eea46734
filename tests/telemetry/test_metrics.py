"""Metrics are shown to whoever stands beside the processes, and to nobody through the gateway."""

import os
import re
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path

import httpx
import pytest

from contracts.services import SERVICES
from keten.running import metrics_pages, state
from tests.e2e.people import Founder, Platform, place_of
from tests.e2e.waiting import eventually
from tests.telemetry.conftest import Seen
from tests.telemetry.test_dashboards import EXPORTED, LABELS

# Values of labels are words of ours: a template, a name, a code, a number.
_WORD = re.compile(r"[a-z0-9_.-]+|unmatched|other|[A-Z]+|(/[a-zA-Z0-9_{}.-]+)+", re.ASCII)
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-")

# In the kernel's tables.
_LISTENS = "0A"


async def test_every_metric_is_there_and_holds_words_of_ours(organisations: Founder, seen: Seen) -> None:
    kracht = await organisations.organisation("Kracht", "Tess Bakker")
    await kracht.owner.get("/dossier/v1/clients")
    await kracht.owner.http.get("/dossier/v1/Berg/Eddy")

    async def all_are_told() -> None:
        told = seen.metrics()
        for service in SERVICES:
            assert f'keten_measured{{service="{service}"}} 1.0' in told
        names = {
            re.sub(r"_(bucket|sum|count|total|created)$", "", name) for name in re.findall(r"^keten_\w+", told, re.M)
        }
        # What is only there while a chunk waits, or a backup follows.
        assert EXPORTED.keys() - names <= {"keten_chunks", "keten_backup_age_seconds"}

    await eventually(all_are_told, patience=120)
    labels = re.findall(r'(\w+)="([^"]*)"', "\n".join(re.findall(r"^keten_.*$", seen.metrics(), re.M)))
    assert {name for name, _ in labels} <= LABELS | {"le"}
    assert [value for name, value in labels if name != "le" and not _WORD.fullmatch(value)] == []
    assert [value for _, value in labels if _ID.search(value) or "Berg" in value] == []


@pytest.mark.parametrize("path", ["/metrics", *(f"/{service}/v1/metrics" for service in SERVICES)])
async def test_the_gateway_does_not_show_them(platform: Platform, organisations: Founder, path: str) -> None:
    kracht = await organisations.organisation("Kracht", "Tess Bakker")

    async with httpx.AsyncClient(base_url=platform.url) as anybody:
        assert (await anybody.get(path)).status_code in (401, 404)
    assert (await kracht.owner.http.get(path)).status_code == 404


def test_on_one_machine_nothing_listens_but_on_loopback(platform: Platform) -> None:
    if platform.data is None:
        pytest.skip("in containers the networks say who reaches what: tests/compose/test_reach.py")
    place = place_of(platform)
    pids = [child["pid"] for child in state(place)["children"] if child["pid"]]

    listening = [address for pid in pids for address in _listening(pid)]

    shown = {int(page.rpartition(":")[2].partition("/")[0]) for page in metrics_pages(place)}
    assert {port for _, port in listening} >= shown | {place.port}
    assert {host for host, _ in listening} == {"127.0.0.1"}


def _listening(pid: int) -> Iterator[tuple[str, int]]:
    """Where a process listens, as the kernel tells it."""
    sockets = {os.readlink(file) for file in Path(f"/proc/{pid}/fd").iterdir() if file.is_symlink()}
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            _, local, _, status, *_, inode = line.split()[:10]
            if status == _LISTENS and f"socket:[{inode}]" in sockets:
                host, _, port = local.partition(":")
                yield str(ip_address(bytes.fromhex(host)[::-1])) if table == "tcp" else host, int(port, 16)
