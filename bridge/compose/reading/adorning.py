"""Which pictures of a mail are meant, and which only adorn it: logos, pictures of an older mail.

What is attached is always meant, however small.
"""

from __future__ import annotations

from bridge.compose.lines import Within
from bridge.compose.pictures import formats

# Both by looking at mails: logos and icons are smaller in octets, screens larger in pixels.
DECORATION = 20_000  # octets; a picture that the HTML shows and that is no larger adorns
WIDTH, HEIGHT = 200, 100  # pixels; one that has these shows something: a screen, a face


def why_not_meant(picture: bytes, within: Within | None, *, beside_words: bool) -> str:
    """Why a picture of the HTML is not the message's: "" if it is.

    `within` is where the HTML shows it, None for nowhere; `beside_words`: something is said
    without the picture.  Whether the history is the message's is not known here.
    """
    if within == "signature":
        return "a picture in the signature was passed over"
    if beside_words and _is_small(picture):
        return "a small picture of the HTML was passed over"
    return ""


def _is_small(picture: bytes) -> bool:
    width, height = formats.size(picture)
    return len(picture) <= DECORATION and (width < WIDTH or height < HEIGHT)
