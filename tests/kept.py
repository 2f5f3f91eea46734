"""All that a platform keeps, read as it lies there: rows, files of the databases and their journals, the log, objects, mail,
log lines; and what a backup keeps of it. On one machine it is the data directory; in containers the volumes, looked through
inside them."""

import shutil
import subprocess
import tarfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from contracts.services import SERVICES
from keten.backup.checking import Backup, checked
from keten.backup.layout import BASE, point_file
from keten.backup.point import LOG, unpacked
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


def is_object(place: str) -> bool:
    """Whether this is in the object store."""
    return "/objects/" in place or place.startswith(_VOLUMES["s3"])


def backup(operator: Operator, canaries: Canaries, folder: Path) -> list[Read]:
    """What of these words stands in a backup that is made now: its files are opened, and everything in them looked through
    as it lies there."""
    folder.mkdir()
    passphrase = folder / "passphrase"
    passphrase.touch(0o600)
    passphrase.write_text("een zin die niemand raadt")
    shape = [] if operator.platform.data is not None else ["--compose"]
    asked = ["backup", str(folder / "shelf"), "--passphrase-file", str(passphrase), *shape]
    ran = operator.keten(*asked)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert ran.stderr == "", "nothing that was erased is still on the disk"
    [made] = (folder / "shelf").glob("keten-*")
    opened = folder / "opened"
    _open(checked(made, keys=None, passphrase_file=passphrase), opened)
    try:
        return list(_seen([], [opened, made], canaries))
    finally:
        shutil.rmtree(folder)


def _open(backup: Backup, into: Path) -> None:
    for file in (BASE, point_file(0)):
        with backup.opened(file) as unsealed, tarfile.open(fileobj=unsealed, mode="r|") as tar:
            tar.extraction_filter = getattr(tarfile, "data_filter", None)  # the first Pythons of 3.11 have none
            tar.extractall(into / file)  # noqa: S202 - of our own making
    log = into / point_file(0) / LOG
    for packed in list(log.iterdir()) if log.exists() else []:
        said = [part for one in unpacked(packed.read_bytes()) for part in (one.key, one.value) if part is not None]
        packed.with_suffix(".unpacked").write_bytes(b"\n".join(said))
    for name, secret in backup.keys.secrets.items():
        (into / name.replace("/", "-")).write_bytes(secret)


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
    words = b"\n".join((*(form for word in canaries.words for form in forms(word)), *canaries.marks))
    command = [*inside, "env", "LC_ALL=C", "grep", "-arioHF", "-f", "-", *map(str, folders)]
    ran = subprocess.run(command, input=words, capture_output=True, check=False)
    # What is removed meanwhile holds nothing; that is all that may go wrong.
    faults = [line for line in ran.stderr.splitlines() if b"No such file" not in line]
    assert ran.returncode in (0, 1, 2), ran.stderr.decode()
    assert faults == [], ran.stderr.decode()
    for line in ran.stdout.splitlines():
        yield Read(line.decode(errors="replace"), line)
