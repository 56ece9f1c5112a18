"""How large a picture is on paper, and where one that is higher than a page is cut."""

from __future__ import annotations

from dataclasses import dataclass
from xml.etree import ElementTree

from handout.outputs import Picture

MILLIMETRE = 72 / 25.4

WIDTH = {True: 132.4 * MILLIMETRE, False: 158 * MILLIMETRE}
"""The most that one of a pair's has, in a column beside the line of its side, and another notebook's, across both."""

HEIGHT = 184 * MILLIMETRE
TALLEST = 257 * MILLIMETRE
"""Of a page, and of one in the upright form: a picture that is higher may be narrower than all others."""

NARROWEST = 100 * MILLIMETRE
"""A pair's picture does not become narrower to fit on a page, but is cut."""

PIECE = 28 * MILLIMETRE
"""A piece of a picture is at least so high."""

COLUMN = 135 * MILLIMETRE
PIXEL = 0.75
_SVG = "{http://www.w3.org/2000/svg}"
ElementTree.register_namespace("", "http://www.w3.org/2000/svg")


@dataclass(frozen=True)
class PicturePiece:
    """A picture, or a part of one, that is so wide in points."""

    picture: Picture
    width: float
    is_last: bool = True


def pieces_of(picture: Picture, pair: bool) -> list[PicturePiece]:
    """One piece, or those into which a ladder, or what is higher than a page, may be cut between its lines of text."""
    if picture.mime != "image/svg+xml":
        return [PicturePiece(picture, COLUMN)]
    root = ElementTree.fromstring(picture.data)
    try:
        natural, height = float(root.attrib["width"]) * PIXEL, float(root.attrib["height"]) * PIXEL
        whole, lines = view_of(root)[3], gaps(root)
    except (KeyError, ValueError):  # which a drawing of others may have written in another way
        return [PicturePiece(picture, COLUMN)]
    width = min(WIDTH[pair], natural)
    tall = height / natural
    if pair and width * tall > HEIGHT:
        width = min(width, max(HEIGHT / tall, NARROWEST))
    elif not pair and TALLEST / tall <= COLUMN:
        width = min(COLUMN, natural)
    least = PIECE / (width * tall) * whole
    edges = [0.0]
    for gap in lines:
        if gap - edges[-1] >= least and whole - gap >= least:
            edges.append(gap)
    fits = width * tall <= HEIGHT and not is_ladder(picture)
    if fits or len(edges) == 1:
        return [PicturePiece(picture, min(width, HEIGHT / tall))]
    return [
        PicturePiece(_between(picture, start, end), width, end == whole)
        for start, end in zip(edges, [*edges[1:], whole], strict=True)
    ]


def is_ladder(picture: Picture) -> bool:
    """Whether it is a conversation, whose rows are read one after the other."""
    return picture.alternative.startswith("Conversation of ")


def view_of(root: ElementTree.Element) -> tuple[float, float, float, float]:
    """A drawing's own coordinates: left, top, width, height."""
    x, y, width, height = map(float, root.get("viewBox", f"0 0 {root.get('width')} {root.get('height')}").split())
    return x, y, width, height


def lines_of(root: ElementTree.Element) -> list[tuple[float, float, ElementTree.Element]]:
    """From where to where each text stands."""
    texts = [(float(text.get("y", 0)), float(text.get("font-size", 16)), text) for text in root.iter(f"{_SVG}text")]
    return [(base - size, base + size / 4, text) for base, size, text in texts]


def gaps(root: ElementTree.Element) -> list[float]:
    """The heights at which no text stands, from the top; none where it is not known which these are."""
    if any("transform" in element.attrib for element in root.iter()):
        return []
    found: list[float] = []
    lowest = 0.0
    for top, bottom, _ in sorted(lines_of(root), key=lambda line: line[0]):
        if top > lowest:
            found.append((lowest + top) / 2)
        lowest = max(lowest, bottom)
    return found


def _between(picture: Picture, start: float, end: float) -> Picture:
    """What of a picture is between two heights, with the text that stands there and no other."""
    root = ElementTree.fromstring(picture.data)
    x, y, width, height = view_of(root)
    unseen = {text for top, bottom, text in lines_of(root) if bottom < start or top > end}
    for parent in list(root.iter()):
        for child in list(parent):
            if child in unseen:
                parent.remove(child)
    root.set("viewBox", f"{x} {y + start} {width} {end - start}")
    root.set("height", f"{float(root.attrib['height']) * (end - start) / height}")
    alternative = picture.alternative if start == 0 else "The picture goes on."
    return Picture(picture.mime, ElementTree.tostring(root), alternative)
