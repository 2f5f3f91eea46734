"""What operators see: an alert told by the Prometheus of the profile `telemetry` when something is wrong, shown by its
Alertmanager with what it means and what to do, and gone when that is mended; and dashboards that have something to show."""

import json
import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from chassis.postgres import free_port
from tests.canaries import Canaries, Read
from tests.e2e.operating import Operator
from tests.e2e.people import Founder, Platform
from tests.e2e.waiting import eventually
from tests.planting import HEARERS, poisoned
from tests.stack import Stack
from tests.telemetry import promtool
from tests.telemetry.queries import RULES, TARGETS

WATCHING = ("prometheus", "alertmanager")

# Empty while nothing of the kind happens.
EMPTY_WHEN_ALL_IS_WELL = {
    "requests: Not answered A",
    "work: Open work A",
    "work: Given up A",
}

# Measured every ten seconds, asked for and looked at every fifteen; on a machine that has other things to do (seconds).
PATIENCE = 150.0


@pytest.fixture
def watching(stack_beside: Stack) -> Iterator[dict[str, httpx.Client]]:
    """Prometheus and its Alertmanager as the profile runs them, beside the platform."""
    name, _, tag = promtool.image().partition(":")
    assert name == "keten-prometheus"
    ports = {one: free_port() for one in WATCHING}
    published = {"KETEN_PROMETHEUS_PORT": str(ports["prometheus"]), "KETEN_ALERTS_PORT": str(ports["alertmanager"])}
    settings = {"COMPOSE_PROFILES": "telemetry", "KETEN_TAG": tag, **published}
    try:
        stack_beside.compose("up", "--detach", "--wait", "--no-deps", "--no-build", *WATCHING, **settings)
        yield {one: httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) for one, port in ports.items()}
    finally:
        stack_beside.compose("rm", "--stop", "--force", *WATCHING, **settings)


@pytest.fixture
def operator(stack_beside: Stack, tmp_path: Path) -> Operator:
    return Operator(Platform(stack_beside.url, None, secrets=stack_beside.secrets), tmp_path)


async def test_an_event_that_nobody_can_handle_is_told_with_what_to_do_until_it_is_mended(
    operator: Operator, watching: dict[str, httpx.Client]
) -> None:
    [rule] = [one for one in RULES if one["alert"] == "EventParked"]
    canaries = Canaries()

    async def all_is_well() -> None:
        targets = watching["prometheus"].get("/api/v1/targets").json()["data"]["activeTargets"]
        assert [one["scrapeUrl"] for one in targets if one["health"] != "up"] == []
        assert told(watching) == {}

    async def all_are_told() -> None:
        assert set(told(watching)) == set(HEARERS)

    await eventually(all_is_well, patience=PATIENCE)
    async with poisoned(canaries, operator):
        await eventually(all_are_told, patience=PATIENCE)
        alerts = told(watching)
        seen = [
            Read(name, client.get("/api/v2/alerts" if name == "alertmanager" else "/api/v1/alerts").content)
            for name, client in watching.items()
        ]

    for service, alert in alerts.items():
        assert alert["labels"] == {"alertname": "EventParked", "service": service, "severity": "page"}
        said = {name: text.replace("{{ $labels.service }}", service) for name, text in rule["annotations"].items()}
        assert alert["annotations"] == said
        assert alert["receivers"] == [{"name": "operators"}]
    assert [str(found) for found in canaries.find(seen)] == []
    await eventually(all_is_well, patience=PATIENCE)


@pytest.fixture
async def founder(stack_beside: Stack) -> AsyncIterator[Founder]:
    there = Platform(stack_beside.url, None, mail=stack_beside.mail_url, secrets=stack_beside.secrets)
    async with Founder(there) as founder:
        yield founder


async def test_every_panel_has_something_to_show_with_a_legend(
    founder: Founder, watching: dict[str, httpx.Client]
) -> None:
    shown: dict[str, list[dict[str, str]]] = {}

    async def all_show() -> None:
        await founder.organisation("Kracht", "Tess Bakker")  # work for every panel, a mail among it
        shown.update({where: series(watching["prometheus"], target["expr"]) for where, target in TARGETS.items()})
        assert {where for where, found in shown.items() if not found} <= EMPTY_WHEN_ALL_IS_WELL

    await eventually(all_show, patience=PATIENCE)

    for where, found in shown.items():
        named = re.findall(r"{{(\w+)}}", TARGETS[where]["legendFormat"])
        assert all(labels.get(name) for labels in found for name in named), where


def series(prometheus: httpx.Client, query: str) -> list[dict[str, str]]:
    """The labels of what a panel shows of all services at this moment, as Grafana asks for it."""
    asked = query.replace("$service", ".+").replace("$__rate_interval", "1m")
    answer = prometheus.get("/api/v1/query", params={"query": asked})
    assert answer.status_code == 200, answer.text
    return [one["metric"] for one in answer.json()["data"]["result"] if one["value"][1] != "NaN"]


def told(watching: dict[str, httpx.Client]) -> dict[str, dict[str, Any]]:
    """What Alertmanager shows of parked events, by service."""
    answer = watching["alertmanager"].get("/api/v2/alerts", params={"filter": 'alertname="EventParked"'})
    return {alert["labels"]["service"]: alert for alert in json.loads(answer.content)}
