"""`keten run …`: one process of the platform on many machines: what answers for a service, what hears for it, what works
for it, and what stands beside the services. Settings come from the environment (`KETEN_…`)."""

import argparse
import asyncio
import signal
import sys
from collections.abc import Callable, Sequence
from importlib import import_module

import structlog
from starlette.types import ASGIApp

from chassis import logs, telemetry
from chassis.databases import Databases
from chassis.keyrings import keyring
from chassis.memory import settle
from chassis.migrations import DatabaseNewerThanCode, refuse_unknown_head
from chassis.peers import Peers
from chassis.service import Service
from chassis.settings import Settings, SettingsRefused, load_settings
from contracts.services import SERVICES
from keten.children import FINAL
from keten.operators import ask_why, operator
from keten.worker import ALIVE

# What the gateway publishes, and what only peers reach.
PUBLIC_PORT, INTERNAL_PORT = 8000, 8001

# Longer than the gateway keeps an idle connection: see `Server` (seconds).
NOTICE = 3

# So often the file is touched whose age is the health of a process that answers nobody (seconds).
_PULSE = 2.0

# Between two attempts to reach the database at the start (seconds).
_PAUSE = 1.0

_logger = structlog.get_logger()


def main(arguments: Sequence[str]) -> int:
    """Run until told to stop. Exit code 2 with a sentence for what trying again cannot help."""
    parser = _parser()
    given = parser.parse_args(list(arguments))
    logs.configure()
    try:
        return int(given.run(given) or 0)
    except (SettingsRefused, DatabaseNewerThanCode) as refused:
        print(refused, file=sys.stderr)
        return FINAL


def answer(given: argparse.Namespace) -> None:
    """Answer for a service: people and programs through the gateway, peers on a port of their own."""
    from keten.answering import BehindGateway, Ports, serve
    from keten.front import internal
    from keten.gateway import Gateway

    settings = load_settings()
    asyncio.run(_database_fits(settings, given.service))
    service = _created(settings, given.service)
    public = BehindGateway(Gateway([service], hearing=False), given.gateway, proxies=given.proxies)
    _logger.info("answering", service=service.name, instance=settings.instance)
    everywhere = "0.0.0.0"  # noqa: S104 - a container's own networks; the compose file says who is on them
    apps: dict[int, ASGIApp] = {PUBLIC_PORT: public, INTERNAL_PORT: internal(service)}
    with telemetry.seen(settings):
        serve(Ports(apps), [(everywhere, port) for port in apps], notice=NOTICE)


def hear(given: argparse.Namespace) -> None:
    """Relay, consumer, sealer and housekeeping of a service."""
    settings = load_settings()
    asyncio.run(_database_fits(settings, given.service))
    _logger.info("hearing", service=given.service, instance=settings.instance)
    with telemetry.seen(settings):
        asyncio.run(_hear(_created(settings, given.service)))


def work(given: argparse.Namespace) -> int:
    """The long work of a service."""
    from keten import worker

    settings = load_settings()
    asyncio.run(_database_fits(settings, given.service, role="worker"))
    _logger.info("working", service=given.service, instance=settings.instance)
    return worker.work(settings, [_created(settings, given.service)])


def front(given: argparse.Namespace) -> None:
    """What the gateway says when no service does: unknown paths, a service that is away, the health of the whole."""
    from keten.answering import Ports, serve
    from keten.front import front as app
    from keten.gateway_spans import gateway_spans

    settings = load_settings()
    apps: dict[int, ASGIApp] = {PUBLIC_PORT: app(_peers(settings))}
    if settings.otlp is not None:
        apps[INTERNAL_PORT] = gateway_spans(str(settings.otlp))
    serve(Ports(apps), [("0.0.0.0", port) for port in apps])  # noqa: S104 - as above


def policies(given: argparse.Namespace) -> None:
    """Serve the signed bundle of policies to OPA."""
    from chassis.policy_bundle import bundle_server, signed_bundle
    from keten.answering import serve

    settings = load_settings()
    bundle = signed_bundle(settings.policies, settings.secrets)
    _logger.info("serving_policies", revision=str(bundle.revision))
    serve(bundle_server(bundle), [("0.0.0.0", PUBLIC_PORT)])  # noqa: S104 - as above


def migrate(given: argparse.Namespace) -> int:
    """Databases, roles, migrations and topics, before any service of this release starts. Can be repeated."""
    from keten.migrate import migrate_all

    return migrate_all(load_settings(), replication=given.replication)


def points(given: argparse.Namespace) -> int:
    """Tell a backup what there is, on standard output, whenever it asks on standard input."""
    from keten.backup import telling

    return telling.main(load_settings(), given.backup, operator(given))


def refill(given: argparse.Namespace) -> int:
    """Put back what a backup held beside its databases, from standard input."""
    from keten.backup import refilling

    return refilling.main(load_settings(), given.backup, operator(given))


def send_held(given: argparse.Namespace) -> int:
    """Send the mails that a restore held."""
    from keten.backup import held_mail

    return held_mail.main(load_settings(), operator(given))


def unfollow(given: argparse.Namespace) -> int:
    """Expect no backup to follow the platform any more."""
    from keten.backup import following

    return following.main(load_settings())


async def _hear(service: Service) -> None:
    over, loop = asyncio.Event(), asyncio.get_running_loop()
    for sign in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sign, over.set)
    async with service.running():
        settle()
        while not over.is_set():
            ALIVE.touch()
            try:
                async with asyncio.timeout(_PULSE):
                    await over.wait()
            except TimeoutError:
                continue


async def _database_fits(settings: Settings, service: str, *, role: str = "api") -> None:
    """Wait for the database, then raise `DatabaseNewerThanCode` when this release does not know what is in it."""
    while True:
        try:
            return await refuse_unknown_head(Databases.of(settings), service, role)
        except OSError as fault:
            _logger.warning("database_away", service=service, reason=type(fault).__name__)
            await asyncio.sleep(_PAUSE)


def _created(settings: Settings, name: str) -> Service:
    service: Service = import_module(f"{name}.main").create(settings, _peers(settings))
    return service


def _peers(settings: Settings) -> Peers:
    if settings.peers is None:
        raise SettingsRefused("KETEN_PEERS is not set: where are the internal routes of {service}?")
    return Peers.at(settings.peers, SERVICES, keyring(settings.secrets, "peers"))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="keten run", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="process")

    def command(run: Callable[[argparse.Namespace], int | None], *, of_service: bool) -> argparse.ArgumentParser:
        added = commands.add_parser(run.__name__.replace("_", "-"), help=(run.__doc__ or "").partition("\n")[0])
        added.set_defaults(run=run)
        if of_service:
            added.add_argument("service", choices=SERVICES)
        return added

    answering = command(answer, of_service=True)
    answering.add_argument("--gateway", default="gateway", help="the host behind which this is (%(default)s)")
    answering.add_argument("--proxies", type=int, default=0, help="how many more stand before that one (%(default)s)")
    command(hear, of_service=True)
    command(work, of_service=True)
    command(front, of_service=False)
    command(policies, of_service=False)
    command(migrate, of_service=False).add_argument("--replication", type=int, default=1, help="of the log's topics")
    for beside in (points, refill):
        told = command(beside, of_service=False)
        told.add_argument("--backup", required=True, help="the name of the backup")
        ask_why(told)
    ask_why(command(send_held, of_service=False))
    command(unfollow, of_service=False)
    return parser
