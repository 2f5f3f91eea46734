"""One server of the comparison in a process of its own: `python -m bench.reads_server VARIANT SETTINGS-AS-JSON`.

Ours is the dossier service as it is. What costs a layer is told by variants that stand something in for it, here alone.
"""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import uvicorn
from joserfc.jwk import ECKey

import chassis  # noqa: F401 - first of all: see there
from bench.reads_plain import plain_app
from chassis.database import engine, sessions
from chassis.databases import Databases
from chassis.decisions import DecisionPoint
from chassis.memory import settle
from chassis.peers import Peers
from chassis.service import Service
from chassis.settings import Settings
from chassis.testing.services import URL, Issuer
from dossier.main import create

POLICIES = Path(__file__).parents[1] / "policies"


def main(variant: str, given: str) -> None:
    told: dict[str, Any] = json.loads(given)
    issuer = Issuer(ECKey.import_key(told["key"]))
    databases = Databases(told["postgres"], Path(told["secrets"]))
    if variant.startswith("plain"):
        app: Any = plain_app(databases.url("dossier", "worker"), told["opa"], issuer, variant.endswith("at-once"))
    else:
        app = _ours(variant, told, databases, issuer)
    settle()
    uvicorn.run(app, host="127.0.0.1", port=told["port"], log_level="warning", access_log=False)


def _ours(variant: str, told: Mapping[str, Any], databases: Databases, issuer: Issuer) -> Any:
    settings = Settings(
        postgres=databases.address,
        secrets=databases.secrets,
        policies=POLICIES,
        public_url=URL,
        opa=None if variant == "embedded" else told["opa"],
        # No log is read here; the facts were put there just now.
        staleness=24 * 3600,
    )
    service = create(settings, Peers({"identity": issuer.client()}))
    _stand_in(variant, service, databases)

    @asynccontextmanager
    async def lifespan(_: Any) -> AsyncIterator[None]:
        async with service.running(hearing=False):
            yield

    service.api.router.lifespan_context = lifespan
    return service.api


def _stand_in(variant: str, service: Service, databases: Databases) -> None:
    if variant == "without-policy":
        service.runtime.decisions = _Remembered(service.runtime.decisions)
    if variant == "without-log":
        service.runtime.log.record = _forget  # type: ignore[method-assign]
    if variant == "without-lock":
        # The same pool on a role that row-level security does not bind.
        service.runtime.made = sessions(engine(databases.url("dossier", "worker"), size=5))


async def _forget(lines: Sequence[Any]) -> None:
    await asyncio.sleep(0)


class _Remembered:
    """Asks each kind of question once, and says ever after what it was told then."""

    def __init__(self, point: DecisionPoint) -> None:
        self._point, self._told = point, dict[tuple[str, object], Mapping[str, object]]()

    async def decide(self, package: str, facts: Mapping[str, object]) -> Mapping[str, object]:
        kind = (package, facts["action"])
        if kind not in self._told:
            self._told[kind] = await self._point.decide(package, facts)
        return self._told[kind]

    async def close(self) -> None:
        await self._point.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
