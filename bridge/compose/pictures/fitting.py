"""Pictures as phones take them: upright, in sRGB, without metadata, and of a size that fits.

With `sizing` and `animation`, which only this module imports, the home of the image library.  Its
importer carries the library's memory, so the daemon is none, and leaves pictures to its children.
Whatever the octets hold, the answer is a picture or a reason in words; nothing is raised.
"""

from __future__ import annotations

import re
import struct
import warnings
import zlib
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from io import BytesIO
from typing import Final

from PIL import Image, ImageCms
from PIL.AvifImagePlugin import AvifImageFile
from PIL.BmpImagePlugin import BmpImageFile
from PIL.GifImagePlugin import GifImageFile
from PIL.ImageFile import ImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.TiffImagePlugin import TiffImageFile
from PIL.WebPImagePlugin import WebPImageFile
from pillow_heif import HeifImageFile, register_heif_opener

from bridge.compose.pictures import animation, formats, sizing
from bridge.compose.pictures.formats import GIF, JPEG, MAX_IN_ALL, MAX_PIXELS, PNG, Fitted

MOST: Final = sizing.SIDES[0]
COLOURS: Final = 1024
PACKED: Final = 0.5
"""A PNG of no more colours, or of fewer octets for each pixel, is a drawing or a screen: JPEG would
blur it.  A photograph takes one octet and a half."""

_READERS: Final[dict[str, type[ImageFile]]] = {
    JPEG: JpegImageFile,
    PNG: PngImageFile,
    GIF: GifImageFile,
    "image/webp": WebPImageFile,
    "image/bmp": BmpImageFile,
    "image/tiff": TiffImageFile,
    "image/avif": AvifImageFile,
    "image/heic": HeifImageFile,
}
_TURNS: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_ORIENTATION: Final = 0x0112  # EXIF 2.32, 4.6.4 A
_PIXELS: Final = re.compile(r"\((\d+) pixels\)")


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that can go out: `best` where there is room, else something smaller.

    `told` says what it was: `HEIC 4032 x 3024`; `still` is the picture upright, in sRGB, on white,
    and of 1600 pixels at most: the first where there are `frames`.  `pixels` are those of them all.
    """

    told: str
    pixels: int
    frames: int
    best: Fitted
    still: Image.Image = field(repr=False)


def opened(
    body: bytes, kind: str, types: Collection[str], *, most: int = MAX_IN_ALL
) -> Picture | str:
    """The picture that octets of this media type hold; or why it cannot go, in words.

    It becomes one of `types`; `most` is how many pixels may still be opened for this message.
    """
    try:
        with _library(), _reader(body, kind) as image:
            frames = _frames(image, body)
            decoded = frames if kind == GIF else 1  # of other kinds, the first alone
            no = formats.too_many(*image.size, frames=decoded, most=most)
            if not frames or (kind == JPEG and formats.is_scan_bomb(body)):
                no = formats.UNREADABLE
            return no or _opened(image, body, types, frames)
    except _BOMBS as bomb:
        found = _PIXELS.search(str(bomb))
        return formats.too_many(int(found[1]) if found else MAX_PIXELS + 1, 1)
    except MemoryError:
        return "it takes more memory to open than there is"
    except _BROKEN:
        return formats.UNREADABLE


def fitted(picture: Picture, room: int, types: Collection[str]) -> Fitted | None:
    """The picture in `room` octets at most; None where it does not fit even at its smallest.

    As it came, but for its metadata, if that fits; else an animation with fewer frames, pixels and
    colours (`animation`); else the picture, or the first of several, in fewer pixels (`sizing`).
    """
    if len(picture.best.body) <= room:
        return picture.best
    found = _moving(picture, room)
    if found:
        return found
    smaller = sizing.smaller(picture.still, room, types)
    return smaller and _first(smaller, picture.frames)


def _moving(picture: Picture, room: int) -> Fitted | None:
    if picture.frames == 1 or picture.best.media_type != GIF:
        return None
    try:
        with _library():
            return animation.smaller(picture.best.body, picture.frames, room)
    except (*_BROKEN, *_BOMBS, MemoryError):
        return None  # a later frame is broken: the first was read


def _first(still: Fitted, frames: int) -> Fitted:
    return replace(still, told=f"{still.told}, its first frame") if frames > 1 else still


# ---------------------------------------------------------------- the library, and its temper

_BOMBS: Final = (Image.DecompressionBombError, Image.DecompressionBombWarning)
_BROKEN: Final = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    EOFError,
    LookupError,
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
    struct.error,
    zlib.error,
)
"""What the library's readers raise for octets that are no picture: it is not documented."""


