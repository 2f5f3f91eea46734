"""The canaries themselves: what was planted is found in whatever form it was kept, and nothing else is."""

import base64
import json
from urllib.parse import quote

import pytest
from prometheus_client import CollectorRegistry, Counter, generate_latest

from tests.canaries import Canaries, Read, lines


@pytest.mark.parametrize(
    "kept",
    [
        lambda word: word,
        str.upper,
        str.title,
        lambda word: quote(f"/clients/{word}?q={word} é"),
        lambda word: json.dumps({"name": f"Mevrouw {word.title()} \u00e9"}),
        lambda word: base64.b64encode(word.encode()).decode(),
        lambda word: base64.b64encode(f"a{word} and more".encode()).decode(),
        lambda word: base64.b64encode(f"ab{word}".encode()).decode(),
        lambda word: f"\\x{word.encode().hex()}",
    ],
)
def test_a_planted_word_is_found_in_any_form(kept: object) -> None:
    canaries = Canaries()
    word = canaries.plant("family name")

    found = canaries.find([Read("somewhere", b"{}"), Read("a log", f"before {kept(word)} after".encode())])  # type: ignore[operator]

    assert [(one.what, one.place) for one in found] == [("family name", "a log")]


def test_a_find_tells_the_line() -> None:
    canaries = Canaries()
    word = canaries.plant("e-mail address")

    [found] = canaries.find(lines("services.log", f'{{"event": "serving"}}\n{{"event": "{word}"}}\n'.encode()))

    assert str(found).startswith("e-mail address in services.log:2: ")


def test_a_word_in_the_label_of_a_metric_is_found_as_it_is_shown() -> None:
    canaries, registry = Canaries(), CollectorRegistry()
    word = canaries.plant("family name")
    counted = Counter("keten_planted", "Nothing of anybody.", ["route"], registry=registry)
    counted.labels(f'/clients/"{word.title()}"\n').inc()

    found = canaries.find(lines("metrics", generate_latest(registry)))

    assert {one.what for one in found} == {"family name"}
    assert all("keten_planted" in one.around for one in found)


def test_other_words_are_not_found() -> None:
    canaries, others = Canaries(), Canaries()
    word = others.plant("family name")
    canaries.plant("family name")

    assert canaries.find([Read("a log", word.encode()), Read("a table", base64.b64encode(word.encode()))]) == []
