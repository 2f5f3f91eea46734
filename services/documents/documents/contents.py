"""What a file is, found from its content; the name is not asked. Only what is known to be harmless to keep is let in."""

import io
import re
import struct
import zipfile
import zlib
from dataclasses import dataclass
from typing import Final

from documents.domain.file import FileEmpty, FileKindRefused


@dataclass(frozen=True)
class Kind:
    """A media type and the ending that goes with it."""

    media_type: str
    ending: str


PDF: Final = Kind("application/pdf", "pdf")
PNG: Final = Kind("image/png", "png")
JPEG: Final = Kind("image/jpeg", "jpg")
TEXT: Final = Kind("text/plain; charset=utf-8", "txt")
DOCX: Final = Kind("application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx")
XLSX: Final = Kind("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx")
ODT: Final = Kind("application/vnd.oasis.opendocument.text", "odt")

_BEGINNINGS: Final = ((b"%PDF-", PDF), (b"\x89PNG\r\n\x1a\n", PNG), (b"\xff\xd8\xff", JPEG))

# An office document has dozens of parts; a directory of more is an attack on whoever reads it (bytes, parts).
_LARGEST_DIRECTORY, _MOST_PARTS = 1024 * 1024, 5000

# A ZIP64 record with its locator (bytes).
_ZIP64: Final = 76

# As far as the list of an office document's parts is read (bytes).
_LARGEST_PART: Final = 1024 * 1024

_MACROS: Final = re.compile(r"(^|/)vbaproject\.bin$|^basic/|^scripts/|(^|/)activex/", re.IGNORECASE)

# Tabs, line ends and page ends are text; other control characters are not.
_NOT_TEXT: Final = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f]")


def kind_of(content: bytes) -> Kind:
    """Raises FileEmpty, FileKindRefused."""
    if not content:
        raise FileEmpty
    for beginning, kind in _BEGINNINGS:
        if content.startswith(beginning):
            return kind
    if content.startswith(b"PK\x03\x04"):
        return _office(content)
    return _text(content)


def _text(content: bytes) -> Kind:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise FileKindRefused from None
    if _NOT_TEXT.search(text):
        raise FileKindRefused
    return TEXT


def _office(content: bytes) -> Kind:
    _refuse_large_directory(content)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            return _office_of(parts)
    # What `zipfile` raises at an archive that is damaged, encrypted or packed in a way that it does not know.
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, RuntimeError, ValueError, EOFError, OSError):
        raise FileKindRefused from None
    except (struct.error, OverflowError, zlib.error):
        raise FileKindRefused from None


def _office_of(parts: zipfile.ZipFile) -> Kind:
    names = set(parts.namelist())
    if any(_MACROS.search(name) for name in names):
        raise FileKindRefused
    if "mimetype" in names:
        if _part(parts, "mimetype") == ODT.media_type.encode() and "content.xml" in names:
            return ODT
        raise FileKindRefused
    if "[Content_Types].xml" in names and b"macroEnabled" not in _part(parts, "[Content_Types].xml"):
        for part, kind in (("word/document.xml", DOCX), ("xl/workbook.xml", XLSX)):
            if part in names:
                return kind
    raise FileKindRefused


def _part(parts: zipfile.ZipFile, name: str) -> bytes:
    with parts.open(name) as part:
        found = part.read(_LARGEST_PART + 1)
    if len(found) > _LARGEST_PART:
        raise FileKindRefused
    return found


def _refuse_large_directory(content: bytes) -> None:
    """Before anything reads it whole: what its last record says of it."""
    at = content.rfind(b"PK\x05\x06", max(0, len(content) - 65557))
    if at < 0 or len(content) < at + 22:
        raise FileKindRefused
    count, size = struct.unpack_from("<HI", content, at + 10)
    if at >= _ZIP64 and content.startswith(b"PK\x06\x07", at - 20):
        # Another record stands before it, which is believed instead (APPNOTE 4.3.14); `zipfile` looks for it here.
        large_count, large_size = struct.unpack_from("<QQ", content, at - _ZIP64 + 32)
        count, size = max(count, large_count), max(size, large_size)
    if count > _MOST_PARTS or size > _LARGEST_DIRECTORY:
        raise FileKindRefused