@contextmanager
def _library() -> Iterator[None]:
    """The image library with its limits set: a bomb is an error, its other warnings are none."""
    register_heif_opener(thumbnails=False, depth_images=False, aux_images=False)
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        yield


def _reader(body: bytes, kind: str) -> ImageFile:
    """The picture's header, as read by the one reader that may."""
    return Image.open(BytesIO(body), formats=[str(_READERS[kind].format)])


# ---------------------------------------------------------------- opening


def _frames(image: ImageFile, body: bytes) -> int:
    """How many pictures there are, where that costs nothing to know."""
    if isinstance(image, GifImageFile):
        found = formats.gif_frames(body)
        return found.count if found else 0
    if isinstance(image, TiffImageFile):
        return 2 if image.is_animated else 1
    if isinstance(image, PngImageFile | WebPImageFile | AvifImageFile):
        return int(image.n_frames)
    return 1


def _opened(image: ImageFile, body: bytes, types: Collection[str], frames: int) -> Picture:
    kind, (width, height) = formats.sniffed(body), image.size
    if isinstance(image, JpegImageFile):
        image.draft(None, (2 * MOST, 2 * MOST))  # of a large one, not all need be decoded
    image.load()
    turn = _TURNS.get(image.getexif().get(_ORIENTATION, 1))
    levels = _in_eight_bits(image)
    bare = b"" if turn is not None else _bare(levels, body, kind, types)
    still = _still(levels, image.info.get("icc_profile"))
    if turn is not None:
        still = still.transpose(turn)
    still.info = {}  # whatever it says would go out too
    count = f", {frames} frames" if frames > 1 and kind == GIF else ""
    return Picture(
        told=f"{kind.partition('/')[2].upper()} {width} x {height}{count}",
        pixels=width * height * (frames if kind == GIF else 1),
        frames=frames,
        best=Fitted(kind, bare, "without its metadata")
        if bare
        else _first(sizing.largest(still, types), frames),
        still=still,
    )


def _in_eight_bits(image: Image.Image) -> Image.Image:
    """The picture in grey, RGB, RGBA or CMYK of eight bits each."""
    if image.mode.startswith("I"):  # grey of 16 bits: what is above 255 would be cut off
        return image.point(lambda level: level / 256).convert("L")
    mode = "RGBA" if image.has_transparency_data else "L" if image.mode == "1" else image.mode
    if mode not in ("L", "RGB", "RGBA", "CMYK"):
        mode = "RGB"
    return image if mode == image.mode else image.convert(mode)


def _bare(levels: Image.Image, body: bytes, kind: str, types: Collection[str]) -> bytes:
    """The octets as they came, but for metadata; b"" where they have to become something else."""
    if kind not in types:
        return b""
    if kind == JPEG and levels.mode != "CMYK":  # which phones do not show
        return formats.bare_jpeg(body)
    if kind == PNG:
        bare = formats.bare_png(body)
        return bare if JPEG not in types or _is_drawing(levels, bare) else b""
    return formats.bare_gif(body) if kind == GIF else b""


def _is_drawing(levels: Image.Image, png: bytes) -> bool:
    """Whether JPEG would spoil a PNG: it is no photograph, or something shines through it."""
    if levels.mode == "RGBA" and levels.getchannel("A").getextrema() != (255, 255):
        return True
    if len(png) < PACKED * levels.width * levels.height:
        return True
    return levels.getcolors(COLOURS) is not None


def _still(levels: Image.Image, profile: bytes | None) -> Image.Image:
    """The picture in sRGB, on white, in 1600 pixels at most; `levels` is used up."""
    levels.thumbnail((MOST, MOST), Image.Resampling.LANCZOS, reducing_gap=2.0)
    image = _in_srgb(levels, profile)
    if image.mode != "RGBA":
        return image
    white = Image.new("RGB", image.size, "white")
    white.paste(image, mask=image)
    return white


def _in_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """The picture's colours as a screen shows them that knows of no profile."""
    if profile:
        with suppress(ImageCms.PyCMSError, OSError):  # a profile that is none, or not for these
            converted = ImageCms.profileToProfile(
                image,
                ImageCms.ImageCmsProfile(BytesIO(profile)),
                ImageCms.createProfile("sRGB"),
                renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
                outputMode="RGBA" if image.mode == "RGBA" else "RGB",
                flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
            )
            return converted or image
    return image.convert("RGB") if image.mode == "CMYK" else image
