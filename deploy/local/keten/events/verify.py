"""`keten events verify`: whether the access logs are as they were written, by their chains and by what the event log has of
them."""

import argparse
from datetime import timedelta

from chassis import access_log, sealed_heads
from chassis.access_log_months import kept_since
from chassis.clock import utc_now
from chassis.keyrings import keyring
from contracts.services import SERVICES
from keten.events.lines import say, table
from keten.events.reach import Reach


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--service", choices=SERVICES, help="of this one alone")


async def run(reach: Reach, given: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    """Exit code 1 when anything does not hold."""
    ring = keyring(reach.settings.secrets, "sealing")
    # Whatever month is being dropped just now is not asked for.
    oldest = kept_since(utc_now() + timedelta(days=1))
    rows, faults = [], []
    for service in [given.service] if given.service else SERVICES:
        async with reach.sessions(service) as made, made() as session, session.begin():
            compared = await sealed_heads.compare(session, reach.log, service, oldest=oldest)
            chain = await access_log.verify(session, ring)
        holds = chain.intact and not compared.differing
        rows.append(
            (
                service,
                chain.lines,
                chain.segments,
                chain.unsealed,
                compared.heads,
                "holds" if holds else "DOES NOT HOLD",
            )
        )
        if not chain.intact:
            faults.append(
                f"{service}: the chain breaks at line {chain.broken_at}; from there on it was changed by hand."
            )
        for one in compared.differing:
            what = "is another one now" if one.found else "is gone"
            faults.append(f"{service}: line {one.lines} of {one.segment} {what}; the event log knows how it was.")
    say(*table(("service", "lines", "months", "unsealed", "heads on the log", ""), rows, right=(1, 2, 3, 4)))
    if faults:
        say("", *faults)
    return int(bool(faults))
