"""What was asked and answered, as the access log must have it. What was answered at once has its lines once; what had to be
asked again may have them once for every time it was asked, since nobody knows which of these the platform took in."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from tests.torture.story import Line

# Service, actor, action, subject, outcome.
Entry = tuple[str, str, str, str | None, str]


@dataclass
class Tally:
    """The least and the most lines that there may be of each entry; and figures of the whole."""

    least: Counter[Entry] = field(default_factory=Counter)
    most: Counter[Entry] = field(default_factory=Counter)
    commands: int = 0
    reads: int = 0
    refused: int = 0
    asked_again: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    """What came instead of an answer."""

    def answered(self, service: str, actor: str, lines: Iterable[Line]) -> None:
        for entry in _entries(service, actor, lines):
            self.least[entry] += 1
            self.most[entry] += 1

    def may_have(self, service: str, actor: str, lines: Iterable[Line]) -> None:
        """Lines of something of which nobody knows whether it came through."""
        self.most.update(_entries(service, actor, lines))


def _entries(service: str, actor: str, lines: Iterable[Line]) -> list[Entry]:
    return [(service, actor, line.action, line.subject, line.outcome) for line in lines]
