"""How large a still picture goes out: the most pixels, then the best quality, that fit."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from io import BytesIO
from typing import Final

from PIL import Image

from bridge.compose.pictures.formats import GIF, JPEG, PNG, Fitted

SIDES: Final = (1600, 1280, 1024, 800, 640, 480, 320)
"""Pixels of the longer side; 1600 x 1200 is the most that phones have to show (OMA Multimedia
Messaging Service Conformance Document 1.3, content class Megapixel)."""

BEST, GOOD, WORST = 90, 70, 30
"""JPEG qualities: above 90 nobody sees more, below 70 a smaller picture looks better."""


def largest(still: Image.Image, types: Collection[str]) -> Fitted:
    """The picture where there is room for it, as the first of JPEG, PNG and GIF in `types`."""
    if JPEG in types:
        return _jpeg(still, BEST)
    return _png(still) if PNG in types else _gif(still)


def smaller(still: Image.Image, room: int, types: Collection[str]) -> Fitted | None:
    """The picture in `room` octets at most; None where it does not fit even at its smallest.

    The largest of `SIDES` (never more than it has) at which JPEG's quality 70 fits, at the best
    quality that then fits, 90 at most; where 70 does not fit even at 320 pixels, these at the best
    quality from 30 on.  PNG and GIF know no quality: the largest that fits.
    """
    if JPEG not in types:
        return _lossless(still, room, _png if PNG in types else _gif)
    for image in _scales(still):
        if len(_jpeg(image, GOOD).body) <= room:
            return _best_quality(image, room, range(GOOD, BEST + 1))
    return _best_quality(image, room, range(WORST, GOOD))


def _best_quality(image: Image.Image, room: int, qualities: range) -> Fitted | None:
    """The best quality that fits, by halving: what is better takes more octets."""
    found = None
    while qualities:
        middle = len(qualities) // 2
        tried = _jpeg(image, qualities[middle])
        if len(tried.body) <= room:
            found, qualities = tried, qualities[middle + 1 :]
        else:
            qualities = qualities[:middle]
    return found


def _lossless(
    still: Image.Image, room: int, encoded: Callable[[Image.Image], Fitted]
) -> Fitted | None:
    return next((each for each in map(encoded, _scales(still)) if len(each.body) <= room), None)


def _scales(still: Image.Image) -> Iterator[Image.Image]:
    """The picture as it is, then smaller and smaller."""
    yield still
    for side in SIDES:
        if side < max(still.size):
            image = still.copy()
            image.thumbnail((side, side), Image.Resampling.LANCZOS)
            yield image


# ---------------------------------------------------------------- encoding


def _jpeg(image: Image.Image, quality: int) -> Fitted:
    octets = BytesIO()
    image.save(octets, "JPEG", quality=quality, optimize=True)
    return Fitted(JPEG, octets.getvalue(), f"JPEG {_size(image)}, quality {quality}")


def _png(image: Image.Image) -> Fitted:
    octets = BytesIO()
    image.save(octets, "PNG", optimize=True)
    return Fitted(PNG, octets.getvalue(), f"PNG {_size(image)}")


def _gif(image: Image.Image) -> Fitted:
    octets = BytesIO()
    image.save(octets, "GIF")
    return Fitted(GIF, octets.getvalue(), f"GIF {_size(image)}")


def _size(image: Image.Image) -> str:
    return f"{image.width} x {image.height}"
