"""What a confined child makes of an uploaded picture: a square portrait that holds pixels and nothing else.

Stands alone (see `chassis.confined`): it is loaded by its file, far from everything else of ours.
"""

import contextlib
import io
from typing import Final

from PIL import Image, ImageCms, MpoImagePlugin, TiffImagePlugin, WebPImagePlugin

# Most pixels per kind: decoded they are four bytes each, and some decoders hold them several times. A JPEG is decoded
# smaller to begin with.
MOST_PIXELS: Final = {"JPEG": 50_000_000, "PNG": 25_000_000, "WEBP": 25_000_000}

# What a screen shows of a face, twice over for fine displays.
SIDE: Final = 512

# Faces show no flaw above this.
_QUALITY: Final = 85

_ORIENTATION: Final = 0x0112
_TURNS: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

# The limit is our own, above; and what Pillow would load late it must load before no file can be opened any more: notes of a
# camera are read as TIFF, and a telephone's JPEG may hold a second picture (MPO).
Image.MAX_IMAGE_PIXELS = None
Image.preinit()
_LOADED: Final = (MpoImagePlugin, TiffImagePlugin, WebPImagePlugin)


class _Refused(ValueError):
    """The code that the uploader is told."""


def portrait(given: bytes) -> bytes:
    """A square JPEG of the middle. Raises ValueError with `photo-unreadable` or `photo-too-large`."""
    try:
        with Image.open(io.BytesIO(given), formats=list(MOST_PIXELS)) as opened:
            if opened.width * opened.height > MOST_PIXELS.get(opened.format or "", MOST_PIXELS["JPEG"]):
                raise _Refused("photo-too-large")
            return _encoded(_upright(_in_common_colours(_square(opened), opened), opened))
    except (_Refused, MemoryError):
        raise
    except Exception:  # a decoder fails in any way it likes; what it says may hold what it read
        raise _Refused("photo-unreadable") from None


def _square(opened: Image.Image) -> Image.Image:
    # A JPEG can be decoded smaller to begin with.
    opened.draft(None, (2 * SIDE, 2 * SIDE))
    side = min(opened.size)
    left, top = (opened.width - side) // 2, (opened.height - side) // 2
    within = _plain(opened.crop((left, top, left + side, top + side)))
    return within.resize((SIDE, SIDE), Image.Resampling.LANCZOS, reducing_gap=3.0)


def _plain(image: Image.Image) -> Image.Image:
    """In a mode that can be made smaller smoothly."""
    if image.mode.startswith("I"):
        return image.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    if image.mode in ("P", "PA"):
        return image.convert("RGBA" if "transparency" in image.info or image.mode == "PA" else "RGB")
    return image if image.mode in ("L", "LA", "RGB", "RGBA", "CMYK") else image.convert("RGB")


def _in_common_colours(image: Image.Image, opened: Image.Image) -> Image.Image:
    """On white, in sRGB: without its profile a picture must mean the same."""
    if image.mode in ("LA", "RGBA"):
        white = Image.new(image.mode[:-1], image.size, "white")
        white.paste(image.convert(image.mode[:-1]), mask=image.getchannel("A"))
        image = white
    if profile := opened.info.get("icc_profile"):
        with contextlib.suppress(ImageCms.PyCMSError, OSError, ValueError):
            own, common = ImageCms.ImageCmsProfile(io.BytesIO(profile)), ImageCms.createProfile("sRGB")
            return ImageCms.profileToProfile(image, own, common, outputMode="RGB") or image.convert("RGB")
    return image.convert("RGB")


def _upright(image: Image.Image, opened: Image.Image) -> Image.Image:
    turn = None
    with contextlib.suppress(Exception):  # a wrong note about the camera is no reason to refuse the picture
        turn = _TURNS.get(opened.getexif().get(_ORIENTATION, 1))
    return image if turn is None else image.transpose(turn)


def _encoded(image: Image.Image) -> bytes:
    # A new picture: what was noted beside the old one stays behind.
    clean, made = Image.new("RGB", image.size), io.BytesIO()
    clean.paste(image)
    clean.save(made, "JPEG", quality=_QUALITY, optimize=True, progressive=True)
    return made.getvalue()
