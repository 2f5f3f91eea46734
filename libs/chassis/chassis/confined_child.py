"""What runs inside a confined child (see `confined`): take the limits on, load one module by its file, call one function.

Stands alone: it is run by its path, and imports nothing but the standard library.
"""

import contextlib
import os
import resource
import sys
from collections.abc import Callable
from importlib.util import module_from_spec, spec_from_file_location

# The first byte of the answer: what was made, or why nothing was.
MADE, REFUSED = b"+", b"-"


def main(file: str, function: str, memory: str, seconds: str) -> None:
    """The limits come before the input; the module's imports come before the lock on files and sockets."""
    _go_first()
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_FSIZE, 0)
    # Past the first a signal tells why it ends; the second cannot be ignored.
    resource.setrlimit(resource.RLIMIT_CPU, (int(seconds), int(seconds) + 1))
    _limit(resource.RLIMIT_AS, int(memory))
    make = _loaded(file, function)
    _limit(resource.RLIMIT_NPROC, 0)
    _limit(resource.RLIMIT_NOFILE, 3)
    try:
        answer = MADE + make(sys.stdin.buffer.read())
    except ValueError as refused:
        answer = REFUSED + str(refused).encode("ascii", "replace")
    except MemoryError:
        answer = REFUSED + b"out-of-memory"
    sys.stdout.buffer.write(answer)
    sys.stdout.buffer.flush()
    # Nothing is to be tidied up, and hostile input may have left something that cannot be.
    os._exit(0)


def _go_first() -> None:
    """Where the machine or the container runs out of memory, this process ends and not the one that waits for it."""
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as score:
        score.write("1000")


def _limit(kind: int, most: int) -> None:
    resource.setrlimit(kind, (most, most))


def _loaded(file: str, function: str) -> Callable[[bytes], bytes]:
    spec = spec_from_file_location("confined", file)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    found: Callable[[bytes], bytes] = getattr(module, function)
    return found


if __name__ == "__main__":
    main(*sys.argv[1:])
