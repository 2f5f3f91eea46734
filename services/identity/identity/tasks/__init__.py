"""Identity's long work, by noun."""

from collections.abc import Sequence

from chassis import unsaying
from chassis.clock import Clock
from chassis.work import Work
from identity.photos import Photos
from identity.tasks import erasure, photo
from identity.tasks.photo import Sweeping

__all__ = ["Sweeping", "works"]


def works(photos: Photos, clock: Clock) -> Sequence[Work]:
    """The kinds of work that identity has."""
    return [*photo.works(photos, clock), *erasure.works(clock), *unsaying.works()]
