"""One process of many: whom it believes, on which port it answers what, how it leaves, and what it may know."""

import json
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send

from chassis.peers import Peers
from chassis.postgres import ADMIN, free_port
from contracts.services import SERVICES
from keten.answering import BehindGateway, Ports
from keten.front import AWAY, front
from keten.hand_out import ORIGINALS, hand_out
from keten.hand_out import main as secrets_command

LEAVING = """
import sys
from starlette.responses import PlainTextResponse
from keten.answering import serve
serve(PlainTextResponse("here"), [("127.0.0.1", int(sys.argv[1]))], notice=1.5)
"""

SETTLED = """
import gc, sys
from starlette.responses import PlainTextResponse
from keten.answering import serve
async def looked_through(scope, receive, send):
    await PlainTextResponse(str(len(gc.get_objects())))(scope, receive, send)
serve(looked_through, [("127.0.0.1", int(sys.argv[1]))])
"""


async def who_asked(scope: Scope, receive: Receive, send: Send) -> None:
    told = {"client": scope["client"][0], "scheme": scope["scheme"]}
    await JSONResponse(told)(scope, receive, send)


@pytest.mark.parametrize(("caller", "believed"), [("127.0.0.1", "203.0.113.9"), ("198.51.100.7", "198.51.100.7")])
async def test_only_the_gateway_is_believed_about_a_callers_address(caller: str, believed: str) -> None:
    app = BehindGateway(who_asked, "localhost")
    said = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https"}

    async with _client(app, caller) as http:
        told = (await http.get("/", headers=said)).json()

    assert told == {"client": believed, "scheme": "https" if believed == "203.0.113.9" else "http"}


async def test_what_a_caller_wrote_himself_is_not_believed_and_known_proxies_are_passed_over() -> None:
    said = {"X-Forwarded-For": "192.0.2.1, 203.0.113.9, 198.51.100.7"}

    async with _client(BehindGateway(who_asked, "localhost"), "127.0.0.1") as http:
        alone = (await http.get("/", headers=said)).json()
    async with _client(BehindGateway(who_asked, "localhost", proxies=1), "127.0.0.1") as http:
        behind_one = (await http.get("/", headers=said)).json()
        unsaid = (await http.get("/")).json()

    assert alone["client"] == "198.51.100.7"
    assert behind_one["client"] == "203.0.113.9"
    assert unsaid["client"] == "127.0.0.1"


async def test_without_a_gateway_nobody_is_believed() -> None:
    app = BehindGateway(who_asked, "nowhere.invalid")

    async with _client(app, "127.0.0.1") as http:
        told = (await http.get("/", headers={"X-Forwarded-For": "203.0.113.9"})).json()

    assert told["client"] == "127.0.0.1"


async def test_internal_routes_are_a_matter_of_the_port_and_not_of_what_a_caller_says() -> None:
    ports = Ports({8000: JSONResponse("public"), 8001: JSONResponse("internal")})

    async def asked(port: int, host: str) -> Any:
        async def through(scope: Scope, receive: Receive, send: Send) -> None:
            await ports({**scope, "server": ("172.18.0.9", port)}, receive, send)

        async with _client(through, "172.18.0.2") as http:
            return (await http.get("/", headers={"Host": host})).json()

    assert await asked(8000, "dossier:8001") == "public"
    assert await asked(8001, "dossier:8000") == "internal"
    assert await asked(4711, "dossier:8001") == "public"


def test_what_a_process_has_loaded_is_not_looked_through_again() -> None:
    port = free_port()
    with subprocess.Popen([sys.executable, "-c", SETTLED, str(port)]) as process:
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{port}") as http:
                _until_it_answers(http)

                assert int(http.get("/").text) < 10_000
        finally:
            process.kill()


@pytest.fixture
def leaving() -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    port = free_port()
    with subprocess.Popen([sys.executable, "-c", LEAVING, str(port)]) as process:
        yield process, f"http://127.0.0.1:{port}"
        process.kill()


def test_who_is_told_to_stop_answers_a_while_and_says_that_he_leaves(
    leaving: tuple[subprocess.Popen[bytes], str],
) -> None:
    process, url = leaving
    with httpx.Client(base_url=url) as http:
        _until_it_answers(http)

        process.send_signal(signal.SIGTERM)
        while (last := http.get("/")).headers.get("Connection") != "close":
            assert process.poll() is None

        assert last.text == "here"
    assert process.wait(10) == 0


def test_who_came_in_before_he_left_is_answered(leaving: tuple[subprocess.Popen[bytes], str]) -> None:
    process, url = leaving
    with httpx.Client(base_url=url) as http:
        _until_it_answers(http)
    address = ("127.0.0.1", int(url.rpartition(":")[2]))
    process.send_signal(signal.SIGTERM)

    with socket.create_connection(address) as came_in:
        while _lets_in(address):
            time.sleep(0.01)
        came_in.sendall(b"GET / HTTP/1.1\r\nHost: here\r\n\r\n")
        came_in.settimeout(10)
        answer = came_in.recv(4096)

    assert answer.startswith(b"HTTP/1.1 200"), answer
    assert process.wait(10) == 0


