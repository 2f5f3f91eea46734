"""A letter with its values filled in, as HTML and as plain text. Values are people's words: they stay text wherever they
stand."""

import textwrap
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import mrml
from jinja2 import FileSystemLoader, StrictUndefined
from jinja2.sandbox import SandboxedEnvironment

from documents.letters.words import LETTERS, Language, Letter

# Plain text is read in narrow windows too (characters).
_WIDTH: Final = 72

# More than a name or an organisation needs; a subject stays a line (characters).
_LONGEST: Final = 200

_layouts: Final = SandboxedEnvironment(
    loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined
)
# Nothing is fetched from elsewhere when a mail is opened: no fonts, no pictures.
_options: Final = mrml.RenderOptions(disable_comments=True, fonts={})

_SHARED: Final[Mapping[Language, Mapping[str, str]]] = {
    "nl": {
        "by_hand": "Werkt de knop niet? Kopieer dan deze link naar de browser:",
        "sender": "Dit bericht is automatisch verstuurd; antwoorden worden niet gelezen.",
    },
    "en": {
        "by_hand": "Does the button not work? Then copy this link to your browser:",
        "sender": "This message was sent automatically; answers are not read.",
    },
}


class LetterUnknown(Exception):
    """There is no such letter; a newer release may have it."""


@dataclass(frozen=True)
class Rendered:
    """A letter as it is sent."""

    subject: str
    text: str
    html: str


def render(template: str, language: Language, values: Mapping[str, str]) -> Rendered:
    """The letter `template` in this language. `values` are what its words name, and `link` where its button leads. Raises
    LetterUnknown."""
    letter = _letter(template, language, values)
    clean = {name: one_line(value) for name, value in values.items()}
    paragraphs = [paragraph.format_map(clean) for paragraph in letter.paragraphs]
    filled = {
        "language": language,
        "subject": letter.subject.format_map(clean),
        "heading": letter.heading.format_map(clean),
        "paragraphs": paragraphs,
        "button": letter.button,
        "link": values["link"] if letter.button else None,
        "why": letter.why.format_map(clean),
        **_SHARED[language],
    }
    html = mrml.to_html(_layouts.get_template("layout.mjml").render(filled), render_options=_options).content
    return Rendered(subject=str(filled["subject"]), text=_text(filled, paragraphs), html=html)


def one_line(value: str) -> str:
    """Text that stays where it is put: no line ends, nothing invisible, nothing that turns the direction of writing."""
    spaced = "".join(" " if letter.isspace() else letter for letter in value)
    kept = "".join(letter for letter in spaced if unicodedata.category(letter)[0] != "C")
    return " ".join(kept.split())[:_LONGEST]


def _letter(template: str, language: Language, values: Mapping[str, str]) -> Letter:
    letters = LETTERS[language]
    found = letters.get(f"{template}.{values.get('change')}") or letters.get(template)
    if found is None:
        raise LetterUnknown
    return found


def _text(filled: Mapping[str, object], paragraphs: list[str]) -> str:
    parts = [str(filled["heading"]), *paragraphs]
    blocks = [textwrap.fill(part, _WIDTH, break_long_words=False, break_on_hyphens=False) for part in parts]
    if filled["link"]:
        blocks.append(f"{filled['button']}:\n{filled['link']}")
    small = [textwrap.fill(str(filled[name]), _WIDTH) for name in ("why", "sender")]
    return "\n\n".join([*blocks, "-- \nKeten", *small]) + "\n"
