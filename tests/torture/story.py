"""A story: steps that people take one after the other. The same seed and the same people choose the same steps, as far as
the same things are there to choose from; a story that was told can be told again as it was."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

import httpx

from tests.torture.model import Model

Args = Mapping[str, str]


@dataclass(frozen=True)
class Step:
    """What one person does. `label` is unlike that of every other step; what it makes is named after it."""

    label: str
    kind: str
    by: str
    args: Args

    def made(self, noun: str) -> str:
        return f"{noun} {self.label}"

    def about(self) -> set[str]:
        """The things of the story that it needs; other arguments say how."""
        return {name for name in self.args.values() if name.partition(" ")[0] in NOUNS and " " in name}

    def names(self) -> set[str]:
        """Everything that the step is about or makes."""
        return {self.by, *self.args.values(), *(self.made(noun) for noun in NOUNS)}


# In place of the subject of a line: the dossier that the answer will name.
MADE = "made"

# What steps make.
NOUNS = ("group", "dossier", "grant", "level", "user", "entry", "file")


@dataclass(frozen=True)
class Line:
    """A line that the access log must have."""

    action: str
    subject: str | None
    outcome: str = "allowed"


def _changes_nothing(_answer: httpx.Response) -> None:
    """What was asked for changes nothing."""


@dataclass(frozen=True)
class Request:
    """One request with all that its answer must be. `expected` is the problem's type, none for success."""

    method: str
    path: str
    body: Any = None
    version: int | None = None
    expected: str | None = None
    lines: tuple[Line, ...] = ()
    done: Callable[[httpx.Response], None] = _changes_nothing
    """Folds the answer into the model."""
    takes_away: bool = False
    """Access ends with it: from its answer on nobody needs a position to see that."""
    done_before: tuple[str, ...] = ()
    """Problems that, when it is asked again, say that it was done the first time: where there is no key for that, or where
    he who asks has taken the right to ask from himself."""
    again: tuple[Line, ...] = ()
    """Lines that asking again may add."""

    @property
    def service(self) -> str:
        return self.path.split("/")[1]

    @property
    def is_write(self) -> bool:
        return self.method != "GET" and not self.path.endswith(("_search", "_find", "_check", "_verify"))


@dataclass(frozen=True)
class Keys:
    """What a step's outcome rests on, and what it changes."""

    shares: frozenset[str] = field(default_factory=frozenset)
    holds: frozenset[str] = field(default_factory=frozenset)


@dataclass(frozen=True)
class Kind:
    """One kind of step: how it is chosen, what it touches, what it asks, and how it is told. `request` is called again for
    the next request of the same step, with how many were answered, until it has no more."""

    weight: int
    pick: Callable[[Model, Random, str], Args | None]
    keys: Callable[[Model, Step], Keys]
    request: Callable[[Model, Step, int], Request | None]
    said: str

    def sentence(self, step: Step) -> str:
        return self.said.format(by=step.by, label=step.label, **step.args)


class NotAsItMustBe(Exception):
    """An answer that says it was done, and holds something else than it must."""


@dataclass(frozen=True)
class Difference:
    """Something that is not as it must be; `about` names what it is about, as the story does."""

    check: str
    about: str
    text: str

    def __str__(self) -> str:
        return f"{self.check}: {self.about}: {self.text}"


def keys(*shares: str, holds: tuple[str, ...] = ()) -> Keys:
    return Keys(frozenset(shares), frozenset(holds))


def only(request: Callable[[Model, Step], Request]) -> Callable[[Model, Step, int], Request | None]:
    """Of a step that asks once."""
    return lambda model, step, answered: request(model, step) if answered == 0 else None
