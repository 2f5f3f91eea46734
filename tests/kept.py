"""All that a platform keeps, read as it lies there: rows, files of the databases and their journals, the log, objects, mail,
log lines. On one machine it is the data directory; in containers the volumes, looked through inside them."""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from contracts.services import SERVICES
from tests import stack
from tests.canaries import Canaries, Read, forms
from tests.e2e.operating import Operator

# Every column of every row of every table in a database, samples of the planner included.
_ROWS: Final = """
select string_agg(format(E'%s.%s %s', schemaname, tablename,
    query_to_xml(format('select * from %I.%I', schemaname, tablename), true, false, '')), E'\\n')
from (select schemaname, tablename from pg_tables where schemaname not in ('pg_catalog', 'information_schema')
      union all select 'pg_catalog', 'pg_stats') t"""

# Where the engines in containers keep what they are given.
_VOLUMES: Final = {"postgres": "/var/lib/postgresql/data", "kafka": "/var/lib/kafka/data", "s3": "/var/tmp"}  # noqa: S108


async def rows(operator: Operator) -> list[Read]:
    """What stands in the tables of every database."""
    databases = [*SERVICES, *(["log"] if operator.platform.data is not None else [])]
    return [Read(f"table in {name}", (await operator.sql(name, _ROWS)).encode()) for name in databases]


def files(operator: Operator, canaries: Canaries) -> Iterator[Read]:
    """What of these words stands on the disks, and in what was logged."""
    if operator.platform.data is not None:
        yield from _of_machine(operator.platform.data)
        return
    for container, folder in _VOLUMES.items():
        yield from _of_container(container, folder, canaries)
    yield Read("log lines", stack.shared().compose("logs", "--no-color").encode())


def _of_machine(data: Path) -> Iterator[Read]:
    for folder in (data, (data / "postgres").resolve()):
        for file in folder.rglob("*"):
            if file.is_file() and not file.is_symlink():
                try:
                    yield Read(str(file), file.read_bytes())
                except FileNotFoundError:
                    continue  # what is removed meanwhile holds nothing


def _of_container(container: str, folder: str, canaries: Canaries) -> Iterator[Read]:
    """Found by the container's own `grep`: its disk may be large."""
    words = "\n".join(form.decode() for word in canaries.words for form in forms(word))
    command = ["docker", "exec", "-i", stack.shared().container(container), "grep", "-rioHF", "-f", "-", folder]
    ran = subprocess.run(command, input=words.encode(), capture_output=True, check=False)
    assert ran.returncode in (0, 1) or b"No such file" in ran.stderr, ran.stderr.decode()
    for line in ran.stdout.splitlines():
        yield Read(f"{container}:{line.decode(errors='replace')}", line)
