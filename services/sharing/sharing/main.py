"""The wiring of sharing; the only place that reads settings."""

from access import facts
from access.tables import CONTENT
from chassis.peers import Peers
from chassis.service import Service, Wiring, assemble
from chassis.settings import Settings
from contracts.sharing import AccessLogged, AccessLogSealed
from sharing.api import ROUTERS
from sharing.consumers import HANDLERS

WIRING = Wiring(
    name="sharing",
    title="Keten sharing",
    description="Opens one dossier to one person in another account, at a level, for a purpose; changes and withdraws it.",
    routers=ROUTERS,
    handlers=HANDLERS,
    account=facts.account,
    sealed=AccessLogSealed,
    ship=lambda dossier_id, lines: AccessLogged(dossier_id=dossier_id, lines=lines),
    content=(*CONTENT, "public.level", "public.dossier_grant"),
)


def create(settings: Settings, peers: Peers) -> Service:
    return assemble(WIRING, settings, peers)
