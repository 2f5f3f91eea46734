"""Whoever adds an internal route lets only the other services in, or says here why anybody who reaches it may ask."""

from importlib import import_module
from pathlib import Path

import httpx
import pytest

from chassis.new_keys import make_keys
from chassis.peers import CONFIRM, Peers
from chassis.service import Service
from chassis.settings import Settings
from contracts.ids import new_id
from contracts.services import SERVICES

ROOT = Path(__file__).parents[2]

OPEN = {
    CONFIRM,  # answers only to a position, which is signed
    "/jwks",  # public keys
}


@pytest.mark.parametrize("name", SERVICES)
async def test_internal_routes_answer_only_peers(name: str, tmp_path: Path) -> None:
    service = a_service(name, tmp_path)

    routes = internal_routes(service)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=service.internal), base_url="http://x") as stranger:
        answers = {
            f"{method} {path}": (await stranger.request(method, filled(path), json={})).status_code
            for path, method in routes
            if path not in OPEN
        }

    assert routes
    assert {route: status for route, status in answers.items() if status != 401} == {}


def a_service(name: str, secrets: Path) -> Service:
    make_keys(secrets)
    settings = Settings.model_validate(
        {
            "postgres": "127.0.0.1:1",
            "secrets": secrets,
            "policies": ROOT / "policies",
            "public_url": "http://127.0.0.1:8080",
            "objects": secrets / "objects",
            "queue": str(secrets / "queue"),
            "kept_mail": secrets / "mail",
        }
    )
    service: Service = import_module(f"{name}.main").create(settings, Peers())
    return service


def internal_routes(service: Service) -> list[tuple[str, str]]:
    """As its document has them, those of routers within routers too."""
    documented = service.internal.openapi()["paths"]
    return sorted((path, method.upper()) for path, methods in documented.items() for method in methods)


def filled(path: str) -> str:
    parts = [str(new_id()) if part.startswith("{") else part for part in path.split("/")]
    return "/".join(parts)
