"""The gateway: what it lets through and what not, however a path is written; and how much of it from one client."""

import contextlib
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from chassis.postgres import free_port
from contracts.services import SERVICES
from tests.stack import Stack

# Routes that services have on their port for peers, as somebody outside would ask for them.
INTERNAL = ("/positions/_confirm", "/jwks", "/mail-contents/0197a000-0000-7000-8000-000000000001")

# Ways around, if a path were read in one way at the gateway and in another behind it.
TWISTED = (
    "/{service}/../{path}",
    "/{service}//{path}",
    "//{service}{path}",
    "/{service}/v1/..{path}",
    "/{service}/v1/%2e%2e/%2e%2e{path}",
    "/{service}{path}",
    "/{service}:8001{path}",
    "{path}",
)


@pytest.fixture
def http(stack_beside: Stack) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=stack_beside.url, timeout=30) as client:
        yield client


@pytest.mark.parametrize("service", SERVICES)
def test_internal_routes_are_not_there_however_they_are_written(service: str, http: httpx.Client) -> None:
    answers = [
        http.send(_as_written(http, method, shape.format(service=service, path=path)))
        for shape in TWISTED
        for path in INTERNAL
        for method in ("GET", "POST")
    ]

    assert {answer.status_code for answer in answers} <= {401, 404, 405}


@pytest.mark.parametrize(
    "path", ["/dossier%2fv1/clients", "/dossier/v1%2Fclients", "/dossier%5cv1/clients", "/dossier/%00"]
)
def test_a_path_that_could_be_read_in_two_ways_is_refused(path: str, http: httpx.Client) -> None:
    assert http.send(_as_written(http, "GET", path)).status_code == 400


def test_only_the_services_ports_for_people_are_published(stack_beside: Stack) -> None:
    published = {
        line for line in stack_beside.compose("ps", "--format", "{{.Service}} {{.Ports}}").splitlines() if "->" in line
    }

    assert {line.partition(" ")[0] for line in published} == {"gateway", "mail"}
    assert all(address.strip().startswith("127.0.0.1:") for line in published for address in _addresses(line))


def test_one_client_may_ask_only_so_much_and_cannot_pass_for_many(stack_beside: Stack) -> None:
    with _another(stack_beside, "strict", "--env", "GATEWAY_RATE=5", "--env", "GATEWAY_BURST=5") as (http, _):
        asked = [http.get("/livez", headers={"X-Forwarded-For": f"203.0.113.{n}"}) for n in range(40)]

    assert {answer.status_code for answer in asked} <= {200, 429}
    assert sum(answer.status_code == 429 for answer in asked) > len(asked) / 2


def test_a_header_that_looks_like_one_that_is_trusted_does_not_get_through(stack_beside: Stack, tmp_path: Path) -> None:
    name = f"{stack_beside.project}-echo"
    routes = tmp_path / "routes.yaml"
    routes.write_text(_ECHO_ROUTES.format(name=name))
    routes.chmod(0o444)
    beside = ["--network", stack_beside.network_name("edge"), "--user", "10001", "--entrypoint", "python"]
    stack_beside.beside(name, *beside, f"keten:{stack_beside.tag}", "-c", _ECHO)
    aliases = ("X_Forwarded_For", "X.Forwarded.For", "X_Forwarded_Proto", "Keten_Position", "Idempotency~Key")
    try:
        with _another(stack_beside, "before-echo", "--volume", f"{routes}:/etc/traefik/routes.yaml:ro") as (http, said):
            said_along = dict.fromkeys([*aliases, "Keten-Position", "X-Forwarded-For"], "203.0.113.9")
            arrived = dict(http.get("/", headers=said_along).json())
            told = said()
    finally:
        stack_beside.kill(name)

    assert arrived["keten-position"] == "203.0.113.9"
    assert "203.0.113.9" not in arrived["x-forwarded-for"]
    assert not {alias.lower() for alias in aliases} & arrived.keys()
    assert told == "", "the gateway has nothing to warn of"


# Answers with the headers that reached it.
_ECHO = """
import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

class Echo(BaseHTTPRequestHandler):
    def do_GET(self):
        body = json.dumps({name.lower(): value for name, value in self.headers.items()}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

ThreadingHTTPServer(("0.0.0.0", 8000), Echo).serve_forever()
"""

_ECHO_ROUTES = """
http:
  routers: {{echo: {{rule: "PathPrefix(`/`)", entryPoints: [web], service: echo}}}}
  services: {{echo: {{loadBalancer: {{servers: [{{url: "http://{name}:8000"}}]}}}}}}
"""


@contextmanager
def _another(beside: Stack, name: str, *settings: str) -> Iterator[tuple[httpx.Client, Callable[[], str]]]:
    """A gateway of its own with these settings: a client of it, and what it says in its log."""
    name, port = f"{beside.project}-{name}", free_port()
    published = ["--publish", f"127.0.0.1:{port}:8000"]
    beside.compose("run", "--detach", "--no-deps", "--name", name, *settings, *published, "gateway")
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}") as http:
            _until_it_answers(http)
            yield http, lambda: beside.logs(name)
    finally:
        beside.kill(name)


def _until_it_answers(http: httpx.Client) -> None:
    """Docker takes connections before the gateway does, and the gateway before it has read its routes."""
    for _ in range(200):
        with contextlib.suppress(httpx.TransportError):
            if http.get("/livez").is_success:
                return
        time.sleep(0.1)
    raise AssertionError("The gateway does not answer.")


def _addresses(line: str) -> list[str]:
    return [address for address in line.partition(" ")[2].split(",") if "->" in address]


def _as_written(http: httpx.Client, method: str, path: str) -> httpx.Request:
    """httpx tidies paths up; this one goes out as it stands."""
    request = http.build_request(method, "/")
    request.url = request.url.copy_with(raw_path=path.encode())
    return request
