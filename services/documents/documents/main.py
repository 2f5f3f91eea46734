"""The wiring of documents; the only place that reads settings."""

import json
from collections.abc import Sequence
from dataclasses import replace

from access import facts
from access.tables import CONTENT
from chassis.clock import Clock, utc_now
from chassis.edge import Runtime
from chassis.keyrings import keyring
from chassis.peers import Peers
from chassis.seams import object_store
from chassis.service import Service, Wiring, assemble
from chassis.settings import Settings
from chassis.work import Work
from contracts.documents import AccessLogged, AccessLogSealed
from documents.api import ROUTERS
from documents.api.files import BODY_LIMITS
from documents.consumers import HANDLERS
from documents.delivery import Delivery, Kept, Nowhere, Smtp
from documents.domain.file import REMOVAL
from documents.domain.mail import RECALL, SENDING
from documents.storage import Files
from documents.tasks import ATTEMPTS, UNTIL_GONE, Mailing, Recall, Removal, Sweeping

WIRING = Wiring(
    name="documents",
    title="Keten documents",
    description="Mail that was sent and why, and the files that stand in dossiers.",
    routers=ROUTERS,
    handlers=HANDLERS,
    account=facts.account,
    sealed=AccessLogSealed,
    body_limits=BODY_LIMITS,
    ship=lambda dossier_id, lines: AccessLogged(dossier_id=dossier_id, lines=lines),
    content=(*CONTENT, "public.file"),
)


def create(settings: Settings, peers: Peers, *, clock: Clock = utc_now) -> Service:
    files = Files(object_store(settings), keyring(settings.secrets, "reading"))
    wiring = replace(WIRING, work=lambda runtime: _works(settings, runtime, files))
    service = assemble(wiring, settings, peers, clock=clock)
    service.api.state.files = files
    service.tasks = [*service.tasks, Sweeping(service.work.made, files, clock).run]
    return service


def _works(settings: Settings, runtime: Runtime, files: Files) -> Sequence[Work]:
    mailing = Mailing(
        peers=runtime.peers,
        decisions=runtime.decisions,
        delivery=_delivery(settings),
        clock=runtime.clock,
        base_url=settings.base_url,
        mail_from=settings.mail_from,
        staleness=runtime.staleness,
    )
    return (
        Work(kind=SENDING, run=mailing.send, failed=mailing.failed, attempts=ATTEMPTS, limit=120),
        Work(kind=REMOVAL, run=Removal(files).run, attempts=UNTIL_GONE, limit=60),
        Work(kind=RECALL, run=Recall(mailing.delivery).run, attempts=UNTIL_GONE, limit=60),
    )


def _delivery(settings: Settings) -> Delivery:
    if settings.smtp is not None:
        host, _, port = settings.smtp.rpartition(":")
        # A mail server that asks who one is: {"user": …, "password": …}
        held = settings.secrets / "smtp.json"
        said = json.loads(held.read_text()) if held.exists() else None
        return Smtp(host, int(port), (said["user"], said["password"]) if said else None)
    return Kept(settings.kept_mail) if settings.kept_mail is not None else Nowhere()
