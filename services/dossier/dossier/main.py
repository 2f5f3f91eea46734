"""The wiring of the dossier service; the only place that reads settings."""

from typing import Any
from uuid import UUID

from fastapi import Depends, HTTPException

from access import facts
from access.tables import CONTENT
from chassis.clock import Clock, utc_now
from chassis.keyrings import keyring
from chassis.peers import Peers, peers_only
from chassis.service import Service, Wiring, assemble
from chassis.settings import Settings
from contracts.dossier import AccessLogSealed
from contracts.ids import DossierId
from dossier import tables
from dossier.api import ROUTERS
from dossier.consumers import HANDLERS
from dossier.photos import MemberPhotos
from dossier.queries.client import initials_of
from dossier.tasks import forget_shipped, works

WIRING = Wiring(
    name="dossier",
    title="Keten dossier",
    description="Client groups, clients and their dossiers: what is written in them, who reaches them, and who did what.",
    routers=ROUTERS,
    handlers=HANDLERS,
    account=facts.account,
    sealed=AccessLogSealed,
    content=(
        *CONTENT,
        *(f"public.{name}" for name in tables.CONTENT),
        "public.client_group",
    ),
    work=lambda runtime: works(runtime.clock),
    forget=forget_shipped,
)


def create(settings: Settings, peers: Peers, *, clock: Clock = utc_now) -> Service:
    service = assemble(WIRING, settings, peers, clock=clock)
    service.api.state.photos = MemberPhotos(keyring(settings.secrets, "reading"), peers)
    _tell_peers(service, settings)
    return service


def _tell_peers(service: Service, settings: Settings) -> None:
    """Routes for other services, which the gateway does not publish."""

    async def initials(dossier_id: UUID) -> dict[str, Any]:
        """What a mail may call the client of a dossier (SHR-18)."""
        async with service.work.made() as session:
            found = await initials_of(session, DossierId(dossier_id))
        if found is None:
            raise HTTPException(404)
        return {"initials": found}

    only_peers = [Depends(peers_only(keyring(settings.secrets, "peers")))]
    service.internal.add_api_route("/dossiers/{dossier_id}/initials", initials, dependencies=only_peers)
