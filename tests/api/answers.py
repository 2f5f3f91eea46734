"""What holds for every answer of every route, whoever asked and whatever came of it."""

import re
from collections.abc import Iterator
from typing import Any

import httpx

SECURITY_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "frame-ancestors 'none'; default-src 'none'",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}

_INSTANT_LIKE = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
_SEMVER = re.compile(r"\d+\.\d+\.\d+")


def follows_the_rules(answer: httpx.Response) -> None:
    """DESIGN §8, as far as one answer can show it."""
    told = f"{answer.request.method} {answer.request.url.path} → {answer.status_code} {answer.text[:300]}"
    assert answer.status_code < 500, told
    assert _SEMVER.fullmatch(answer.headers.get("API-Version", "")), told
    assert {name: answer.headers.get(name) for name in SECURITY_HEADERS} == SECURITY_HEADERS, told
    if answer.is_error:
        assert answer.headers["Content-Type"] == "application/problem+json", told
        problem = answer.json()
        assert problem["status"] == answer.status_code, told
        assert problem["type"].startswith("/problems/"), told
        assert problem["title"], told
        assert problem["detail"], told
        assert answer.headers["Content-Language"] in ("nl", "en"), told
    elif answer.content:
        assert answer.headers["Content-Type"] == "application/json", told
        wrong = [text for text in _texts(answer.json()) if _INSTANT_LIKE.match(text) and not _INSTANT.fullmatch(text)]
        assert wrong == [], told


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else []:
        yield from _texts(inner)
