"""Hostile input is parsed in a child process with limits of its own: what it breaks or fills is not us.

The child has no environment, no file and no socket, little memory and little time. What it runs is one function of a module
that imports nothing of ours and is loaded by its file, so that neither settings nor connections are anywhere near it.
"""

import asyncio
import contextlib
import re
import signal
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from chassis import confined_child

# The child's own words for what ended it; a function has its own codes besides.
OUT_OF_MEMORY: Final = "out-of-memory"
OUT_OF_TIME: Final = "out-of-time"
CRASHED: Final = "crashed"

_CODE: Final = re.compile(r"[a-z][a-z0-9-]{0,60}")


class InputRefused(Exception):
    """The child did not make anything of its input; `reason` is the function's own code or one of those above."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Limits:
    """What a child may use: `memory` in bytes of address space, `seconds` of processor and of waiting, `answer` in bytes."""

    memory: int
    seconds: int
    answer: int = 16 * 1024 * 1024


async def run_confined(function: str, given: bytes, *, limits: Limits) -> bytes:
    """What `package.module:function` makes of these bytes. It may raise `ValueError(code)` to refuse them; that, and
    whatever ended the child, is `InputRefused`."""
    child = await asyncio.create_subprocess_exec(
        *(
            sys.executable,
            "-I",
            "-B",
            str(confined_child.__file__),
            str(_file_of(function)),
            function.partition(":")[2],
        ),
        *(str(limits.memory), str(limits.seconds)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={"LC_ALL": "C.UTF-8"},
        cwd="/",
        start_new_session=True,
    )
    try:
        async with asyncio.timeout(limits.seconds):
            said, _ = await asyncio.gather(_read(child, limits.answer), _write(child, given))
            return _answer(said, await child.wait())
    except TimeoutError:
        raise InputRefused(OUT_OF_TIME) from None
    finally:
        await _end(child)


def _file_of(function: str) -> Path:
    found = find_spec(function.partition(":")[0])
    if found is None or found.origin is None:
        raise ModuleNotFoundError(function)
    return Path(found.origin)


async def _write(child: asyncio.subprocess.Process, given: bytes) -> None:
    assert child.stdin is not None
    # A child that has seen enough need not read it all.
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        child.stdin.write(given)
        await child.stdin.drain()
        child.stdin.close()
        await child.stdin.wait_closed()


async def _read(child: asyncio.subprocess.Process, most: int) -> bytes:
    assert child.stdout is not None
    said = bytearray()
    while part := await child.stdout.read(1 << 16):
        said += part
        if len(said) > most:
            raise InputRefused(CRASHED)
    return bytes(said)


def _answer(said: bytes, ended: int) -> bytes:
    if ended == -signal.SIGXCPU:
        raise InputRefused(OUT_OF_TIME)
    if ended != 0 or not said:
        raise InputRefused(CRASHED)
    if said[:1] == confined_child.MADE:
        return said[1:]
    reason = said[1:].decode("ascii", "replace")
    # What a library said of its input may hold some of it; only a code is told on.
    raise InputRefused(reason if _CODE.fullmatch(reason) else CRASHED)


async def _end(child: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        child.kill()
    # What it still said is read to its end, and thrown away: its end is not told before, and would be waited for for ever.
    assert child.stdout is not None
    while await child.stdout.read(1 << 16):
        pass
    await child.wait()
