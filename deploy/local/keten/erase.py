"""`keten erase`: a dossier, a user or an account, by who runs the platform: for whom nobody can ask any more through it."""

import argparse
import asyncio
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from chassis import operators as deeds
from chassis.clock import utc_now
from chassis.operators import Deed
from chassis.problems import Refusal as Refused
from contracts.dossier import ErasureGround
from contracts.identity import Retention
from contracts.operators import OperatorAction
from contracts.services import SERVICES
from dossier.tasks import erase_now as erase_dossier
from identity.tasks.erasure import erase_account_now as erase_account
from identity.tasks.erasure import erase_now as erase_user
from keten import operators
from keten.erased import is_left
from keten.events.reach import Reach, ask_where, reached, settle
from keten.place import Refusal

# What is erased at once has gone everywhere within this time, unless a process is away (seconds).
PATIENCE: Final = 180.0

_DOSSIER_GROUNDS: Final = (ErasureGround.REQUEST_OF_THE_PERSON, ErasureGround.RETENTION_ENDED)

# Who keeps something of it, and so who is waited for.
_HOLDERS: Final = {"dossier": ("dossier", "sharing", "documents"), "user": SERVICES, "account": SERVICES}


def main(arguments: Sequence[str]) -> int:
    """Erase for good what has this id. It is asked once more, unless --yes; nothing brings it back."""
    parser = argparse.ArgumentParser(prog="keten erase", description=main.__doc__)
    kinds = parser.add_subparsers(dest="kind", required=True, metavar="what")
    for kind, grounds in (("dossier", _DOSSIER_GROUNDS), ("user", ()), ("account", tuple(Retention))):
        one = kinds.add_parser(kind)
        one.add_argument("id", type=UUID)
        if grounds:
            codes = [ground.value for ground in grounds]
            one.add_argument("--ground", choices=codes, required=True, help="what the law has to say of it")
        one.add_argument("--yes", action="store_true", help="do not ask once more")
        operators.ask_why(one)
        ask_where(one)
    given = parser.parse_args(arguments)
    if not given.yes and not _is_sure(given):
        print("Nothing was erased.")
        return 1
    sure = arguments if given.yes else [*arguments, "--yes"]
    code = settle(given, list(sure), command="erase")
    return asyncio.run(_erase(given)) if code is None else code


def _is_sure(given: argparse.Namespace) -> bool:
    if not sys.stdin.isatty():
        raise Refusal("Nobody is there to be asked once more: say --yes.")
    typed = input(f"The {given.kind} {given.id} is erased for good. Type its id once more: ")
    return typed.strip() == str(given.id)


async def _erase(given: argparse.Namespace) -> int:
    begun = utc_now()
    async with reached() as reach:
        owner = "dossier" if given.kind == "dossier" else "identity"
        async with reach.sessions(owner) as made, made() as session, session.begin():
            subject = given.id if given.kind == "dossier" else None
            deed = Deed(_ACTIONS[given.kind], subject, {given.kind: str(given.id)})
            await deeds.write(session, operators.operator(given), [deed], at=utc_now())
            try:
                if given.kind == "dossier":
                    await erase_dossier(session, given.id, ground=ErasureGround(given.ground), at=utc_now())
                elif given.kind == "user":
                    await erase_user(session, given.id, at=utc_now())
                else:
                    await erase_account(session, given.id, retention=Retention(given.ground), at=utc_now())
            except Refused as refused:
                raise Refusal(refused.detail("en")) from None
        return await _wait(reach, given, begun)


_ACTIONS: Final = {
    "dossier": OperatorAction.ERASE_DOSSIER,
    "user": OperatorAction.ERASE_USER,
    "account": OperatorAction.ERASE_ACCOUNT,
}


async def _wait(reach: Reach, given: argparse.Namespace, begun: datetime) -> int:
    """Say of each service when nothing of it is left there, on its disk neither."""
    loop = asyncio.get_running_loop()
    end, erased = loop.time() + PATIENCE, await _erased(reach, given)
    open_in = list(erased)
    print(f"The {given.kind} is there for nobody any more.", flush=True)
    while open_in and loop.time() < end:
        for service in list(open_in):
            if await _is_gone(reach, service, erased[service], begun):
                open_in.remove(service)
                print(f"  {service}: nothing of it is left", flush=True)
        await asyncio.sleep(0.5)
    if open_in:
        print(f"Not yet gone in {', '.join(open_in)}: it goes on by itself.", file=sys.stderr)
    return 1 if open_in else 0


async def _erased(reach: Reach, given: argparse.Namespace) -> Mapping[str, Sequence[UUID]]:
    """What each service is to forget, by id: of an account also everybody, and its dossiers where it keeps some of them."""
    if given.kind != "account":
        return {one: [given.id] for one in _HOLDERS[given.kind]}
    async with reach.databases.connected("identity", "worker") as connection:
        everybody = [row["id"] for row in await connection.fetch(_EVERYBODY, given.id)]
    async with reach.databases.connected("dossier", "worker") as connection:
        dossiers = [row["id"] for row in await connection.fetch(_DOSSIERS, given.id)]
    of_dossiers = _HOLDERS["dossier"]
    return {one: [given.id, *everybody, *(dossiers if one in of_dossiers else [])] for one in _HOLDERS["account"]}


async def _is_gone(reach: Reach, service: str, erased: Sequence[UUID], begun: datetime) -> bool:
    async with reach.databases.connected(service, "worker") as connection:
        return not await is_left(connection, erased, since=begun)


_EVERYBODY: Final = """
select id from public.app_user where account_id = $1 union all select id from public.service_account where account_id = $1"""

_DOSSIERS: Final = "select id from public.dossier where account_id = $1"
