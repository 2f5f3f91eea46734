"""What becomes of an uploaded picture, in its confined child: a square portrait that holds pixels and nothing else."""

import pytest

from chassis.confined import CRASHED, InputRefused, run_confined
from identity.domain import photo
from identity.domain.photo import PhotoHidesMore, PhotoMissing, PhotoOfAnotherKind
from identity.tasks.photo import LIMITS

from .pictures import a_face, an_archive, bomb, decoded, encoded, of_a_telephone, that_claims, turned, with_notes


async def _portrait(given: bytes) -> bytes:
    return await run_confined("identity.portrait:portrait", given, limits=LIMITS)


@pytest.mark.rule("SHR-17")
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
async def test_every_kind_becomes_a_square_jpeg_of_its_middle(kind: str) -> None:
    made = decoded(await _portrait(encoded(a_face((1600, 700)), kind)))

    assert (made.format, made.mode, made.size) == ("JPEG", "RGB", (512, 512))
    assert _is_near(made.getpixel((256, 256)), (240, 200, 170)), "the face is in the middle"
    assert _is_near(made.getpixel((43, 256)), (220, 20, 20)), "and its ear on its left"


@pytest.mark.rule("SHR-17")
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
async def test_where_when_and_by_whom_it_was_made_stays_behind(kind: str) -> None:
    given = with_notes(kind)
    assert b"Planted" in given
    assert decoded(given).getexif().get_ifd(0x8825)

    made = await _portrait(given)

    assert b"Planted" not in made
    assert b"Exif" not in made
    assert not decoded(made).getexif()
    assert set(decoded(made).info) <= {
        "jfif",
        "jfif_version",
        "jfif_unit",
        "jfif_density",
        "progressive",
        "progression",
    }


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize(("orientation", "ear"), [(1, (43, 256)), (3, (469, 256)), (6, (256, 43)), (8, (256, 469))])
async def test_a_picture_stands_upright(orientation: int, ear: tuple[int, int], kind: str) -> None:
    made = decoded(await _portrait(turned(orientation, kind)))

    assert _is_near(made.getpixel(ear), (220, 20, 20))


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16"])
async def test_what_is_transparent_becomes_white_and_every_colour_mode_is_taken(mode: str) -> None:
    face = a_face(mode="L" if mode == "I;16" else mode)
    given = face.convert("I").point(lambda value: value * 256).convert("I;16") if mode == "I;16" else face
    if mode in ("LA", "RGBA"):
        given.putalpha(0)

    made = decoded(await _portrait(encoded(given, "PNG")))

    assert made.mode == "RGB"
    light = made.getpixel((256, 256))
    assert isinstance(light, tuple)
    assert min(light) > (250 if mode in ("LA", "RGBA") else 150)


async def test_a_picture_of_a_telephone_may_hold_a_second_one() -> None:
    given = of_a_telephone()
    photo.check(given)

    assert _is_near(decoded(await _portrait(given)).getpixel((256, 256)), (240, 200, 170))


async def test_a_print_picture_keeps_its_colours() -> None:
    made = decoded(await _portrait(encoded(a_face(mode="CMYK"))))

    assert _is_near(made.getpixel((256, 256)), (240, 200, 170))


@pytest.mark.parametrize(
    ("name", "given", "reason"),
    [
        ("claims 60000 by 60000", that_claims(60_000, 60_000), "photo-too-large"),
        ("claims nothing", that_claims(0, 0), "photo-unreadable"),
        ("inflates", bomb(), "photo-unreadable"),
        ("cut off", encoded(a_face())[:-2000], "photo-unreadable"),
        ("head alone", b"\xff\xd8\xff\xe0", "photo-unreadable"),
        ("noise", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40, "photo-unreadable"),
        ("another kind within", b"GIF89a" + bytes(100), "photo-unreadable"),
    ],
)
async def test_what_is_no_whole_picture_is_refused_by_a_code(name: str, given: bytes, reason: str) -> None:
    with pytest.raises(InputRefused) as refused:
        await _portrait(given)

    assert refused.value.reason == reason, name
    assert refused.value.reason != CRASHED


@pytest.mark.parametrize(
    "given",
    [
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"GIF89a" + bytes(20),
        b"\0\0\0\x18ftypheic" + bytes(20),
        b"%PDF-1.7",
        b"RIFF\0\0\0\0WAVEfmt ",
        an_archive(),
    ],
)
def test_other_kinds_are_told_apart_by_their_content(given: bytes) -> None:
    with pytest.raises(PhotoOfAnotherKind):
        photo.check(given)


@pytest.mark.parametrize(
    "hidden",
    [an_archive(), b"<html><script>alert(1)</script>", b"<SVG onload=x>", b"Rar!\x1a\x07\x01\x00", b"<?php echo 1;"],
)
def test_a_picture_with_something_else_behind_it_is_refused(hidden: bytes) -> None:
    with pytest.raises(PhotoHidesMore):
        photo.check(encoded(a_face()) + hidden)


def test_a_picture_that_is_a_document_besides_is_refused_and_nothing_is_nothing() -> None:
    with pytest.raises(PhotoHidesMore):
        photo.check(encoded(a_face(), comment=b"%PDF-1.7 1 0 obj"))
    with pytest.raises(PhotoMissing):
        photo.check(b"")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_what_cameras_note_is_no_reason_to_refuse(kind: str) -> None:
    photo.check(with_notes(kind))


def _is_near(pixel: object, colour: tuple[int, int, int]) -> bool:
    assert isinstance(pixel, tuple)
    return all(abs(one - other) < 30 for one, other in zip(pixel, colour, strict=True))
