"""Several streams of bytes behind one another on one pipe: pieces with their length before them, an empty one at the end."""

import io
from collections.abc import Iterator
from typing import IO, Final

# What asks for the next point; anything else, and the end of the pipe, ends the telling.
NEXT: Final = b"point\n"

# Large enough that the lengths cost nothing (bytes).
_PIECE: Final = 256 * 1024


class BrokenOff(Exception):
    """The pipe ended within a stream."""


class Framed(io.RawIOBase):
    """One stream to write. Only `finish` says that it is whole."""

    def __init__(self, pipe: IO[bytes]) -> None:
        self._pipe = pipe

    def writable(self) -> bool:
        return True

    def write(self, content: "bytes | bytearray | memoryview") -> int:  # type: ignore[override]
        for begin in range(0, len(content), _PIECE):
            piece = content[begin : begin + _PIECE]
            self._pipe.write(len(piece).to_bytes(4, "big"))
            self._pipe.write(piece)
        return len(content)

    def finish(self) -> None:
        self._pipe.write(bytes(4))
        self._pipe.flush()


def pieces(pipe: IO[bytes]) -> Iterator[bytes]:
    """What one stream holds. Raises `BrokenOff`."""
    while size := int.from_bytes(_exactly(pipe, 4), "big"):
        yield _exactly(pipe, size)


def _exactly(pipe: IO[bytes], size: int) -> bytes:
    content = pipe.read(size)
    if len(content) < size:
        raise BrokenOff
    return content
