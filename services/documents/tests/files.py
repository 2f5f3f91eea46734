"""Files of every kind, as small as they can be, and some that pretend."""

import io
import zipfile

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer<<>>\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 32
JPEG = b"\xff\xd8\xff\xe0" + b"\x00" * 32
TEXT = "Goedemorgen, één koffie graag.\r\n".encode()


def zipped(**parts: bytes | str) -> bytes:
    """A zip; in the names `__` stands for a slash, and `_` for a dot."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as whole:
        for name, content in parts.items():
            whole.writestr(name.replace("__", "/").replace("_", "."), content)
    return made.getvalue()


def office(main: str, *, kind: str = "", more: dict[str, bytes] | None = None) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as whole:
        whole.writestr("[Content_Types].xml", f"<Types>{kind}</Types>")
        whole.writestr(main, "<x/>")
        for name, content in (more or {}).items():
            whole.writestr(name, content)
    return made.getvalue()


def odt(mimetype: str = "application/vnd.oasis.opendocument.text", **more: bytes) -> bytes:
    return zipped(mimetype=mimetype, content_xml="<x/>", **more)


DOCX = office("word/document.xml")
XLSX = office("xl/workbook.xml")
ODT = odt()
