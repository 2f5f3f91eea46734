"""What people do in a story, by noun. A kind says how it is chosen, what it touches, what it asks, and what must come
of it."""

from collections.abc import Mapping
from typing import Final

from tests.torture.kinds import clients, files, grants, groups, reading, sections, users
from tests.torture.story import Kind

KINDS: Final[Mapping[str, Kind]] = {
    **users.KINDS,
    **groups.KINDS,
    **clients.KINDS,
    **sections.KINDS,
    **grants.KINDS,
    **files.KINDS,
    **reading.KINDS,
}
