"""Faces for the people of the demonstration, drawn here: nobody in it exists."""

import io
import random
from collections.abc import Sequence

from PIL import Image, ImageDraw, ImageFilter

# Drawn larger than shown, so that edges are smooth.
_SIDE, _FINE = 640, 2

_SKIN: Sequence[tuple[int, int, int]] = ((246, 214, 190), (232, 190, 160), (198, 146, 112), (140, 94, 68))
_HAIR: Sequence[tuple[int, int, int]] = ((58, 42, 34), (112, 74, 44), (176, 128, 76), (150, 150, 154), (30, 28, 30))
_WALL: Sequence[tuple[int, int, int]] = ((214, 228, 232), (232, 226, 214), (218, 230, 216), (228, 220, 232))
_CLOTH: Sequence[tuple[int, int, int]] = ((32, 86, 110), (92, 62, 110), (46, 102, 74), (150, 72, 58))


def portrait(name: str) -> bytes:
    """A JPEG of somebody of this name; the same name, the same face."""
    chance = random.Random(name)  # noqa: S311 - a face, not a secret
    side = _SIDE * _FINE
    image = Image.new("RGB", (side, side), chance.choice(_WALL))
    draw = ImageDraw.Draw(image)
    skin, hair, cloth = chance.choice(_SKIN), chance.choice(_HAIR), chance.choice(_CLOTH)
    is_long = chance.random() < 0.5
    _hair_behind(draw, side, hair, is_long=is_long)
    _body(draw, side, skin, cloth)
    _face(draw, side, skin, hair)
    _hair_before(draw, side, hair, parting=chance.uniform(0.42, 0.58))
    made = io.BytesIO()
    image.filter(ImageFilter.GaussianBlur(_FINE)).resize((_SIDE, _SIDE)).save(made, "JPEG", quality=88)
    return made.getvalue()


Colour = tuple[int, int, int]


def _hair_behind(draw: ImageDraw.ImageDraw, side: int, hair: Colour, *, is_long: bool) -> None:
    bottom = 0.72 if is_long else 0.5
    draw.rounded_rectangle(_box(side, 0.27, 0.16, 0.73, bottom), radius=side * 0.22, fill=hair)


def _body(draw: ImageDraw.ImageDraw, side: int, skin: Colour, cloth: Colour) -> None:
    draw.ellipse(_box(side, 0.12, 0.74, 0.88, 1.4), fill=cloth)
    draw.rounded_rectangle(_box(side, 0.42, 0.55, 0.58, 0.8), radius=side * 0.07, fill=_shade(skin, 0.9))
    draw.ellipse(_box(side, 0.40, 0.71, 0.60, 0.82), fill=_shade(skin, 0.9))


def _face(draw: ImageDraw.ImageDraw, side: int, skin: Colour, hair: Colour) -> None:
    for left in (0.275, 0.665):
        draw.ellipse(_box(side, left, 0.40, left + 0.06, 0.50), fill=_shade(skin, 0.95))
    draw.ellipse(_box(side, 0.30, 0.20, 0.70, 0.67), fill=skin)
    for middle in (0.42, 0.58):
        draw.ellipse(_box(side, middle - 0.032, 0.415, middle + 0.032, 0.455), fill=(250, 250, 248))
        draw.ellipse(_box(side, middle - 0.017, 0.417, middle + 0.017, 0.453), fill=(52, 66, 72))
        draw.arc(_box(side, middle - 0.05, 0.365, middle + 0.05, 0.43), 205, 335, fill=hair, width=side // 90)
        cheek = 0.5 + 1.3 * (middle - 0.5)
        draw.ellipse(_box(side, cheek - 0.055, 0.50, cheek + 0.055, 0.555), fill=_blend(skin, (226, 120, 110), 0.18))
    draw.arc(_box(side, 0.47, 0.45, 0.53, 0.52), 30, 150, fill=_shade(skin, 0.8), width=side // 110)
    draw.chord(_box(side, 0.43, 0.53, 0.57, 0.61), 15, 165, fill=(190, 84, 82))


def _hair_before(draw: ImageDraw.ImageDraw, side: int, hair: Colour, *, parting: float) -> None:
    draw.pieslice(_box(side, 0.28, 0.163, 2 * parting - 0.28 + 0.02, 0.50), 175, 282, fill=hair)
    draw.pieslice(_box(side, 2 * parting - 0.72 - 0.02, 0.163, 0.72, 0.50), 258, 365, fill=hair)


def _box(side: int, left: float, top: float, right: float, bottom: float) -> tuple[float, float, float, float]:
    return left * side, top * side, right * side, bottom * side


def _shade(colour: Colour, strength: float) -> Colour:
    return _blend((0, 0, 0), colour, strength)


def _blend(one: Colour, other: Colour, share: float) -> Colour:
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue
