"""The object store's seam: photos, files and what is made of them. Private, reached through services alone."""

import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Protocol
from uuid import UUID

import structlog

from chassis import metrics

_logger = structlog.get_logger()

# Segments begin with a letter or digit, so that no name leaves its place. S3 takes up to 1024 bytes.
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]*(/[a-z0-9][a-z0-9._-]*)*", re.ASCII)
_LONGEST_NAME = 512


class ObjectMissing(Exception):
    """There is no object of this name."""


class ObjectNameInvalid(ValueError):
    """An object's name is lower-case segments with slashes between them, such as `identity/photos/<id>`."""


class ObjectStore(Protocol):
    """Every method raises OSError (ConnectionError among them) when the store is away, and `ObjectNameInvalid`."""

    async def put(self, name: str, content: bytes, *, kind: str) -> None:
        """Keep this whole, in place of what had the name; it is safe on return. `kind` is a media type, for whoever
        looks at the store: it is not given back."""
        ...

    async def get(self, name: str) -> bytes:
        """What was put. Raises `ObjectMissing`."""
        ...

    async def remove(self, name: str) -> None:
        """Let it be gone; that it is gone already is well."""
        ...

    async def names(self, prefix: str, *, older_than: timedelta = timedelta()) -> Sequence[str]:
        """The objects below `prefix` (whole segments) that were put at least so long ago, sorted."""
        ...


def checked(name: str) -> str:
    """The name itself. Raises `ObjectNameInvalid`."""
    if len(name) > _LONGEST_NAME or not _NAME.fullmatch(name):
        raise ObjectNameInvalid("This is no name of an object.")
    return name


def content_missing(service: str, object_id: UUID) -> None:
    """What a row of this service names is not in the store: whoever operates is told (`ContentMissing`)."""
    _logger.error("content_missing", service=service, object=str(object_id))
    metrics.CONTENT_MISSING.labels(service).inc()
