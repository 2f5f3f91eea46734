"""The gateway: what it lets through and what not, however a path is written; and how much of it from one client."""

import contextlib
import time
from collections.abc import Iterator

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
    name, port = f"{stack_beside.project}-strict", free_port()
    strict = ["--env", "GATEWAY_RATE=5", "--env", "GATEWAY_BURST=5", "--publish", f"127.0.0.1:{port}:8000"]
    stack_beside.compose("run", "--detach", "--no-deps", "--name", name, *strict, "gateway")
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}") as http:
            _until_it_answers(http)
            asked = [http.get("/livez", headers={"X-Forwarded-For": f"203.0.113.{n}"}) for n in range(40)]
    finally:
        stack_beside.kill(name)

    assert {answer.status_code for answer in asked} <= {200, 429}
    assert sum(answer.status_code == 429 for answer in asked) > len(asked) / 2


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
