"""Tables on paper: how wide their columns are, and where long ones may be cut. A table is the content of pandoc's
node."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from handout.prose import Block, text_of

SHORT = 22
"""Characters up to which a column of a table is not made narrower than its text."""

COLUMNS = 92
"""Characters that fit in a line of a table."""

ROWS = 2
"""Of a table, so many rows are not cut."""

PIECE = "piece"
"""The class of what was a part of a table."""


def split(block: Block) -> list[Block]:
    """A table of many rows as several, whose columns are equally wide; any other block as it is."""
    if block["t"] != "Table":
        return [block]
    _, caption, _, head, bodies, foot = block["c"]
    rows = sum(len(body[3]) for body in bodies)
    if rows <= ROWS or len(bodies) > 1:
        return [block]
    needed = _needed(block["c"], len)
    room = max(COLUMNS, sum(needed))
    specifications = [
        [alignment, width if width["t"] == "ColWidth" else {"t": "ColWidth", "c": need / room}]
        for (alignment, width), need in zip(widths(block["c"]), needed, strict=True)
    ]
    body = bodies[0]
    pieces = [body[3][row : row + ROWS] for row in range(0, rows, ROWS)]
    return [
        {
            "t": "Table",
            "c": [
                ["", [PIECE], []],
                caption,
                specifications,
                head if number == 0 else [head[0], []],
                [[*body[:2], body[2] if number == 0 else [], piece]],
                foot if piece is pieces[-1] else [foot[0], []],
            ],
        }
        for number, piece in enumerate(pieces)
    ]


def widths(table: list[Any]) -> list[Any]:
    """The specifications of a table's columns; those of a piece of a table are as they were made. Where the table is
    wider than the page, short columns get what they need and long ones a share of the rest; where even that is too
    wide, each gets what its longest word needs."""
    columns = table[2]
    if PIECE in table[0][1]:
        return columns
    needed = _needed(table, len)
    if sum(needed) <= COLUMNS:
        return [[alignment, {"t": "ColWidthDefault"}] for alignment, _ in columns]
    short = sum(width for width in needed if width <= SHORT)
    long = sum(min(width, COLUMNS) for width in needed if width > SHORT)
    if long and short < COLUMNS / 2:
        rest = COLUMNS - short
        shares = [width if width <= SHORT else rest * min(width, COLUMNS) / long for width in needed]
    else:
        words = _needed(table, _longest_word)
        shares = [width * COLUMNS / sum(words) for width in words]
    return [
        [alignment, {"t": "ColWidth", "c": width / COLUMNS}]
        for (alignment, _), width in zip(columns, shares, strict=True)
    ]


def crowding(table: list[Any]) -> float:
    """How many times as wide as a column a table is in which no word is broken."""
    return sum(_needed(table, _longest_word)) / COLUMNS


def _needed(table: list[Any], size: Callable[[str], int]) -> list[int]:
    """The characters that each column needs, if a text needs so many. Rows with cells that span others are passed
    over."""
    _, _, columns, (_, head), bodies, _ = table
    rows = [cells for _, cells in [*head, *(row for body in bodies for row in [*body[2], *body[3]])]]
    plain = [cells for cells in rows if len(cells) == len(columns)]
    return [
        max((size(text_of(cells[number][4]).strip()) for cells in plain), default=0) + 2
        for number in range(len(columns))
    ]


def _longest_word(text: str) -> int:
    return max(map(len, text.split()), default=0)
