"""What the gateway publishes by itself, the same on both shapes: two documents and a page of each."""

from html.parser import HTMLParser

import httpx
import pytest

from contracts.asyncapi import asyncapi
from keten.openapi import merged
from tests.api.answers import SECURITY_HEADERS
from tests.api.documents import documents
from tests.e2e.people import Platform

PAGES = {"/docs": "/docs/events", "/docs/events": "/docs"}


class Page(HTMLParser):
    """What a page says about itself: what it links to, what it would load, where its links within land."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links, self.loaded, self.ids = list[str](), list[str](), set[str]()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        self.ids.add(said.get("id", ""))
        if tag == "a":
            self.links.append(said["href"])
        elif {"src", "href", "srcset", "style", "onclick"} & set(said) or tag in ("script", "iframe", "form"):
            self.loaded.append(tag)


def test_the_document_of_the_whole_api_is_that_of_its_services(http: httpx.Client, platform: Platform) -> None:
    answer = http.get("/openapi.json")

    assert answer.json() == merged(documents())
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert {name: answer.headers.get(name) for name in SECURITY_HEADERS} == SECURITY_HEADERS


def test_the_document_of_events_is_that_of_the_contracts(http: httpx.Client, platform: Platform) -> None:
    answer = http.get("/asyncapi.json")

    assert answer.json() == asyncapi()
    assert {name: answer.headers.get(name) for name in SECURITY_HEADERS} == SECURITY_HEADERS


@pytest.mark.parametrize("path", PAGES)
def test_a_page_loads_nothing_and_runs_nothing(path: str, http: httpx.Client, platform: Platform) -> None:
    answer = http.get(path)
    page = Page(answer.text)

    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert page.loaded == []
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert "script-src" not in answer.headers["Content-Security-Policy"]
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'sha256-")
    kept = {name: value for name, value in SECURITY_HEADERS.items() if name != "Content-Security-Policy"}
    assert {name: answer.headers.get(name) for name in kept} == kept


@pytest.mark.parametrize("path", PAGES)
def test_every_link_of_a_page_leads_somewhere(path: str, http: httpx.Client, platform: Platform) -> None:
    page = Page(http.get(path).text)

    within = {link for link in page.links if link.startswith("#")}
    elsewhere = set(page.links) - within
    assert len(within) > 20
    assert [link for link in within if link[1:] not in page.ids] == []
    assert PAGES[path] in elsewhere
    assert {http.get(link).status_code for link in elsewhere} == {200}


def test_the_pages_name_everything(http: httpx.Client, platform: Platform) -> None:
    api, events = http.get("/docs").text, http.get("/docs/events").text

    assert [path for path in merged(documents())["paths"] if f">{path}<" not in api] == []
    assert [name for name in asyncapi()["components"]["messages"] if f">{name}<" not in events] == []
