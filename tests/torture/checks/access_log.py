"""The access log: its chain is whole, every answer has its lines and no write has them twice, and what other services write
about a dossier is where a person reads it."""

from collections import Counter
from typing import Final

from contracts.services import SERVICES
from keten.sign_in import CLIENT
from tests.torture.checks.comparing import accounts
from tests.torture.model import Model
from tests.torture.shape import Shape
from tests.torture.stage import Stage
from tests.torture.story import Difference, Line, Request
from tests.torture.tally import Entry

_SHIPPING: Final = ("sharing", "documents")

# What could not be decided was asked again; that it could not is a line nobody counts.
_COUNTED: Final = """select actor_id, action, subject_id, outcome, count(*) as lines from public.access_log_line
    where client = '{client}' and account_id in ({ours}) and outcome <> 'unavailable' and at >= '{since}'
    group by 1, 2, 3, 4"""

_SHIPPED: Final = """select id from {table} where account_id in ({ours}) and subject_id is not null"""


async def check_access_log(shape: Shape, stage: Stage) -> list[Difference]:
    found = await _chains(stage)
    found += await _complete(shape, stage)
    return found + await _shipped(shape, stage.cast.model)


async def _chains(stage: Stage) -> list[Difference]:
    owner = next(name for name in stage.cast.people if name.startswith("owner"))
    person, wrong = stage.cast.people[owner], []
    for service in SERVICES:
        lines = (Line("access_log.verify", None),)
        check = Request("POST", f"/{service}/v1/access-log/_verify", lines=lines)
        told = (await person.ask(check, f"verify {service}", ())).json()
        if told["intact"] is not True:
            wrong.append(Difference("access log", service, f"its chain is broken at {told['firstBrokenLineId']}"))
    return wrong


async def _complete(shape: Shape, stage: Stage) -> list[Difference]:
    tally, model = stage.cast.tally, stage.cast.model
    found: Counter[Entry] = Counter()
    for service in SERVICES:
        sql = _COUNTED.format(client=CLIENT, ours=accounts(model), since=stage.since.isoformat())
        for row in await shape.rows(service, sql):
            found[service, row["actor_id"], row["action"], row["subject_id"], row["outcome"]] = row["lines"]
    return [
        Difference("access log", _about(model, entry), _told(model, entry, found[entry], stage))
        for entry in sorted(found.keys() | tally.most.keys(), key=str)
        if not tally.least[entry] <= found[entry] <= tally.most[entry]
    ]


def _about(model: Model, entry: Entry) -> str:
    return model.name_of(entry[3] or entry[1])


def _told(model: Model, entry: Entry, lines: int, stage: Stage) -> str:
    service, actor, action, _, outcome = entry
    least, most = stage.cast.tally.least[entry], stage.cast.tally.most[entry]
    must = f"{least}" if least == most else f"{least} to {most}"
    return f"{action} by {model.name_of(actor)}, {outcome}, has {lines} lines in {service} and must have {must}"


async def _shipped(shape: Shape, model: Model) -> list[Difference]:
    """Every line about a dossier, once, with the lines of the dossier service."""
    ours = accounts(model)
    there = await shape.rows("dossier", _SHIPPED.format(table="projection.access_log_shipped", ours=ours))
    written = [
        row
        for service in _SHIPPING
        for row in await shape.rows(service, _SHIPPED.format(table="public.access_log_line", ours=ours))
    ]
    lost = {row["id"] for row in written} ^ {row["id"] for row in there}
    return [Difference("access log", id, "is not the same where it was written and where it is read") for id in lost]
