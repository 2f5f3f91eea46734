"""What the gateway publishes by itself, to everybody: the documents of the API and of the events, and a page of each."""

import json
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

from starlette.responses import HTMLResponse, Response

from contracts.asyncapi import asyncapi
from keten import pages

# Written by `make schemas`.
OPENAPI = Path(__file__).parent / "openapi.json"


def published(path: str) -> Response | None:
    """The answer on a path of the gateway's own documents; None for every other path."""
    return _PUBLISHED[path]() if path in _PUBLISHED else None


def _document(text: str) -> Response:
    # Programs in a browser may read it from wherever they come (API Design Rules, publish-openapi).
    return Response(text, media_type="application/json", headers={"Access-Control-Allow-Origin": "*"})


def _page(html: str) -> Response:
    return HTMLResponse(html, headers={"Content-Security-Policy": pages.POLICY, "Content-Language": "en"})


@cache
def _openapi() -> str:
    return OPENAPI.read_text()


@cache
def _asyncapi() -> str:
    return json.dumps(asyncapi(), ensure_ascii=False)


@cache
def _openapi_page() -> str:
    return pages.openapi_page(json.loads(_openapi()))


@cache
def _asyncapi_page() -> str:
    return pages.asyncapi_page(asyncapi())


_PUBLISHED: Mapping[str, Callable[[], Response]] = {
    "/openapi.json": lambda: _document(_openapi()),
    "/asyncapi.json": lambda: _document(_asyncapi()),
    "/docs": lambda: _page(_openapi_page()),
    "/docs/events": lambda: _page(_asyncapi_page()),
}
