"""`keten events`: the command and its parts. What each does stands in the module of its name."""

import argparse
import asyncio
import logging
import os
import sys
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

import structlog
from sqlalchemy.exc import DBAPIError

from chassis.database import is_outage
from chassis.rebuild import RebuildUnderWay, WriterStuck
from chassis.settings import SettingsRefused
from keten.events import dead_letters, lag, rebuild, show, tail, verify
from keten.events.reach import Reach, ask_where, reached, settle
from keten.place import Refusal
from keten.running import NotReady

Run = Callable[[Reach, argparse.Namespace, argparse.ArgumentParser], Awaitable[int]]

_DESCRIPTION: Final = (
    "The event log and what services made of it, wherever the platform runs: on this machine, in containers, or as this "
    "process is told by KETEN_ settings. What may tell of a person is masked. What changes anything is a line of the "
    "access log."
)


def main(arguments: Sequence[str]) -> int:
    """Exit codes: 0 done, 1 failed or not well, 2 refused."""
    given = _parser().parse_args(list(arguments))
    try:
        if (code := settle(given, arguments)) is not None:
            return code
        structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
        return asyncio.run(_run(given))
    except SettingsRefused as refused:
        raise Refusal(str(refused)) from None
    except (RebuildUnderWay, WriterStuck) as stuck:
        raise NotReady(str(stuck)) from None
    except KeyboardInterrupt:
        return 0
    except BrokenPipeError:
        # Whoever read this has seen enough; nothing is to be said to him at the end either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


async def _run(given: argparse.Namespace) -> int:
    run: Run = given.run
    try:
        async with reached() as reach:
            return await run(reach, given, given.parser)
    except Exception as fault:
        if isinstance(fault, BrokenPipeError) or not _is_away(fault):
            raise
        raise NotReady(
            f"The databases or the event log do not answer ({type(fault).__name__}). "
            "keten status, or docker compose ps, tells what runs."
        ) from None


def _is_away(fault: Exception) -> bool:
    # A broker's errors are known where Kafka is.
    return is_outage(fault) or (
        type(fault).__module__.startswith(("aiokafka.", "asyncpg.")) and not isinstance(fault, DBAPIError)
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="keten events", description=_DESCRIPTION)
    parts = parser.add_subparsers(required=True, metavar="command")
    _part(parts, "tail", "events as they come, a line each", tail.add, tail.run)
    _part(parts, "show", "one event in full, or all of a key, and what each service made of it", show.add, show.run)
    _part(parts, "lag", "how far each service has read, what waits and what is parked", lag.add, lag.run)
    letters = parts.add_parser("dead-letters", help="what a service could not handle: list, show, replay, drop")
    of_letters = letters.add_subparsers(required=True, metavar="command")
    _part(of_letters, "list", "the parked keys", dead_letters.add_list, dead_letters.run_list)
    _part(of_letters, "show", "what is parked of a key, and why", dead_letters.add_show, dead_letters.run_show)
    _part(
        of_letters,
        "replay",
        "handle the parked events of a key again, in their order; all or none",
        dead_letters.add_replay,
        dead_letters.run_replay,
    )
    _part(
        of_letters,
        "drop",
        "take parked events for handled without handling them; the service will never know what they say",
        dead_letters.add_drop,
        dead_letters.run_drop,
    )
    _part(
        parts,
        "rebuild",
        "build a service's projections anew from the whole log, all of them together, while it works",
        rebuild.add,
        rebuild.run,
    )
    _part(parts, "verify", "whether the access logs are as they were written", verify.add, verify.run)
    return parser


def _part(
    parts: "argparse._SubParsersAction[argparse.ArgumentParser]",
    name: str,
    purpose: str,
    add: Callable[[argparse.ArgumentParser], None],
    run: Run,
) -> None:
    parser = parts.add_parser(name, help=purpose, description=f"{purpose[0].upper()}{purpose[1:]}.")
    add(parser)
    ask_where(parser)
    parser.set_defaults(run=run, parser=parser)
