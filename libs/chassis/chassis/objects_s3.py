"""The object store as a bucket of any S3. The client waits, so it works in threads."""

import asyncio
import contextlib
import io
import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

import urllib3
from minio import Minio
from minio.error import MinioException, S3Error

from chassis.objects import ObjectMissing, checked

T = TypeVar("T")

# For one sign of life of the store, of which the largest object needs many (seconds).
PATIENCE = 8.0

# A kept connection may have died unseen. A store that is away is asked again by whoever needs it, not here.
_RETRIES = urllib3.Retry(total=1, backoff_factor=0.2, status_forcelist=(500, 502, 503, 504), raise_on_status=False)

_MISSING = ("NoSuchKey", "NoSuchObject")


class _BucketMissing(Exception):
    """Nothing was put yet, or the store does not know it at this moment."""


class S3Objects:
    """The driver. `url` names the server and, as its path, the bucket, which is made when it is missing; `patience` in
    seconds, before it is asked once more and then given up."""

    def __init__(self, url: str, *, access_key: str, secret_key: str, patience: float = PATIENCE) -> None:
        parts = urlsplit(url)
        self._bucket = parts.path.strip("/") or "keten"
        self._client = Minio(
            parts.netloc,
            access_key=access_key,
            secret_key=secret_key,
            secure=parts.scheme == "https",
            region="us-east-1",  # said, so that the client does not ask
            http_client=urllib3.PoolManager(
                timeout=urllib3.Timeout(connect=min(2.0, patience), read=patience), retries=_RETRIES, maxsize=10
            ),
        )

    @classmethod
    def of(cls, url: str, secrets: Path) -> "S3Objects":
        """With the keys of `s3.json` in the secrets directory."""
        keys = json.loads((secrets / "s3.json").read_text())
        return cls(url, access_key=keys["accessKey"], secret_key=keys["secretKey"])

    async def put(self, name: str, content: bytes, *, kind: str) -> None:
        checked(name)
        await self._asked(lambda: self._put(name, content, kind))

    async def get(self, name: str) -> bytes:
        checked(name)
        return await self._asked(lambda: self._get(name))

    async def remove(self, name: str) -> None:
        checked(name)
        with contextlib.suppress(ObjectMissing):
            await self._asked(lambda: self._client.remove_object(self._bucket, name))

    async def names(self, prefix: str, *, older_than: timedelta = timedelta()) -> Sequence[str]:
        checked(prefix)
        until = datetime.now(UTC) - older_than
        return await self._asked(lambda: self._older(f"{prefix}/", until))

    async def _asked(self, question: Callable[[], T]) -> T:
        """What the store answers. A store that has just come back may not know a bucket that is there: then nothing is known
        of what is in it."""
        try:
            return await _once(question)
        except _BucketMissing:
            await _once(self._make_bucket)
        try:
            return await _once(question)
        except _BucketMissing:
            raise ConnectionError("the object store does not know its bucket now") from None

    def _put(self, name: str, content: bytes, kind: str) -> None:
        self._client.put_object(self._bucket, name, io.BytesIO(content), len(content), content_type=kind)

    def _get(self, name: str) -> bytes:
        answer = self._client.get_object(self._bucket, name)
        try:
            content: bytes = answer.read()
        finally:
            answer.close()
            answer.release_conn()
        return content

    def _older(self, prefix: str, until: datetime) -> list[str]:
        found = self._client.list_objects(self._bucket, prefix=prefix, recursive=True)
        return sorted(
            str(one.object_name) for one in found if one.last_modified is not None and one.last_modified <= until
        )

    def _make_bucket(self) -> None:
        try:
            self._client.make_bucket(self._bucket)
        except S3Error as fault:
            if fault.code not in ("BucketAlreadyOwnedByYou", "BucketAlreadyExists"):
                raise


async def _once(question: Callable[[], T]) -> T:
    """What the store answers. Raises `ObjectMissing`, `_BucketMissing`, or ConnectionError for whatever keeps it from
    answering."""
    try:
        return await asyncio.to_thread(question)
    except S3Error as fault:
        if fault.code == "NoSuchBucket":
            raise _BucketMissing from None
        if fault.code in _MISSING:
            raise ObjectMissing from None
        raise ConnectionError(f"the object store answers {fault.code}") from fault
    except (MinioException, urllib3.exceptions.HTTPError) as fault:
        raise ConnectionError("the object store cannot be asked now") from fault
