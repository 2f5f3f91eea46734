"""All that a platform keeps, read as it lies there: rows, files of the databases and their journals, the log, objects, mail,
log lines. On one machine it is the data directory; in containers the volumes, looked through inside them."""

import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from contracts.services import SERVICES
from tests import stack
from tests.canaries import Canaries, Read, forms, lines
from tests.e2e.operating import Operator

# The question for every column of every row of every table in a database, samples of the planner included.
_QUESTION: Final = """
select 'select string_agg(told, chr(10)) from (' || string_agg(
    format('select %L || t::text as told from %I.%I t', tablename || ' ', schemaname, tablename), ' union all ') || ') every'
from (select schemaname, tablename from pg_tables where schemaname not in ('pg_catalog', 'information_schema')
      union all select 'pg_catalog', 'pg_stats') t"""

# Where the engines in containers keep what they are given.
_VOLUMES: Final = {"postgres": "/var/lib/postgresql/data", "kafka": "/var/lib/kafka/data", "s3": "/var/tmp"}  # noqa: S108


async def rows(operator: Operator) -> list[Read]:
    """What stands in the tables of every database."""
    found: list[Read] = []
    for name in [*SERVICES, *(["log"] if operator.platform.data is not None else [])]:
        every = await operator.sql(name, await operator.sql(name, _QUESTION))
        found += lines(f"table in {name}", every.encode())
    return found


def files(operator: Operator, canaries: Canaries) -> Iterator[Read]:
    """What of these words stands on the disks, byte for byte, and in what was logged; `grep` looks, for a disk is large."""
    data = operator.platform.data
    if data is not None:
        yield from _seen([], [data, (data / "postgres").resolve()], canaries)
        return
    for container, folder in _VOLUMES.items():
        inside = ["docker", "exec", "-i", stack.shared().container(container)]
        yield from _seen(inside, [Path(folder)], canaries)
    yield Read("log lines", stack.shared().compose("logs", "--no-color").encode())


def _seen(inside: Sequence[str], folders: Sequence[Path], canaries: Canaries) -> Iterator[Read]:
    words = "\n".join(form.decode() for word in canaries.words for form in forms(word))
    command = [*inside, "env", "LC_ALL=C", "grep", "-arioHF", "-f", "-", *map(str, folders)]
    ran = subprocess.run(command, input=words.encode(), capture_output=True, check=False)
    # What is removed meanwhile holds nothing; that is all that may go wrong.
    faults = [line for line in ran.stderr.splitlines() if b"No such file" not in line]
    assert ran.returncode in (0, 1, 2), ran.stderr.decode()
    assert faults == [], ran.stderr.decode()
    for line in ran.stdout.splitlines():
        yield Read(line.decode(errors="replace"), line)
