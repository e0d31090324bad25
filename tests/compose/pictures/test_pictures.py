"""What becomes of a picture: upright, without metadata, in true colours, as large as fits."""

from __future__ import annotations

import random
import struct
import zlib
from io import BytesIO
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms, ImageDraw, ImageOps
from PIL.PngImagePlugin import PngInfo
from pillow_heif import register_heif_opener

from bridge.compose import media
from bridge.compose.media import Selection
from bridge.compose.pictures import formats, sizing
from bridge.compose.reading.files import File

register_heif_opener()

TYPES = ("image/jpeg", "image/gif", "image/png", "text/plain", "text/vcard")
ROOM = 300_000
GPS = {1: "N", 2: (51.0, 30.0, 2.5), 3: "W", 4: (0.0, 7.0, 39.0)}
SECRET = b"taken at home"


# ---------------------------------------------------------------- pictures to try


def photo(width: int, height: int, *, grain: int = 6, mode: str = "RGB") -> Image.Image:
    """Soft shapes with some grain: what a camera makes."""
    chance = random.Random(width)
    size = (max(2, width // 16), max(2, height // 16))
    octets = chance.randbytes(size[0] * size[1] * len(mode))
    soft = Image.frombytes(mode, size, octets).resize((width, height), Image.Resampling.BICUBIC)
    fine = Image.frombytes(mode, (width, height), chance.randbytes(width * height * len(mode)))
    return Image.blend(soft, fine, grain / 100)


def screen(width: int, height: int) -> Image.Image:
    """Lines and words in few colours: what a computer shows."""
    image = Image.new("RGB", (width, height), "white")
    draw = ImageDraw.Draw(image)
    for row in range(0, height, 14):
        draw.text(
            (row % 40, row), f"web{row} is CRITICAL: connection refused", fill=(row % 256, 0, 0)
        )
    return image


def octets(image: Image.Image, kind: str, **options: Any) -> bytes:
    stream = BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def exif(orientation: int = 1) -> bytes:
    """Where and how a picture was taken."""
    found = Image.Exif()
    found[0x0112] = orientation
    found[0x010E] = SECRET.decode()
    found.get_ifd(0x8825).update(GPS)
    return found.tobytes()


def sent(
    body: bytes, name: str = "x.bin", *, limit: int = ROOM, types: tuple[str, ...] = TYPES
) -> Selection:
    return media.selected([File(name, "application/octet-stream", body)], types, limit)


def shown(selection: Selection) -> Image.Image:
    """The one picture that goes out, as a phone decodes it."""
    (part,) = selection.parts
    image = Image.open(BytesIO(part.body))
    assert Image.MIME[image.format or ""] == part.media_type
    image.load()
    return image


def mean(image: Image.Image) -> Any:
    """Its colour from afar."""
    return image.resize((1, 1), Image.Resampling.BOX).getpixel((0, 0))


def near(one: Any, other: Any, tolerance: int = 12) -> bool:
    return all(abs(a - b) <= tolerance for a, b in zip(one, other, strict=True))


# ---------------------------------------------------------------- metadata


def jpeg_with_everything() -> bytes:
    """A JPEG with EXIF, XMP, IPTC, a comment, a profile, and a film behind its end."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    plain = octets(
        photo(200, 150), "JPEG", exif=exif(), comment=SECRET, xmp=SECRET, icc_profile=profile
    )
    iptc = b"Photoshop 3.0\0" + SECRET
    segment = b"\xff\xed" + struct.pack(">H", len(iptc) + 2) + iptc
    return plain[:2] + segment + plain[2:] + b"ftypmp42" + SECRET


def test_a_jpeg_that_fits_loses_its_metadata_and_nothing_else() -> None:
    body = jpeg_with_everything()
    before = Image.open(BytesIO(body))
    assert before.getexif().get_ifd(0x8825)[2] == GPS[2]
    found = sent(body, "IMG_1.JPG")
    after = shown(found)
    assert not after.getexif()
    assert not {"exif", "xmp", "comment", "photoshop"} & after.info.keys()
    assert SECRET not in found.parts[0].body
    assert after.info["icc_profile"] == before.info["icc_profile"]
    assert after.tobytes() == before.tobytes(), "not decoded and coded again"
    (note,) = found.notes
    assert note.startswith("IMG_1.JPG: JPEG 200 x 150, ")
    assert " -> without its metadata, " in note


def test_a_jpeg_without_metadata_passes_byte_for_byte() -> None:
    body = octets(photo(200, 150), "JPEG", progressive=True)
    found = sent(body)
    assert found.parts[0].body == body
    assert found.notes == ()


@pytest.mark.parametrize("kind", ["PNG", "HEIF", "WEBP", "AVIF", "TIFF"])
def test_where_it_was_taken_is_told_to_nobody(kind: str) -> None:
    body = octets(photo(200, 150), kind, exif=exif())
    assert SECRET in body
    found = sent(body)
    assert not shown(found).getexif()
    assert SECRET not in found.parts[0].body


def test_a_png_that_stays_one_keeps_its_picture_alone() -> None:
    info = PngInfo()
    info.add_text("Comment", SECRET.decode())
    info.add_itxt("XML:com.adobe.xmp", SECRET.decode())
    body = octets(screen(300, 200), "PNG", pnginfo=info, exif=exif())
    found = sent(body)
    assert SECRET not in found.parts[0].body
    assert b"eXIf" not in found.parts[0].body
    assert shown(found).tobytes() == screen(300, 200).tobytes()


# ---------------------------------------------------------------- orientation

RED, GREEN, BLUE, WHITE = (254, 0, 0), (0, 255, 1), (0, 0, 254), (255, 255, 255)


def quarters() -> Image.Image:
    """Red and green above blue and white; wider than high."""
    image = Image.new("RGB", (96, 64), WHITE)
    for at, colour in (((0, 0), RED), ((48, 0), GREEN), ((0, 32), BLUE)):
        image.paste(colour, (*at, at[0] + 48, at[1] + 32))
    return image


@pytest.mark.parametrize(
    ("orientation", "corners"),
    [
        (1, (RED, GREEN, BLUE, WHITE)),
        (2, (GREEN, RED, WHITE, BLUE)),
        (3, (WHITE, BLUE, GREEN, RED)),
        (4, (BLUE, WHITE, RED, GREEN)),
        (5, (RED, BLUE, GREEN, WHITE)),
        (6, (BLUE, RED, WHITE, GREEN)),
        (7, (WHITE, GREEN, BLUE, RED)),
        (8, (GREEN, WHITE, RED, BLUE)),
    ],
)
def test_a_picture_goes_out_upright(orientation: int, corners: tuple[Any, ...]) -> None:
    body = octets(quarters(), "JPEG", quality=95, exif=exif(orientation))
    image = shown(sent(body))
    width, height = image.size
    assert (width > height) == (orientation < 5)
    places = [(x, y) for y in (8, height - 8) for x in (8, width - 8)]
    for place, colour in zip(places, corners, strict=True):
        assert near(image.getpixel(place), colour, 40), (place, orientation)


@pytest.mark.parametrize("kind", ["PNG", "HEIF", "WEBP", "AVIF", "TIFF"])
def test_and_does_so_from_any_format(kind: str) -> None:
    body = octets(quarters(), kind, exif=exif(6))
    upright = ImageOps.exif_transpose(Image.open(BytesIO(body))).convert("RGB")
    image = shown(sent(body))
    assert image.size == upright.size == (64, 96)
    assert near(image.getpixel((8, 8)), BLUE, 40)
    assert near(image.getpixel((56, 8)), RED, 40)


def test_of_a_heic_the_container_says_how_it_is_turned_and_not_its_exif() -> None:
    whole = octets(quarters(), "HEIF", exif=exif(6))
    assert b"irot" in whole
    bare = whole.replace(b"irot", b"free")  # ISO/IEC 23008-12: EXIF's orientation only informs
    assert shown(sent(bare)).size == (96, 64)


# ---------------------------------------------------------------- formats and colours


@pytest.mark.parametrize(
    ("kind", "name"),
    [("HEIF", "HEIC"), ("WEBP", "WEBP"), ("AVIF", "AVIF"), ("TIFF", "TIFF"), ("BMP", "BMP")],
)
def test_other_formats_become_a_jpeg(kind: str, name: str) -> None:
    found = sent(octets(photo(320, 240), kind), f"IMG_1.{name}")
    (part,) = found.parts
    assert (part.name, part.media_type) == ("IMG_1.jpg", "image/jpeg")
    assert near(mean(shown(found)), mean(photo(320, 240)))
    (note,) = found.notes
    assert note.startswith(f"IMG_1.{name}: {name} 320 x 240, ")
    assert " -> JPEG 320 x 240, quality 90, " in note


@pytest.mark.parametrize(
    ("image", "limit", "kind", "size"),
    [
        (screen(1280, 720), ROOM, "PNG", (1280, 720)),
        (screen(1280, 720), 20_000, "JPEG", None),
        (screen(1280, 720).quantize(16), ROOM, "PNG", (1280, 720)),
        (photo(320, 240), ROOM, "JPEG", (320, 240)),
        (Image.new("RGBA", (64, 64), (255, 0, 0, 90)), ROOM, "PNG", (64, 64)),
        (photo(64, 64, mode="RGBA"), ROOM, "PNG", (64, 64)),
        (photo(64, 64, mode="RGBA"), 4000, "JPEG", (64, 64)),
    ],
    ids=[
        "a screen",
        "a screen that does not fit",
        "a drawing with a palette",
        "a photograph",
        "a see-through drawing",
        "a see-through photograph",
        "one that does not fit",
    ],
)
def test_a_png_stays_one_where_jpeg_would_spoil_it_and_it_fits(
    image: Image.Image, limit: int, kind: str, size: tuple[int, int] | None
) -> None:
    found = shown(sent(octets(image, "PNG"), limit=limit))
    assert found.format == kind
    assert size is None or found.size == size


@pytest.mark.parametrize(
    ("body", "colour"),
    [
        (octets(Image.new("CMYK", (64, 64), (0, 255, 255, 0)), "JPEG"), (254, 0, 0)),
        (octets(Image.new("CMYK", (64, 64), (0, 255, 255, 0)), "TIFF"), (254, 0, 0)),
        (octets(Image.new("1", (64, 64), 1), "TIFF"), (255, 255, 255)),
        (octets(Image.new("LA", (64, 64), (0, 0)), "WEBP", lossless=True), (255, 255, 255)),
        (octets(Image.new("RGBA", (64, 64), (255, 0, 0, 0)), "TIFF"), (255, 255, 255)),
        (octets(Image.new("P", (64, 64), 3), "BMP"), (3, 3, 3)),
        (octets(Image.new("I;16", (64, 64), 32768), "TIFF"), (128, 128, 128)),
        (octets(Image.new("I;16", (64, 64), 32768), "PNG"), (128, 128, 128)),
    ],
    ids=["CMYK JPEG", "CMYK TIFF", "1 bit", "LA", "RGBA", "palette", "16-bit TIFF", "16-bit PNG"],
)
def test_every_kind_of_pixels_comes_out_in_its_colours(
    body: bytes, colour: tuple[int, int, int]
) -> None:
    only_jpeg = ("image/jpeg",)
    image = shown(sent(body, types=only_jpeg))
    assert image.mode in ("L", "RGB")
    assert near(image.convert("RGB").getpixel((32, 32)), colour)


def test_colours_of_another_profile_do_not_shift() -> None:
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    # in this profile, the first channel is what sRGB calls green
    odd = srgb.replace(b"rXYZ", b"----").replace(b"gXYZ", b"rXYZ").replace(b"----", b"gXYZ")
    red = Image.new("RGB", (64, 64), (255, 0, 0))
    image = shown(sent(octets(red, "WEBP", icc_profile=odd, lossless=True)))
    assert near(image.getpixel((32, 32)), (0, 255, 0))
    assert "icc_profile" not in image.info


@pytest.mark.parametrize("profile", [b"nonsense", b"\0" * 128])
def test_a_profile_that_is_none_is_ignored(profile: bytes) -> None:
    red = Image.new("RGB", (64, 64), (255, 0, 0))
    image = shown(sent(octets(red, "TIFF", icc_profile=profile)))
    assert near(image.getpixel((32, 32)), (255, 0, 0))


@pytest.mark.parametrize(
    ("types", "kind"),
    [(("image/png",), "PNG"), (("image/gif",), "GIF"), (("image/gif", "image/png"), "PNG")],
)
@pytest.mark.parametrize("limit", [ROOM, 15_000])
def test_where_no_jpeg_may_go_it_becomes_what_may(
    types: tuple[str, ...], kind: str, limit: int
) -> None:
    found = sent(octets(photo(640, 480, grain=2), "JPEG"), types=types, limit=limit)
    if found.parts:
        assert shown(found).format == kind
    else:
        assert "even at its smallest" in found.left_out[0]


# ---------------------------------------------------------------- fitting


@pytest.mark.parametrize("limit", [300_000, 100_000, 40_000, 20_000])
def test_the_most_pixels_go_that_fit_at_quality_70_and_then_the_best_quality(limit: int) -> None:
    source = photo(1800, 1350)
    found = sent(octets(source, "JPEG", quality=95), limit=limit)
    image = shown(found)
    sides = (1600, 1280, 1024, 800, 640, 480, 320)
    side = max(image.size)
    assert side in sides
    assert len(found.parts[0].body) <= limit
    quality = int(found.notes[0].partition("quality ")[2].partition(",")[0])
    larger = sides[: sides.index(side)][-1:]
    for each in larger:
        scaled = source.copy()
        scaled.thumbnail((each, each), Image.Resampling.LANCZOS)
        assert len(octets(scaled, "JPEG", quality=70, optimize=True)) > limit * 0.95
    assert quality >= 70 or side == 320


def test_a_better_quality_would_not_fit() -> None:
    still = photo(500, 400)
    for room in range(8_000, 60_000, 4_000):
        found = sizing.smaller(still, room, TYPES)
        assert found
        quality = int(found.told.rpartition(" ")[2])
        scaled = still.copy()
        scaled.thumbnail(Image.open(BytesIO(found.body)).size, Image.Resampling.LANCZOS)
        better = octets(scaled, "JPEG", quality=quality + 1, optimize=True)
        assert quality == 90 or len(better) > room >= len(found.body)


def test_nothing_is_enlarged() -> None:
    assert shown(sent(octets(photo(100, 75), "WEBP"))).size == (100, 75)
    assert max(shown(sent(octets(photo(100, 75), "WEBP"), limit=1_500)).size) <= 100


def test_what_does_not_fit_at_its_smallest_is_left_out_by_name() -> None:
    found = sent(octets(photo(400, 300), "JPEG"), "roof.jpg", limit=900)
    assert found.left_out == (
        "roof.jpg: even at its smallest it does not fit the 900 octets that are left for it",
    )


def test_ten_pictures_share_a_message_and_the_small_ones_keep_their_size() -> None:
    small = [File(f"s{n}.jpg", "image/jpeg", octets(photo(80 + n, 60), "JPEG")) for n in range(4)]
    large = [File(f"l{n}.jpg", "image/jpeg", octets(photo(700 + n, 500), "JPEG")) for n in range(6)]
    log = File("log.txt", "text/plain", b"l" * 20_000)
    found = media.selected([*large, log, *small], TYPES, 150_000, taken=10_000)
    assert [part.name for part in found.parts] == [f.name for f in (*large, log, *small)]
    assert sum(len(part.body) for part in found.parts) <= 140_000
    sizes = {part.name: len(part.body) for part in found.parts}
    assert all(sizes[each.name] == len(each.body) for each in (log, *small))
    rest = (140_000 - 20_000 - sum(sizes[each.name] for each in small)) // 6
    assert all(0.5 * rest < sizes[each.name] < 1.5 * rest for each in large)
    assert found.left_out == ()


def test_the_twenty_first_picture_is_left_out() -> None:
    tiny = octets(photo(16, 16), "JPEG")
    files = [File(f"{n}.jpg", "image/jpeg", tiny) for n in range(1, 23)]
    found = media.selected(files, TYPES, ROOM)
    assert len(found.parts) == 20
    assert found.left_out == tuple(f"{n}.jpg: one message holds 20 pictures" for n in (21, 22))


def test_the_same_picture_always_becomes_the_same_octets() -> None:
    body = octets(photo(700, 500), "HEIF")
    assert sent(body, limit=20_000) == sent(body, limit=20_000)


def test_a_photograph_of_twelve_megapixels_fits_a_message() -> None:
    source = photo(504, 378).resize((4032, 3024), Image.Resampling.BICUBIC)
    found = sent(octets(source, "JPEG", exif=exif(6)), "IMG_1.JPG")
    assert shown(found).size in {(1200, 1600), (960, 1280)}
    assert found.notes[0].startswith("IMG_1.JPG: JPEG 4032 x 3024, ")


# ---------------------------------------------------------------- animations


def film(width: int, height: int, frames: int, *, grain: int = 0) -> bytes:
    """A GIF in which a ball rolls; 40 milliseconds a frame, for ever."""
    ground = (
        photo(width, height, grain=grain) if grain else Image.new("RGB", (width, height), "white")
    )
    found = []
    for n in range(frames):
        frame = ground.copy()
        ImageDraw.Draw(frame).ellipse((n, 5, n + 20, 25), fill=(255, n % 256, 0))
        found.append(frame)
    palette = found[-1].quantize(128)
    first, *rest = (each.quantize(palette=palette, dither=Image.Dither.NONE) for each in found)
    return octets(first, "GIF", save_all=True, append_images=rest, duration=40, loop=0)


def test_a_gif_that_fits_passes_byte_for_byte() -> None:
    body = film(120, 90, 12)
    found = sent(body, "cat.gif")
    assert found.parts[0].body == body
    assert (found.parts[0].media_type, found.notes) == ("image/gif", ())


SAYS_WHERE = b"\x21\xff\x0bXMP DataXMP\x05" + SECRET[:5] + b"\0"
REMARKS = b"\x21\xfe\x06" + SECRET[:6] + b"\0"


def test_a_gif_loses_its_metadata_and_nothing_else() -> None:
    body = film(120, 90, 12)
    start = body.index(b"\x21")
    told = body[:start] + SAYS_WHERE + body[start:-1] + REMARKS + b";" + SECRET
    found = sent(told, "cat.gif")
    assert found.parts[0].body == body
    assert found.notes == (
        f"cat.gif: GIF 120 x 90, {media.octets(len(told))} -> "
        f"without its metadata, {media.octets(len(body))}",
    )


def test_so_does_one_beside_pictures_that_have_to_be_opened() -> None:
    body = film(120, 90, 12)
    files = [File("a.jpg", "image/jpeg", PHOTO), File("b.gif", "image/gif", body + SECRET)]
    assert media.selected(files, TYPES, 60_000).parts[1].body == body


@pytest.mark.parametrize("cut", [0, 1])
def test_a_gif_without_metadata_is_bare_as_it_is(cut: int) -> None:
    body = film(120, 90, 3)
    body = body[: len(body) - cut]  # its last octet only says that it ends
    assert formats.bare_gif(body) == body


@pytest.mark.parametrize(
    ("body", "size"),
    [
        (octets(photo(64, 48), "PNG"), (64, 48)),
        (octets(photo(64, 48), "JPEG"), (64, 48)),
        (octets(photo(64, 48), "JPEG", progressive=True), (64, 48)),
        (octets(Image.new("L", (64, 48)), "GIF"), (64, 48)),
        (octets(photo(64, 48), "WEBP"), (0, 0)),
        (b"\xff\xd8\xff", (0, 0)),
        (b"\x89PNG\r\n\x1a\n", (0, 0)),
        (b"", (0, 0)),
    ],
    ids=["PNG", "JPEG", "progressive", "GIF", "another format", "cut", "cut PNG", "nothing"],
)
def test_a_picture_says_how_large_it_is(body: bytes, size: tuple[int, int]) -> None:
    assert formats.size(body) == size


def test_also_beside_pictures_that_do_not() -> None:
    gif, large = film(120, 90, 12), octets(photo(900, 700), "JPEG")
    found = media.selected(
        [File("a.jpg", "image/jpeg", large), File("b.gif", "image/gif", gif)], TYPES, 60_000
    )
    assert found.parts[1].body == gif
    assert len(found.parts[0].body) <= 60_000 - len(gif)


def test_an_animation_that_does_not_fit_moves_in_fewer_frames_and_pixels() -> None:
    body = film(640, 480, 90, grain=1)
    found = sent(body, "ball.gif", limit=len(body) // 3)
    image = shown(found)
    assert (image.format, image.size, image.n_frames) == ("GIF", (320, 240), 45)  # type: ignore[attr-defined]
    assert image.info["loop"] == 0
    played = 0
    for n in range(45):
        image.seek(n)
        played += image.info["duration"]
    assert played == 90 * 40, "it takes as long as before"
    assert found.notes[0].startswith("ball.gif: GIF 640 x 480, 90 frames, ")
    assert " -> GIF 320 x 240, 45 frames, " in found.notes[0]


def test_one_that_fits_in_no_way_goes_as_its_first_frame() -> None:
    found = sent(film(200, 150, 8, grain=30), limit=12_000)
    assert shown(found).format == "JPEG"
    assert "its first frame, " in found.notes[0]


def test_where_no_gif_may_go_its_first_frame_does() -> None:
    found = sent(film(120, 90, 12), types=("image/jpeg",))
    assert shown(found).format == "JPEG"
    assert " -> JPEG 120 x 90, quality 90, its first frame, " in found.notes[0]


@pytest.mark.parametrize("kind", ["WEBP", "AVIF", "TIFF", "PNG"])
def test_of_other_formats_the_first_picture_goes(kind: str) -> None:
    first, *rest = (Image.eval(photo(64, 48), lambda v, n=n: v // n) for n in (1, 2, 4))  # type: ignore[misc]
    found = sent(octets(first, kind, save_all=True, append_images=rest))
    image = shown(found)
    assert near(mean(image), mean(first))
    assert ", its first frame, " in found.notes[0]


# ---------------------------------------------------------------- what is refused


def png_of(width: int, height: int) -> bytes:
    """The header of a PNG of that size; its picture is never reached."""
    body = octets(Image.new("1", (1, 1)), "PNG")
    header = struct.pack(">II", width, height) + body[24:29]
    crc = struct.pack(">I", zlib.crc32(b"IHDR" + header))
    return body[:12] + b"IHDR" + header + crc + body[33:]


def gif_of(width: int, height: int, frames: int) -> bytes:
    frame = b"\x2c" + struct.pack("<HHHH", 0, 0, 1, 1) + b"\0\2\2\x4c\1\0"
    screen = b"GIF89a" + struct.pack("<HH", width, height) + b"\x80\0\0" + bytes(6)
    return screen + frame * frames + b";"


def painted_over(times: int) -> bytes:
    """A progressive JPEG whose last scan comes again and again."""
    body = octets(photo(64, 64), "JPEG", progressive=True)
    last = body.rindex(b"\xff\xda")
    return body[:last] + body[last:-2] * times + body[-2:]


PHOTO = octets(photo(200, 150), "JPEG")
UNREADABLE = "it is no picture that can be read"


@pytest.mark.parametrize(
    ("name", "body", "why"),
    [
        ("panorama.png", png_of(13_000, 13_000), "169 megapixels, 40 at most"),
        ("wall.png", png_of(8_001, 5_000), "41 megapixels, 40 at most"),
        ("disco.gif", gif_of(100, 100, 5_000), "5000 frames, 1000 at most"),
        ("huge.gif", gif_of(65_000, 65_000, 1), "4225 megapixels, 40 at most"),
        (
            "film.gif",
            gif_of(2_000, 1_000, 41),
            "82 megapixels in 41 frames, 80 at most in all pictures of a message",
        ),
        ("brush.jpg", painted_over(101), UNREADABLE),
        ("cut.jpg", PHOTO[: len(PHOTO) // 2], UNREADABLE),
        ("cut.gif", film(120, 90, 3)[:-300], UNREADABLE),
        ("cut.png", octets(photo(64, 64), "PNG")[:-400], UNREADABLE),
        ("cut.heic", octets(photo(64, 64), "HEIF")[:-200], UNREADABLE),
        ("cut.webp", octets(photo(64, 64), "WEBP")[:-200], UNREADABLE),
        ("cut.avif", octets(photo(64, 64), "AVIF")[:-200], UNREADABLE),
        ("x.jpg", b"PK\3\4" + bytes(500), UNREADABLE),
        ("x.jpg", b"<html><body>Not found</body></html>", UNREADABLE),
        ("x.png", b"\x89PNG\r\n\x1a\n", UNREADABLE),
        ("logo.svg", b"<svg/>", "application/octet-stream is no type for phones"),
    ],
    ids=[
        "a large PNG",
        "one a little too large",
        "many frames",
        "a large GIF",
        "many pixels in frames",
        "many scans",
        "half a JPEG",
        "part of a GIF",
        "part of a PNG",
        "part of a HEIC",
        "part of a WebP",
        "part of an AVIF",
        "a ZIP",
        "a web page",
        "a signature alone",
        "no format of ours",
    ],
)
def test_what_cannot_be_opened_is_left_out_with_a_reason(name: str, body: bytes, why: str) -> None:
    assert sent(body, name) == Selection((), (f"{name}: {why}",))


def test_all_pictures_of_a_message_have_80_megapixels() -> None:
    large = octets(Image.new("1", (8_000, 4_900)), "PNG")
    files = [File(f"{n}.png", "image/png", large) for n in range(3)]
    found = media.selected(files, ("image/gif", *TYPES), ROOM)
    assert [part.name for part in found.parts] == ["0.png", "1.png"]
    assert found.left_out == ("2.png: 40 megapixels, 80 at most in all pictures of a message",)


@pytest.mark.parametrize(
    ("file", "media_type", "name"),
    [
        (File("x.png", "image/png", PHOTO), "image/jpeg", "x.jpg"),
        (File("x.pdf", "application/pdf", PHOTO), "image/jpeg", "x.jpg"),
        (File("", "application/octet-stream", PHOTO), "image/jpeg", "image.jpg"),
        (File("x.txt", "text/plain", b"GIF89a is a format"), "text/plain", "x.txt"),
    ],
    ids=["called another", "called no picture", "called nothing", "a text that looks like one"],
)
def test_the_octets_decide_what_a_picture_is(file: File, media_type: str, name: str) -> None:
    (part,) = media.selected([file], TYPES, ROOM).parts
    assert (part.media_type, part.name) == (media_type, name)


SAMPLES = [
    jpeg_with_everything(),
    octets(screen(64, 48), "PNG"),
    octets(photo(32, 32, mode="RGBA"), "PNG"),
    film(32, 32, 4),
    *(octets(photo(32, 32), kind) for kind in ("HEIF", "WEBP", "AVIF", "TIFF", "BMP")),
]
MAGIC = [each[:16] for each in SAMPLES]


@settings(deadline=None)
@given(st.sampled_from(MAGIC), st.binary(max_size=200), st.sampled_from([50, 700, ROOM]))
@example(b"GIF89a", b"", 50)
def test_any_octets_give_a_picture_or_a_reason(magic: bytes, rest: bytes, limit: int) -> None:
    found = sent(magic + rest, "x.jpg", limit=limit)
    assert len(found.parts) + len(found.left_out) == 1


@settings(deadline=None)
@given(
    st.sampled_from(SAMPLES),
    st.lists(st.tuples(st.floats(0, 0.999), st.integers(0, 255)), max_size=5),
    st.floats(0.01, 1),
    st.sampled_from([50, 700, ROOM]),
)
def test_so_does_any_damage_to_a_picture(
    body: bytes, damage: list[tuple[float, int]], kept: float, limit: int
) -> None:
    broken = bytearray(body[: max(1, int(kept * len(body)))])
    for place, octet in damage:
        broken[int(place * len(broken))] = octet
    found = sent(bytes(broken), "x.jpg", limit=limit)
    assert len(found.parts) + len(found.left_out) == 1
    assert sum(len(part.body) for part in found.parts) <= limit


@given(st.binary(max_size=300))
def test_the_walks_over_octets_always_end(body: bytes) -> None:
    assert SECRET not in formats.bare_jpeg(b"\xff\xd8" + body)
    assert SECRET not in formats.bare_png(b"\x89PNG\r\n\x1a\n" + body)
    if formats.gif_frames(b"GIF89a" + body):
        assert SECRET not in formats.bare_gif(b"GIF89a" + body)
    for magic in (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF89a"):
        assert len(formats.size(magic + body)) == 2
