"""What an operation answers: the thing itself, and what came along with it."""

from typing import Generic, TypeVar

import httpx
from attrs import frozen

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


@frozen
class Answer(Generic[T_co]):
    """`body` is what was asked for; `etag` goes into `if_match` of a change; `location` is what was made, or its job."""

    body: T_co
    status: int
    etag: str | None
    location: str | None
    path: str

    @classmethod
    def of(cls, response: httpx.Response, body: T) -> "Answer[T]":
        headers = response.headers
        return Answer(
            body, response.status_code, headers.get("ETag"), headers.get("Location"), response.request.url.path
        )
