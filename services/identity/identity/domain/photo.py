"""What may be sent as a photo, told by its first and last bytes; what is in it is found out in a confined child."""

import io
import zipfile
from typing import Final

from chassis.problems import Invalid, NotFound, Refusal

# A picture of a telephone is 2 to 5 MB; more adds nothing to 512 pixels (bytes).
MOST_BYTES: Final = 8 * 1024 * 1024

# What other programs take a file for, wherever it stands in it: a picture with one of these inside is two things at once.
_PAGES: Final = (b"<html", b"<script", b"<svg", b"<?php", b"<!doctype")
_ARCHIVES: Final = (b"Rar!\x1a\x07", b"7z\xbc\xaf\x27\x1c")
_PDF: Final = b"%PDF-"

# PDF readers look no further for their mark (ISO 32000-1, appendix H).
_PDF_WITHIN: Final = 1024


def check(content: bytes) -> None:
    """Raises PhotoMissing, PhotoOfAnotherKind, or PhotoHidesMore for what is a picture and something else besides."""
    if not content:
        raise PhotoMissing
    if not _is_picture(content):
        raise PhotoOfAnotherKind
    lowered = content.lower()
    if (
        any(mark in lowered for mark in _PAGES)
        or any(mark in content for mark in _ARCHIVES)
        or _PDF in content[:_PDF_WITHIN]
        or zipfile.is_zipfile(io.BytesIO(content))
    ):
        raise PhotoHidesMore


def _is_picture(content: bytes) -> bool:
    is_webp = content.startswith(b"RIFF") and content[8:12] == b"WEBP"
    return is_webp or content.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"))


class PhotoNotFound(NotFound):
    """This person shows no photo, or you may not know of him."""

    nl = "Deze persoon heeft geen foto, of u mag hem niet kennen."


class PhotoMissing(Invalid):
    """Nothing was sent. Send the picture itself as the body of the request."""

    nl = "Er is niets opgestuurd. Stuur de afbeelding zelf als inhoud van het verzoek."


class PhotoOfAnotherKind(Invalid):
    """A photo is a JPEG, PNG or WebP picture. Save it as one of these and send it again."""

    nl = "Een foto is een JPEG-, PNG- of WebP-afbeelding. Sla hem zo op en stuur hem opnieuw."


class PhotoHidesMore(Invalid):
    """This file is a picture and something else besides. Save the picture anew with a photo program and send that."""

    nl = "Dit bestand is een afbeelding en nog iets anders. Sla de afbeelding opnieuw op met een fotoprogramma en stuur die."


class PhotoUnreadable(Invalid):
    """This picture cannot be read: it is not whole, or not what it says. Save it anew as JPEG or PNG and send it again."""

    nl = (
        "Deze afbeelding is niet te lezen: zij is niet heel, of niet wat zij zegt. Sla haar opnieuw op als JPEG of PNG."
    )


class PhotoTooLarge(Invalid):
    """This picture has too many pixels. Make it smaller, 2000 by 2000 is plenty, and send it again."""

    nl = "Deze afbeelding heeft te veel beeldpunten. Maak haar kleiner, 2000 bij 2000 is ruim genoeg, en stuur haar opnieuw."


class PhotoTooSlow(Refusal):
    """The picture did not arrive within a minute. Try again on a better connection, or send a smaller picture."""

    nl = "De afbeelding was er niet binnen een minuut. Probeer het via een betere verbinding, of stuur een kleinere."
    status = 408
