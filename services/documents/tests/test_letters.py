"""Letters: all of them in both languages, and nothing in them but what they should say."""

import re
from itertools import product
from string import Formatter

import pytest

from documents.letters import LetterUnknown, render
from documents.letters.rendering import one_line
from documents.letters.words import DUTCH, ENGLISH, LETTERS, Language, Letter

VALUES = {
    "name": "Leon de Wit",
    "sharer": "Taco Bakker",
    "organisation": "Zorg 4 You",
    "initials": "E. v. d. B.",
    "inviter": "Noor Smit",
    "link": "http://keten.test/x?link=a.b&c=1",
}
EACH = [(language, code) for language, code in product(LETTERS, DUTCH)]


def words(letter: Letter) -> list[str]:
    return [letter.subject, letter.heading, letter.why, *letter.paragraphs]


def named(letter: Letter) -> set[str]:
    return {name for text in words(letter) for _, name, _, _ in Formatter().parse(text) if name}


def test_both_languages_have_the_same_letters_that_say_the_same() -> None:
    assert DUTCH.keys() == ENGLISH.keys()
    for code, dutch in DUTCH.items():
        english = ENGLISH[code]
        assert named(dutch) == named(english), code
        assert len(dutch.paragraphs) == len(english.paragraphs), code
        assert (dutch.button is None) == (english.button is None), code


@pytest.mark.parametrize(("language", "code"), EACH)
def test_a_letter_says_the_same_as_html_and_as_text_and_loads_nothing(language: Language, code: str) -> None:
    template, _, change = code.partition(".")

    letter = render(template, language, {**VALUES, "change": change})

    said = LETTERS[language][code]
    assert letter.subject == said.subject.format_map(VALUES)
    flat = " ".join(letter.text.split())
    seen = " ".join(re.sub(r"<[^>]+>", " ", letter.html).split())
    for paragraph in said.paragraphs:
        assert " ".join(paragraph.format_map(VALUES).split()) in flat
        assert " ".join(paragraph.format_map(VALUES).split()) in seen.replace("&#39;", "'")
    assert (VALUES["link"] in letter.text) == (said.button is not None)
    addresses = set(re.findall(r'(?:src|href|url|import)[=( ]+["\']?(\S+?)["\')> ]', letter.html))
    assert addresses <= {VALUES["link"].replace("&", "&amp;")}
    assert "<script" not in letter.html
    assert max(map(len, letter.text.splitlines())) <= 72


@pytest.mark.rule("SHR-18", "ALL-4")
def test_the_mail_about_a_share_names_nothing_but_the_client_s_initials() -> None:
    assert named(DUTCH["share"]) == {"name", "sharer", "organisation", "initials"}


@pytest.mark.parametrize("language", LETTERS)
def test_what_people_are_called_stays_text(language: Language) -> None:
    name = 'A "quoted" <b>bold</b> & {name} {{ 7 * 7 }} {% raw %} </mj-text><mj-raw><script>x</script></mj-raw>'

    letter = render("invitation", language, {**VALUES, "inviter": name, "organisation": name})

    assert name in letter.subject
    assert "<b>bold" not in letter.html
    assert "<script" not in letter.html
    assert "&lt;b&gt;bold&lt;/b&gt; &amp; {name} {{ 7 * 7 }}" in letter.html


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ("Jan\r\nBcc: x@y.z", "Jan Bcc: x@y.z"),
        ("Jan\u2028\u0085de\tWit", "Jan de Wit"),
        ("gnp\u202eexe\u200b\ufeff", "gnpexe"),
        ("x" * 500, "x" * 200),
        ("Zoë van 't Hof-Čapek", "Zoë van 't Hof-Čapek"),
    ],
)
def test_a_value_is_one_line_of_what_can_be_seen(value: str, kept: str) -> None:
    assert one_line(value) == kept


def test_a_letter_that_is_not_there_is_not_made_up() -> None:
    with pytest.raises(LetterUnknown):
        render("moon-landing", "nl", VALUES)


def test_a_change_of_the_second_factor_that_has_no_words_of_its_own_is_told_in_general() -> None:
    letter = render("second-factor-changed", "en", {**VALUES, "change": "reset"})

    assert letter.subject == "Your signing in with two steps on Keten has changed"