def _lets_in(address: tuple[str, int]) -> bool:
    try:
        socket.create_connection(address).close()
    except ConnectionRefusedError:
        return False
    return True


async def test_the_front_tells_in_the_readers_language_that_nobody_is_there_and_who_is_away() -> None:
    ready = httpx.AsyncClient(transport=httpx.MockTransport(lambda _: httpx.Response(200)), base_url="http://dossier")
    away = httpx.AsyncClient(transport=httpx.MockTransport(lambda _: httpx.Response(503)), base_url="http://sharing")
    app = front(Peers({"dossier": ready, "sharing": away}))

    async with _client(app, "172.18.0.2") as http:
        nobody = await http.get("/nobody/has/this", headers={"Accept-Language": "nl"})
        refused = await http.post(AWAY, headers={"Accept-Language": "en"})
        health = await http.get("/readyz")
        alive = await http.get("/livez")

    assert (nobody.status_code, nobody.json()["detail"]) == (404, "Dit bestaat hier niet.")
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "1")
    assert refused.json()["type"] == AWAY
    assert refused.headers["Content-Type"] == "application/problem+json"
    assert (health.status_code, health.json()["waitingFor"]) == (503, ["sharing"])
    assert alive.status_code == 200


def test_each_reader_is_handed_what_it_needs_and_nothing_of_others(tmp_path: Path) -> None:
    hand_out(tmp_path / "secrets")

    held = {folder.name: {path.name for path in folder.iterdir()} for folder in (tmp_path / "secrets").iterdir()}
    for service in SERVICES:
        assert {f"{service}_api.password", f"{service}_worker.password"} <= held[service]
        others = {name for other in SERVICES if other != service for name in held[service] if name.startswith(other)}
        assert others == set()
        assert not held[service] & {f"{ADMIN}.password", f"{service}_owner.password", "bundle.json", "s3-server.json"}
    holders = {reader for reader, names in held.items() if "tokens.json" in names}
    assert holders == {"identity", ORIGINALS}
    assert held["postgres"] == {f"{ADMIN}.password"}
    assert held["front"] == {"peers.json"}
    workers = {f"{service}_worker.password" for service in SERVICES}
    assert held["operator"] == {f"{ADMIN}.password", *workers, "s3.json", "sealing.json"}
    assert held["opa"] == {"bundle.pem"}


def test_copies_can_be_read_by_whoever_a_container_runs_as_and_their_folder_by_its_owner_alone(tmp_path: Path) -> None:
    hand_out(tmp_path / "secrets")

    def mode(path: Path) -> int:
        return stat.S_IMODE(path.stat().st_mode)

    assert mode(tmp_path / "secrets") == mode(tmp_path / "secrets" / ORIGINALS) == 0o700
    assert mode(tmp_path / "secrets/identity") == 0o755
    assert {mode(path) for path in (tmp_path / "secrets/identity").iterdir()} == {0o644}


def test_handing_out_again_changes_nothing(tmp_path: Path) -> None:
    hand_out(tmp_path / "secrets")
    before = _written(tmp_path)

    hand_out(tmp_path / "secrets")

    assert _written(tmp_path) == before


def test_what_a_reader_is_not_handed_any_more_is_taken_back(tmp_path: Path) -> None:
    secrets = tmp_path / "secrets"
    hand_out(secrets)
    before = _written(tmp_path)
    for stray in ("documents/tokens.json", "front/keten_admin.password"):
        (secrets / stray).write_text("of a release before")

    hand_out(secrets)

    assert _written(tmp_path) == before


def test_a_new_key_is_handed_out_to_everybody_who_has_it(tmp_path: Path) -> None:
    secrets = tmp_path / "secrets"
    hand_out(secrets)

    assert secrets_command(["--secrets", str(secrets), "--rotate", "positions", "--now"]) == 0

    held = {(secrets / reader / "positions.json").read_text() for reader in (ORIGINALS, *SERVICES)}
    assert len(held) == 1
    assert json.loads(held.pop())["current"]


def test_a_process_says_in_a_sentence_which_setting_it_misses(tmp_path: Path) -> None:
    environment = {"PATH": "/usr/bin", "KETEN_POSTGRES": "postgres:5432", "KETEN_SECRETS": str(tmp_path)}
    command = [sys.executable, "-m", "keten.cli", "run", "answer", "dossier"]

    ran = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    assert ran.returncode == 2
    assert "KETEN_PUBLIC_URL" in ran.stderr
    assert "Traceback" not in ran.stderr


def _client(app: Any, caller: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app, client=(caller, 4711)), base_url="http://own")


def _until_it_answers(http: httpx.Client) -> None:
    end = time.monotonic() + 20
    while True:
        try:
            http.get("/")
            return
        except httpx.ConnectError:
            assert time.monotonic() < end, "It does not answer."
            time.sleep(0.05)


def _written(folder: Path) -> dict[Path, tuple[int, int]]:
    return {path: (path.stat().st_mtime_ns, path.stat().st_ino) for path in folder.rglob("*") if path.is_file()}
