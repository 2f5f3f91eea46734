"""Internal routes answer another service of this platform, and nobody else who happens to reach them."""

import time
from collections.abc import AsyncIterator, Generator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from fastapi import Depends, FastAPI

from chassis import followed
from chassis.key_rotation import changing
from chassis.keyrings import Keyring, keyring
from chassis.new_keys import make_keys
from chassis.peers import PEER, Peers, Signed, peers_only

RING = Keyring("a", {"a": b"a key that all services share"})


def an_app(ring: Keyring = RING) -> FastAPI:
    app = FastAPI(dependencies=[Depends(peers_only(ring))])

    @app.get("/secrets/{name}")
    async def secret(name: str) -> dict[str, str]:
        return {"secret": name}

    @app.post("/secrets/{name}")
    async def keep(name: str) -> dict[str, str]:
        return {"kept": name}

    return app


def a_client(auth: httpx.Auth | None = None, *, app: FastAPI | None = None) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=app or an_app())
    return httpx.AsyncClient(transport=transport, base_url="http://identity", auth=auth)


@pytest.fixture
async def stranger() -> AsyncIterator[httpx.AsyncClient]:
    async with a_client() as client:
        yield client


def proof(method: str = "GET", path: str = "/secrets/one", *, expiry: str | None = None, ring: Keyring = RING) -> str:
    until = expiry or str(int(time.time()) + 60)
    return f"{until}.{ring.sign(f'peer {method} {path} {until}'.encode())}"


async def test_a_peer_is_answered() -> None:
    async with a_client(Signed(RING)) as peer:
        asked = await peer.get("/secrets/one")
        told = await peer.post("/secrets/one", json={})

    assert asked.json() == {"secret": "one"}
    assert told.json() == {"kept": "one"}


def later(seconds: int) -> str:
    return str(int(time.time()) + seconds)


REFUSED = {
    "nothing": "",
    "one word": "secret",
    "another key under our key id": proof(ring=Keyring("a", {"a": b"guessed"})),
    "another key": proof(ring=Keyring("b", {"b": b"guessed"})),
    "what was asked of another path": proof(path="/secrets/two"),
    "what was asked by another method": proof("POST"),
    "expired": proof(expiry=later(-1)),
    "good for longer than any of ours": proof(expiry=later(3600)),
    "an end that is no number": proof(expiry="never"),
    "an end in other digits": proof(expiry="٣٣٣٣٣٣٣٣٣٣"),
    "an end that was put off": f"{later(120)}.{proof().partition('.')[2]}",
    "no signature": f"{later(60)}.",
    "only a key id": f"{later(60)}.a.",
}


@pytest.mark.parametrize("header", REFUSED.values(), ids=REFUSED.keys())
async def test_whoever_is_no_peer_is_refused(stranger: httpx.AsyncClient, header: str) -> None:
    sent = {PEER: header.encode()} if header else {}

    answer = await stranger.get("/secrets/one", headers=sent)  # type: ignore[arg-type]

    assert answer.status_code == 401
    assert "secret" not in answer.text


async def test_what_was_asked_once_opens_nothing_else() -> None:
    seen: list[str] = []

    class Overheard(Signed):
        def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
            yield from super().auth_flow(request)
            seen.append(request.headers[PEER])

    async with a_client(Overheard(RING)) as peer, a_client() as thief:
        await peer.get("/secrets/one")
        stolen = {PEER: seen[0]}

        assert (await thief.get("/secrets/two", headers=stolen)).status_code == 401
        assert (await thief.post("/secrets/one", headers=stolen)).status_code == 401


async def test_peers_go_on_answering_one_another_while_their_key_is_rotated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(followed, "LOOK", 0.0)
    make_keys(tmp_path)
    at, statuses = datetime.now(UTC), []
    asking, answering = keyring(tmp_path, "peers"), an_app(keyring(tmp_path, "peers"))

    async with a_client(Signed(asking), app=answering) as peer:
        statuses.append((await peer.get("/secrets/one")).status_code)
        with changing(tmp_path, "peers") as file:
            file.to = file.to.with_coming(at=at)
        statuses.append((await peer.get("/secrets/one")).status_code)
        with changing(tmp_path, "peers") as file:
            file.to = file.to.switched(at=at)
        statuses.append((await peer.get("/secrets/one")).status_code)

    assert statuses == [200, 200, 200]


async def test_a_peer_that_refuses_us_is_an_outage() -> None:
    peers = Peers({"identity": a_client()})

    with pytest.raises(ConnectionError):
        await peers.ask("identity", "/secrets/one")
    with pytest.raises(ConnectionError):
        await peers.fetch("identity", "/secrets/one")
    with pytest.raises(ConnectionError):
        await peers.ask("nobody", "/secrets/one")
    await peers.close()


async def test_what_a_peer_does_not_have_is_an_answer() -> None:
    peers = Peers({"identity": a_client(Signed(RING))})

    assert (await peers.ask("identity", "/nothing")).status_code == 404
    assert (await peers.ask("identity", "/secrets/one", {})).json() == {"kept": "one"}
    await peers.close()


async def test_peers_in_processes_of_their_own_are_reached_signed() -> None:
    peers = Peers.at("http://{service}:8001", ["identity", "dossier"], RING)

    assert {name: str(client.base_url) for name, client in peers.clients.items()} == {
        "identity": "http://identity:8001",
        "dossier": "http://dossier:8001",
    }
    assert all(isinstance(client.auth, Signed) for client in peers.clients.values())
    await peers.close()
