"""Names of people as lists and badges show them: the key they sort by, as Dutch lists do, and the initials."""

import unicodedata
from collections.abc import Mapping
from typing import Final, Literal

Language = Literal["nl", "en"]

# Words between given name and surname that Dutch lists pass over: "van den Berg" stands under the B (NEN 1888).
_INFIXES: Final = frozenset(
    "'s 't aan auf aus bei bij da das de degli dei del della dem den der des di die do dos du el het in la las le les los of"  # noqa: SIM905
    " onder op over te ten ter tot uit van vanden ver vom von voor vor zu zum zur".split()
)

# Letters that do not come apart into a base letter and an accent.
_LETTERS: Final = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe", "ı": "i", "þ": "th", "ð": "d"})

# What they are called of whom nobody knows any more who they were.
ERASED_PERSON: Final[Mapping[Language, str]] = {"nl": "gewiste persoon", "en": "erased person"}
ERASED_ORGANISATION: Final[Mapping[Language, str]] = {"nl": "gewiste organisatie", "en": "erased organisation"}


def sort_key(name: str) -> str:
    """What a name sorts and is searched by: without case or accents, surname first, the infix last.

    "Anna van den Berg" becomes "berg, anna van den". Plain byte order of these keys is the order of the list.
    """
    given, infix, surname = _parts(plain(name))
    return " ".join([f"{surname}," if given or infix else surname, *given, *infix]).strip()


def initials(name: str) -> str:
    """One or two capitals for a badge without a photo (SHR-17): "Anna van den Berg" becomes "AB"."""
    given, infix, surname = _parts(name)
    first = (given or [surname])[0]
    letters = first[:1] + (surname[:1] if given or infix else "")
    return _letters(letters).upper() if _letters(letters) else "?"


def plain(text: str) -> str:
    """Text without case and accents, its white space single; for comparing and searching."""
    apart = unicodedata.normalize("NFKD", text.casefold().translate(_LETTERS).replace("’", "'"))
    return " ".join("".join(letter for letter in apart if not unicodedata.combining(letter)).split())


def _parts(name: str) -> tuple[list[str], list[str], str]:
    """Given names, infix and surname; the surname begins behind the first infix, else it is the last word."""
    words = name.split()
    if not words:
        return [], [], ""
    start = next((at for at, word in enumerate(words[:-1]) if at > 0 and _is_infix(word)), None)
    if start is None:
        return words[:-1], [], words[-1]
    end = start
    while end < len(words) - 1 and _is_infix(words[end]):
        end += 1
    return words[:start], words[start:end], " ".join(words[end:])


def _is_infix(word: str) -> bool:
    return plain(word) in _INFIXES


def _letters(text: str) -> str:
    return "".join(letter for letter in text if letter.isalnum())
