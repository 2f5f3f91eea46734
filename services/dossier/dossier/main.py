"""The wiring of the dossier service; the only place that reads settings."""

from access import facts
from chassis.peers import Peers
from chassis.service import Service, Wiring, assemble
from chassis.settings import Settings
from contracts.dossier import AccessLogSealed
from dossier.api import ROUTERS
from dossier.consumers import HANDLERS

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
    return assemble(WIRING, settings, peers)
