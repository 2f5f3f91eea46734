"""Pictures as people send them, and as people send them who mean no good."""

import io
import struct
import zipfile
import zlib
from typing import Any

from PIL import Image, ImageDraw

GPS = {1: "N", 2: (52.0, 22.0, 12.0), 3: "E", 4: (4.0, 53.0, 42.0)}


def a_face(size: tuple[int, int] = (900, 600), *, mode: str = "RGB") -> Image.Image:
    """A round face in the middle, with one red ear on its left side."""
    image = Image.new("RGB", size, (214, 228, 232))
    draw, (width, height) = ImageDraw.Draw(image), size
    radius = min(size) // 3
    middle = (width // 2, height // 2)
    draw.circle((middle[0] - radius * 5 // 4, middle[1]), radius // 4, fill=(220, 20, 20))
    draw.circle(middle, radius, fill=(240, 200, 170))
    return image.convert(mode)


def encoded(image: Image.Image, kind: str = "JPEG", **said: Any) -> bytes:
    made = io.BytesIO()
    image.save(made, kind, **said)
    return made.getvalue()


def decoded(content: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(content))
    image.load()
    return image


def with_notes(kind: str = "JPEG") -> bytes:
    """A picture that tells where and with what it was made, and by whom."""
    exif = Image.Exif()
    exif[0x010F] = "Planted camera"
    exif[0x013B] = "Planted artist"
    exif.get_ifd(0x8825).update(GPS)
    more: dict[str, Any] = {"comment": b"Planted comment"} if kind == "JPEG" else {}
    return encoded(a_face(), kind, exif=exif, xmp=b"<x:xmpmeta>Planted xmp</x:xmpmeta>", **more)


def turned(orientation: int, kind: str = "JPEG") -> bytes:
    """A picture that a viewer must turn before showing it."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    return encoded(a_face(), kind, exif=exif)


def of_a_telephone() -> bytes:
    """A JPEG with a second picture behind it, as telephones add for depth or light."""
    return encoded(a_face(), "MPO", save_all=True, append_images=[a_face((90, 60))])


def that_claims(width: int, height: int) -> bytes:
    """A PNG whose head says more than its body holds."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = (b"IHDR", head), (b"IDAT", zlib.compress(bytes(1000))), (b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, data) for name, data in parts)


def bomb() -> bytes:
    """A PNG of two kilobytes whose text inflates to 200 MB."""
    head = struct.pack(">IIBBBBB", 8, 8, 8, 2, 0, 0, 0)
    text = b"Comment\0\0" + zlib.compress(bytes(200_000_000), 9)
    pixels = zlib.compress(bytes(8 * 25))
    parts = (b"IHDR", head), (b"zTXt", text), (b"IDAT", pixels), (b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, data) for name, data in parts)


def an_archive() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("payload.txt", "something else")
    return made.getvalue()


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
