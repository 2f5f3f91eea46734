"""The wiring of the dossier service; the only place that reads settings."""

from typing import Any
from uuid import UUID

from fastapi import Depends, HTTPException

from access import facts
from chassis.keyrings import keyring
from chassis.peers import Peers, peers_only
from chassis.service import Service, Wiring, assemble
from chassis.settings import Settings
from contracts.dossier import AccessLogSealed
from contracts.ids import DossierId
from dossier.api import ROUTERS
from dossier.consumers import HANDLERS
from dossier.photos import MemberPhotos
from dossier.queries.client import initials_of

WIRING = Wiring(
    name="dossier",
    title="Keten dossier",
    description="Client groups, clients and their dossiers: what is written in them, who reaches them, and who did what.",
    routers=ROUTERS,
    handlers=HANDLERS,
    account=facts.account,
    sealed=AccessLogSealed,
)


def create(settings: Settings, peers: Peers) -> Service:
    service = assemble(WIRING, settings, peers)
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
