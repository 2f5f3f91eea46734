"""The one process that answers: every service behind one port, with their relays, consumers and sealers as tasks."""

import asyncio
import sys
from collections.abc import Sequence

import structlog

from chassis import logs, telemetry
from chassis.databases import Databases
from chassis.migrations import DatabaseNewerThanCode, refuse_unknown_head
from chassis.settings import Settings, SettingsRefused, load_settings
from contracts.services import SERVICES
from keten.answering import BehindGateway, serve
from keten.gateway import Gateway, assemble_services


def main(arguments: Sequence[str] = ()) -> int:
    """Serve until told to stop. Exit code 2 with a sentence when the settings or the databases do not fit."""
    logs.configure()
    try:
        settings = load_settings()
        asyncio.run(_refuse_unknown_heads(settings))
    except (SettingsRefused, DatabaseNewerThanCode) as refused:
        print(refused, file=sys.stderr)
        return 2
    structlog.get_logger().info("serving", port=settings.port, services=SERVICES)
    loopback = "127.0.0.1"  # who puts a gateway of his own before it does so on this machine
    with telemetry.seen(settings):
        serve(BehindGateway(Gateway(assemble_services(settings)), loopback), [(loopback, settings.port)])
    return 0


async def _refuse_unknown_heads(settings: Settings) -> None:
    for service in SERVICES:
        await refuse_unknown_head(Databases.of(settings), service)


if __name__ == "__main__":
    sys.exit(main())
