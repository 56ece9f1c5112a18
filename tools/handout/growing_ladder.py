"""The ladder of a conversation as it grows in the slides: row by row, and the cells that its rows tell of."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from xml.etree import ElementTree

from handout.handout import ParsedLesson
from handout.outputs import Picture
from handout.parts import ParsedCell, Side
from handout.picture import is_ladder, lines_of, view_of
from handout.rows import other_side

ROWS = ".//{http://www.w3.org/2000/svg}g[@class='row']"
OWN, OTHER = "data-here", "data-there"
"""The attributes in which a row names cells: those of the notebook that draws, and those of the other one."""


@dataclass(frozen=True)
class Row:
    """Where it begins and ends, in the picture's own coordinates, and the cells of whose calls it tells."""

    top: float
    end: float
    cells: frozenset[ParsedCell]


@dataclass(frozen=True, eq=False)
class Ladder:
    """`number` is that of the picture among those of the cell that has drawn it; a size is in its own coordinates."""

    picture: Picture
    drawn_by: ParsedCell
    number: int
    width: float
    height: float
    rows: list[Row]

    @property
    def name(self) -> str:
        """What tells it from the lesson's others."""
        return f"step-{self.drawn_by.step}-picture-{self.number}"

    def made_by(self, cell: ParsedCell) -> list[Row]:
        """The rows that tell of a cell's calls."""
        return [row for row in self.rows if cell in row.cells]

    def until(self, done: Collection[ParsedCell], begun: Collection[ParsedCell]) -> float:
        """How far it has come when these cells have come back and, among others, these have begun: at least to what the
        ones did last, and at most to what a cell has done that has not begun."""
        last = max(map(self._last, done), default=-1)
        for row in self.rows[last + 1 :]:
            if row.cells - set(begun):
                return row.top
        return self.rows[-1].end

    def _last(self, cell: ParsedCell) -> int:
        """The last row that tells of a cell, before one of a later cell: what it has left running goes on."""
        last = -1
        for number, row in enumerate(self.rows):
            if any(one.side == cell.side and one.step > cell.step for one in row.cells):
                break
            if cell in row.cells:
                last = number
        return last


def ladders_of(lesson: ParsedLesson) -> list[Ladder]:
    """The ladders of a lesson that name the cells of their rows, in the order of its steps."""
    cells = {(cell.side, cell.count): cell for cell in lesson.cells}
    ladders = [
        Ladder(picture, cell, number, *_read(picture, cell.side, cells))
        for cell in sorted(lesson.cells, key=lambda cell: cell.step)
        for number, picture in enumerate(cell.pictures, 1)
        if is_ladder(picture)
    ]
    return [ladder for ladder in ladders if ladder.rows]


def _read(
    picture: Picture, side: Side | None, cells: Mapping[tuple[Side | None, int | None], ParsedCell]
) -> tuple[float, float, list[Row]]:
    """Its width, its height and its rows; `side` is the half that has drawn it."""
    root = ElementTree.fromstring(picture.data)
    halves = {OWN: side, OTHER: other_side(side) if side else None}

    def told(row: ElementTree.Element) -> Iterator[ParsedCell]:
        for attribute, half in halves.items():
            for count in row.get(attribute, "").split():
                if cell := cells.get((half, int(count))):
                    yield cell

    _, _, width, height = view_of(root)
    groups = root.findall(ROWS)
    if not groups:
        return width, height, []
    tops = [min(top for top, _, _ in lines_of(group)) for group in groups]
    bottoms = [max(bottom for _, bottom, _ in lines_of(group)) for group in groups]
    below = [*tops[1:], min((top for top, _, _ in lines_of(root) if top > max(bottoms)), default=bottoms[-1])]
    edges = [*tops[:1], *((bottom + top) / 2 for bottom, top in zip(bottoms, below, strict=True))]
    rows = [Row(top, end, frozenset(told(group))) for group, (top, end) in zip(groups, pairwise(edges), strict=True)]
    return width, height, rows
