"""OPA as it runs in production, for tests: its own configuration, and signed policies from a server of the test's own."""

import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from chassis.new_keys import make_keys
from chassis.policy_bundle import PolicyBundle, bundle_server, signed_bundle
from chassis.postgres import free_port
from chassis.testing.engines import ENGINES, Container, Engine, require, start

_DEPLOYED = Path(__file__).parents[4] / "deploy" / "opa"
_COMMAND = (
    "run",
    "--server",
    "--addr=:8181",
    "--diagnostic-addr=:8282",
    "--authorization=basic",
    "--log-level=error",
    "--skip-version-check",
    "--config-file=/etc/opa/config.yaml",
    "--set-file=keys.keten.key=/run/secrets/bundle.pem",
    # Tests that wait for a new bundle do not wait for long.
    "--set=bundles.keten.polling.min_delay_seconds=1",
    "--set=bundles.keten.polling.max_delay_seconds=1",
    "/etc/opa/authz.rego",
    "/etc/opa/log.rego",
)


@dataclass
class PolicyServer:
    """Serves a bundle on every address of this machine, where containers reach it; tests may change what it serves."""

    port: int
    bundle: PolicyBundle | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app: ASGIApp = _nothing if self.bundle is None else bundle_server(self.bundle)
        await app(scope, receive, send)

    def fetched(self) -> httpx.Response:
        """What OPA gets now."""
        return httpx.get(f"http://127.0.0.1:{self.port}/bundles/keten.tar.gz", timeout=5)


async def _nothing(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 404, "headers": []})
        await send({"type": "http.response.body", "body": b""})


@contextmanager
def policy_server() -> Iterator[PolicyServer]:
    """A server with nothing to serve yet."""
    serving = PolicyServer(free_port())
    config = uvicorn.Config(serving, host="0.0.0.0", port=serving.port, log_level="error", lifespan="off")  # noqa: S104 - containers come in by the bridge
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        yield serving
    finally:
        server.should_exit = True
        thread.join()


@contextmanager
def opa(serving: PolicyServer, secrets: Path) -> Iterator[Container]:
    """OPA in a container, with what is deployed, on the policies of that server. Skips where there is no such engine."""
    require("opa")
    make_keys(secrets)
    container = start(_engine(serving, secrets), run=os.getpid())
    try:
        yield container
    finally:
        container.remove()


@contextmanager
def opa_with(policies: Path, secrets: Path) -> Iterator[Container]:
    """OPA on the policies of a directory, signed with the keys of another, once it has taken them in."""
    require("opa")
    make_keys(secrets)
    with policy_server() as serving:
        serving.bundle = signed_bundle(policies, secrets)
        with opa(serving, secrets) as container:
            yield container


def _engine(serving: PolicyServer, secrets: Path) -> Engine:
    return Engine(
        ENGINES["opa"].image,
        8181,
        lambda host, port: _has_heard(serving, host, port),
        command=_COMMAND,
        environment={"POLICIES_URL": f"http://host.docker.internal:{serving.port}"},
        options={
            "extra_hosts": {"host.docker.internal": "host-gateway"},
            "read_only": True,
            "cap_drop": ["ALL"],
            "mounts": [
                _mount(_DEPLOYED, "/etc/opa"),
                _mount(secrets / "bundle.pem", "/run/secrets/bundle.pem"),
            ],
        },
    )


def _mount(here: Path, there: str) -> Mapping[str, object]:
    return {"Type": "bind", "Source": str(here), "Target": there, "ReadOnly": True}


def _has_heard(serving: PolicyServer, host: str, port: int) -> bool:
    """It answers; and where there are policies to fetch, it has them."""
    asked = httpx.post(
        f"http://{host}:{port}/v1/data/keten/account/decision?provenance=true", json={"input": {}}, timeout=2
    )
    return asked.status_code == 200 and (serving.bundle is None or "bundles" in asked.json()["provenance"])
