"""Advisory locks are told apart by their numbers alone, so no two have the same one."""

import re
from collections import Counter

from keten.place import CHECKOUT

# Their numbers are all written like this.
_NUMBER = re.compile(r"\b0x[46]B6574\w+\b")


def test_no_two_advisory_locks_have_the_same_number() -> None:
    sources = [path for folder in ("libs", "services", "deploy/local") for path in (CHECKOUT / folder).rglob("*.py")]
    numbers = [number for path in sources for number in _NUMBER.findall(path.read_text())]

    assert len(numbers) > 5
    assert [number for number, times in Counter(numbers).items() if times > 1] == []
