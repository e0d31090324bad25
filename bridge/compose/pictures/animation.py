"""Animations that are too large for a message: fewer frames, fewer pixels, fewer colours.

A GIF of 60 frames in 64 colours tells on a phone what its writer meant, and a still does not.
"""

from __future__ import annotations

from io import BytesIO
from typing import Final

from PIL import Image

from bridge.compose.pictures.formats import GIF, Fitted

KEPT: Final = 60  # frames
SIDES: Final = (480, 320, 240, 160)  # pixels of the longer side
COLOURS: Final = 64
_SAMPLES: Final = 8  # frames that the common palette is drawn from
_SHOWN: Final = 100  # milliseconds, where a frame does not say (what browsers do)


def smaller(gif: bytes, count: int, room: int) -> Fitted | None:
    """An animation of `count` frames as the largest that fits `room` octets; None if none does.

    Raises what the library does where a frame is broken.
    """
    frames, durations, loop = _thinned(gif, count)
    whole = max(frames[0].size)
    for side in (whole, *(each for each in SIDES if each < whole)):
        scaled = [_scaled(frame, side) for frame in frames]
        body = _encoded(scaled, durations, loop)
        if len(body) <= room:
            width, height = scaled[0].size
            return Fitted(GIF, body, f"GIF {width} x {height}, {len(scaled)} frames")
    return None


def _thinned(gif: bytes, count: int) -> tuple[list[Image.Image], list[int], int | None]:
    """Every n-th frame, on white, how long each shows in milliseconds, and the repeats."""
    stride = -(-count // KEPT)
    frames: list[Image.Image] = []
    durations: list[int] = []
    with Image.open(BytesIO(gif), formats=["GIF"]) as image:
        loop = image.info.get("loop")
        for number in range(count):
            image.seek(number)
            if number % stride == 0:
                frames.append(_scaled(_on_white(image), SIDES[0]))
                durations.append(0)
            durations[-1] += int(image.info.get("duration") or _SHOWN)
    return frames, durations, loop


def _on_white(image: Image.Image) -> Image.Image:
    shown = image.convert("RGBA")
    white = Image.new("RGB", shown.size, "white")
    white.paste(shown, mask=shown)
    return white


def _scaled(frame: Image.Image, side: int) -> Image.Image:
    image = frame.copy()
    image.thumbnail((side, side), Image.Resampling.LANCZOS, reducing_gap=2.0)
    return image


def _encoded(frames: list[Image.Image], durations: list[int], loop: int | None) -> bytes:
    """One palette for all frames and no dither: what stands still then costs nothing."""
    palette = _sampled(frames).quantize(COLOURS)
    first, *others = (f.quantize(palette=palette, dither=Image.Dither.NONE) for f in frames)
    octets = BytesIO()
    repeats = {} if loop is None else {"loop": loop}
    first.save(octets, "GIF", save_all=True, append_images=others, duration=durations, **repeats)
    return octets.getvalue()


def _sampled(frames: list[Image.Image]) -> Image.Image:
    """Some frames beside each other."""
    chosen = frames[:: -(-len(frames) // _SAMPLES)]
    width, height = frames[0].size
    sheet = Image.new("RGB", (width * len(chosen), height))
    for number, frame in enumerate(chosen):
        sheet.paste(frame, (width * number, 0))
    return sheet
