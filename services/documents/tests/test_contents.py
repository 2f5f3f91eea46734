"""What a file is, whatever it is called; and what is not let in."""

import io
import struct
import zipfile

import pytest

from documents.contents import kind_of
from documents.domain.file import FileEmpty, FileKindRefused, FileNameEmpty, clean_name, named

from .files import DOCX, JPEG, ODT, PDF, PNG, TEXT, XLSX, odt, office, zipped


@pytest.mark.parametrize(
    ("content", "ending"),
    [(PDF, "pdf"), (PNG, "png"), (JPEG, "jpg"), (TEXT, "txt"), (DOCX, "docx"), (XLSX, "xlsx"), (ODT, "odt")],
)
def test_a_file_is_what_its_content_says(content: bytes, ending: str) -> None:
    assert kind_of(content).ending == ending


MACRO = "application/vnd.ms-word.document.macroEnabled.main+xml"


def many_parts() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as whole:
        for n in range(5100):
            whole.writestr(f"{n}", "")
    return made.getvalue()


def second_directory() -> bytes:
    """One that the last record keeps silent about, and that reading programs believe instead (ZIP64)."""
    at, begins = DOCX.rfind(b"PK\x05\x06"), DOCX.find(b"PK\x01\x02")
    many = DOCX[begins:at] * 3000
    record = struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, 6000, 6000, len(many), begins)
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, begins + len(many), 1)
    return DOCX[:begins] + many + record + locator + DOCX[at:]


def directory_that_lies(count: int = 3, size: int = 2**31) -> bytes:
    at = DOCX.rfind(b"PK\x05\x06")
    return DOCX[: at + 10] + struct.pack("<HI", count, size) + DOCX[at + 16 :]


@pytest.mark.parametrize(
    "content",
    [
        b"MZ\x90\x00" + b"\x00" * 64,
        b"\x7fELF" + b"\x00" * 64,
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 64,
        b"GIF89a" + b"\x01\x00\x01\x00\x00\xff",
        b"PK\x03\x04",
        zipped(a_txt="hello"),
        zipped(mimetype="application/epub+zip", content_xml="<x/>"),
        office("word/document.xml", kind=MACRO),
        office("word/document.xml", more={"word/vbaProject.bin": b"x"}),
        office("ppt/presentation.xml"),
        odt(Basic__script_xml=b"x"),
        odt("application/vnd.oasis.opendocument.text" + "x" * 2_000_000),
        DOCX[:-10],
        DOCX[:40] + DOCX[-30:],
        directory_that_lies(),
        directory_that_lies(count=65535, size=200),
        many_parts(),
        second_directory(),
        b"one\x00two",
        b"\x1b[31mred",
        "é".encode("latin-1"),
        b"\xff\xfeh\x00i\x00",
    ],
    # An archive holds the moment at which it was made, and a test must be called the same everywhere.
    ids=[
        "program",
        "other program",
        "old office",
        "moving picture",
        "begun archive",
        "archive",
        "book",
        "macros",
        "macro part",
        "slides",
        "script",
        "long kind",
        "cut off",
        "without a middle",
        "wrong count",
        "ZIP64",
        "many parts",
        "second directory",
        "null",
        "escape",
        "latin-1",
        "utf-16",
    ],
)
def test_nothing_else_is_let_in(content: bytes) -> None:
    with pytest.raises(FileKindRefused):
        kind_of(content)


def test_a_part_that_inflates_is_not_read_to_its_end() -> None:
    bomb = odt("application/vnd.oasis.opendocument.text" + "\0" * 200_000_000)

    with pytest.raises(FileKindRefused):
        kind_of(bomb)


def test_nothing_is_no_file() -> None:
    with pytest.raises(FileEmpty):
        kind_of(b"")


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("Zorgplan 2026.pdf", "Zorgplan 2026.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\noor\\plan.docx", "plan.docx"),
        ("plan\u202egnp.exe", "plangnp.exe"),
        ("a\x00b\x07c\n d.txt", "abc d.txt"),
        ("zero\u200bwidth\ufeff.txt", "zerowidth.txt"),
        ("..hidden..", "hidden"),
        ('a<b>:"|?*.txt', "a_b______.txt"),
        ("Cafe\u0301.txt", "Café.txt"),
        ("客户.pdf", "客户.pdf"),
    ],
)
def test_a_name_stays_where_it_is_put(given: str, kept: str) -> None:
    assert clean_name(given) == kept


@pytest.mark.parametrize("given", ["..", "/", "\u202e\u200b", "  .  ", "a/"])
def test_what_shows_nothing_is_no_name(given: str) -> None:
    with pytest.raises(FileNameEmpty):
        clean_name(given)


@pytest.mark.parametrize(
    ("name", "ending", "shown"),
    [
        ("plan.pdf", "pdf", "plan.pdf"),
        ("plan.PDF", "pdf", "plan.PDF"),
        ("photo.jpeg", "jpg", "photo.jpeg"),
        ("plan.exe", "pdf", "plan.exe.pdf"),
        ("page.html", "txt", "page.html.txt"),
        ("x" * 200, "pdf", "x" * 196 + ".pdf"),
    ],
)
def test_a_name_ends_as_what_the_file_is(name: str, ending: str, shown: str) -> None:
    assert named(name, ending) == shown
