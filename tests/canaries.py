"""Canaries: words that stand for what people write, planted through the API and looked for wherever nothing of it may stand.

`plant` makes a word that there is nowhere else; `find` looks for all of them in what readers give. A reader is a function
that gives places with what stands there: a log, a table, a topic, a copy of a database."""

import base64
import re
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from itertools import chain

# Letters alone, and no vowels: nothing changes such a word on its way (accents, escapes in JSON or in mails), and no
# language has it.
_LETTERS = "bcdfghjklmnpqrstvwxz"
_LENGTH = 14

# A run of bytes that `grep` takes for one line, long enough to be nowhere by chance.
_RUN = re.compile(rb"[^\0\r\n]{24}")

# So much of what stands around it is shown with a find.
_AROUND = 60


@dataclass(frozen=True, slots=True)
class Read:
    """What stands in one place; a text of lines if a find is to tell which."""

    place: str
    content: bytes
    is_lines: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """A canary where none may be."""

    what: str
    place: str
    around: str

    def __str__(self) -> str:
        return f"{self.what} in {self.place}: …{self.around}…"


@dataclass
class Canaries:
    """The words that were planted, with what each stands for; and bytes of what was made of something that cannot hold a
    word."""

    words: dict[str, str] = field(default_factory=dict)
    marks: dict[bytes, str] = field(default_factory=dict)

    def plant(self, what: str) -> str:
        """A word that stands for `what` and is nowhere else. Small letters; put a name around it where one is asked for."""
        word = "".join(secrets.choice(_LETTERS) for _ in range(_LENGTH))
        self.words[word] = what
        return word

    def mark(self, content: bytes, what: str) -> None:
        """Some bytes of this content, as it is kept, stand for it: those that are least like one another."""
        self.marks[max(_RUN.findall(content), key=lambda run: len(set(run)))] = what

    @property
    def all(self) -> frozenset[str]:
        """What they stand for."""
        return frozenset((*self.words.values(), *self.marks.values()))

    def find(self, *readers: Iterable[Read]) -> list[Found]:
        """Every place that holds one of them: as it is, in any case, or as base64 or hexadecimal."""
        return [found for read in chain(*readers) for found in self._in(read)]

    def _in(self, read: Read) -> Iterator[Found]:
        found = self._anywhere_in(read)
        if not read.is_lines:
            yield from found
        elif next(found, None) is not None:
            for number, line in enumerate(read.content.splitlines(), start=1):
                yield from self._anywhere_in(Read(f"{read.place}:{number}", line))

    def _anywhere_in(self, read: Read) -> Iterator[Found]:
        for mark, what in self.marks.items():
            if mark in read.content:
                yield Found(what, read.place, mark.hex())
        small = read.content.lower()
        for word, what in self.words.items():
            at = next((at for form in _forms(word) if (at := small.find(form)) >= 0), None)
            if at is None:
                at = next((at for form in _encoded(word) if (at := read.content.find(form)) >= 0), None)
            if at is not None:
                around = read.content[max(at - _AROUND, 0) : at + _AROUND].decode(errors="replace")
                yield Found(what, read.place, around)


def lines(place: str, content: bytes) -> list[Read]:
    """A text of which a find tells the line."""
    return [Read(place, content, is_lines=True)]


def forms(word: str) -> list[bytes]:
    """Every way in which a word may have been kept."""
    return [*_forms(word), *_encoded(word)]


def _forms(word: str) -> tuple[bytes, bytes]:
    return word.encode(), word.encode().hex().encode()


@cache
def _encoded(word: str) -> list[bytes]:
    """As base64 has it, behind nought, one or two other bytes; without the signs that hold something of its neighbours."""
    behind = [base64.b64encode(b"\0" * before + word.encode()) for before in range(3)]
    return [whole[start : len(whole) // 4 * 4 - 4] for whole, start in zip(behind, (0, 2, 3), strict=True)]
