"""Whatever is refused is told in both languages under a name of its own, and whatever is stated is described."""

import importlib
import inspect
import pkgutil
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from string import Formatter
from typing import TypeVar

import pytest

from chassis.problems import Refusal
from contracts.events import Event
from contracts.services import SERVICES

PACKAGES = ("contracts", "chassis", "access", *SERVICES)

T = TypeVar("T")


def load(package: str) -> None:
    """Import all of a package, so that its classes are known; fixtures are not part of what runs."""
    found = importlib.import_module(package)
    for module in pkgutil.walk_packages(found.__path__, f"{package}."):
        if ".testing" not in module.name:
            importlib.import_module(module.name)


def heirs(parent: type[T]) -> Iterator[type[T]]:
    for heir in parent.__subclasses__():
        yield heir
        yield from heirs(heir)


def of_the_project(parent: type[T]) -> list[type[T]]:
    for package in PACKAGES:
        load(package)
    found = {heir for heir in heirs(parent) if heir.__module__.partition(".")[0] in PACKAGES}
    return sorted(found, key=named)


def named(heir: type) -> str:
    return f"{heir.__module__}.{heir.__qualname__}"


REFUSALS: list[type[Refusal]] = [Refusal, *of_the_project(Refusal)]
EVENTS: list[type[Event]] = [event for event in of_the_project(Event) if not event.__name__.startswith("_")]


def test_there_is_something_to_look_at() -> None:
    assert {heir.__module__.partition(".")[0] for heir in REFUSALS} >= {"access", "chassis", *SERVICES}
    assert {event.__module__ for event in EVENTS} >= {f"contracts.{service}" for service in SERVICES}


@pytest.mark.parametrize("refusal", REFUSALS, ids=named)
def test_a_refusal_is_told_in_both_languages(refusal: type[Refusal]) -> None:
    dutch, english = vars(refusal).get("nl"), inspect.cleandoc(refusal.__doc__ or "")

    assert dutch, f"{named(refusal)} needs a text `nl` of its own"
    assert english, f"{named(refusal)} needs a docstring: it is the English text"
    for text in (dutch, english):
        assert text.endswith("."), f"{named(refusal)}: a text is one or more sentences: {text!r}"
        assert not text[0].islower(), f"{named(refusal)}: a text is one or more sentences: {text!r}"
    assert members(dutch) == members(english), f"{named(refusal)}: both texts name the same members"


def test_a_problem_type_means_one_thing() -> None:
    """Services do not import one another, so two may refuse the same thing; then they say it in the same words."""
    texts: dict[str, set[tuple[str, str | None]]] = defaultdict(set)
    for refusal in REFUSALS:
        texts[refusal.type()].add((refusal.title(), vars(refusal).get("nl")))

    assert {type_: told for type_, told in texts.items() if len(told) > 1} == {}
    for language in (0, 1):
        assert twice(text[language] for told in texts.values() for text in told) == []


def test_no_package_has_two_refusals_of_one_type() -> None:
    assert twice((refusal.__module__.partition(".")[0], refusal.type()) for refusal in REFUSALS) == []


@pytest.mark.parametrize("event", EVENTS, ids=named)
def test_an_event_says_what_happened(event: type[Event]) -> None:
    told = inspect.cleandoc(vars(event).get("__doc__") or "")

    assert told.endswith("."), f"{named(event)} needs a sentence as its docstring: it becomes the schema's description"


def test_no_two_events_share_a_type() -> None:
    stated = [event for event in EVENTS if "type" in vars(event)]

    assert twice(event.type for event in stated) == []
    assert all(event.service() == event.__module__.rpartition(".")[2] for event in stated)


def members(text: str) -> set[str | None]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def twice(words: Iterable[T]) -> list[T]:
    return [word for word, times in Counter(words).items() if times > 1]
