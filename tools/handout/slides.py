"""A lesson for the projector: one step a screen, in one HTML file that asks nobody for anything.

A ladder grows with the steps: beside each cell of which it tells stands as much of it as has happened by then.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from handout.growing_ladder import Ladder, ladders_of
from handout.handout import Handout
from handout.html import render
from handout.outputs import Picture
from handout.parts import ParsedCell, Section, Side
from handout.rows import other_side

TALLEST = 600
"""The most of a ladder's height that is shown in one of two columns, in its own coordinates: there its text can be read
on a projector of 1280 x 720."""


@dataclass(frozen=True)
class Part:
    """What of a ladder is between two heights. Beside a cell, `marks` are what of it tells of the cell, in hundredths,
    and `growth` is how far it was to be seen before, and where each row ends that has come since."""

    ladder: Ladder
    top: float
    end: float
    marks: Sequence[tuple[float, float]] = ()
    growth: Sequence[float] = ()

    @property
    def ratio(self) -> float:
        """Its width to its height."""
        return self.ladder.width / (self.end - self.top)


@dataclass(frozen=True)
class Figure:
    """A picture on a screen of its own; a ladder in one part, or in two that stand beside each other. `growth` is how
    far that is to be seen after each press of a key."""

    picture: Picture
    parts: Sequence[Part] = ()
    growth: Sequence[float] = ()


@dataclass(frozen=True)
class Screen:
    """What is shown at once. `hash` is what stands in the address then. Of a pair, `waiting` is the other half's cell
    that is running meanwhile; `beside` it is the ladder as far as it has come with this step."""

    hash: str
    cell: ParsedCell | None = None
    waiting: ParsedCell | None = None
    beside: Part | None = None
    figure: Figure | None = None
    section: Section | None = None
    side: Side | None = None

    @property
    def label(self) -> str:
        """Its name in a list of all screens."""
        return self.cell.label if self.cell else "Text"


@dataclass
class _Half:
    """What of a half is still to come."""

    items: list[Section | ParsedCell]
    begun: bool = False
    cells: list[ParsedCell] = field(init=False)

    def __post_init__(self) -> None:
        self.cells = [item for item in self.items if isinstance(item, ParsedCell)]

    def until(self, cell: ParsedCell | None) -> Iterator[Section]:
        """Takes the sections away that stand before a cell, or all that are left."""
        while self.items:
            item = self.items.pop(0)
            if isinstance(item, Section):
                yield item
            elif item is cell:
                return


class _Ladders:
    """Ladders that grow with the cells that have come back."""

    def __init__(self, ladders: Sequence[Ladder]) -> None:
        self._ladders = ladders
        self._done: list[ParsedCell] = []
        self._stages: dict[Ladder, set[float]] = {ladder: set() for ladder in ladders}

    def beside(self, cell: ParsedCell, waiting: ParsedCell | None) -> Part | None:
        """The ladder that tells most of a cell, which comes back now, but not where the cell itself has drawn it."""
        self._done.append(cell)
        telling = [ladder for ladder in self._ladders if ladder.drawn_by is not cell and ladder.made_by(cell)]
        if not telling:
            return None
        ladder = max(telling, key=lambda ladder: len(ladder.made_by(cell)))
        until = ladder.until(self._done, [*self._done, *([waiting] if waiting else [])])
        since = max(self._stages[ladder], default=0)
        self._stages[ladder].add(until)
        growth = [since, *(row.end for row in ladder.rows if since < row.end < until), until]
        marks = [(100 * row.top / until, 100 * row.end / until) for row in ladder.made_by(cell) if row.end <= until]
        return Part(ladder, 0, until, _joined(marks), growth)

    def figures(self, cell: ParsedCell) -> Iterator[Figure]:
        """The pictures that a cell has drawn. A ladder that has not grown beside others grows here, by its rows."""
        for picture in cell.pictures:
            ladder = next((ladder for ladder in self._ladders if ladder.picture is picture), None)
            if ladder is None:
                yield Figure(picture)
                continue
            parts = _parts(ladder)
            for first in range(0, len(parts), 2):
                shown = parts[first : first + 2]
                ends = [row.end for row in ladder.rows[:-1] if shown[0].top < row.end < shown[-1].end]
                is_grown = len(self._stages[ladder]) > 1
                yield Figure(picture, shown, [] if is_grown else [*ends, shown[-1].end])


def _joined(marks: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """What follows one upon the other as one."""
    joined: list[tuple[float, float]] = []
    for top, end in marks:
        if joined and joined[-1][1] == top:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((top, end))
    return joined


def _parts(ladder: Ladder) -> list[Part]:
    """A ladder cut between its rows, in as few parts as have room on a screen, of much the same height."""
    number = math.ceil(ladder.height / TALLEST)
    ends = [row.end for row in ladder.rows[:-1]]
    cuts = [min(ends, key=lambda end: abs(end - ladder.height * part / number)) for part in range(1, number)]
    return [Part(ladder, top, end) for top, end in pairwise([0, *cuts, ladder.height])]


def screens(handout: Handout, drawn: Sequence[Ladder] = ()) -> list[Screen]:
    """The screens in the order of the steps, with the solutions at the end. `drawn` are the ladders that grow."""
    solutions = set(handout.solutions)
    halves = {
        notebook.side: _Half([item for item in notebook.items if item not in solutions])
        for notebook in handout.lesson.notebooks
    }
    cells = sorted((cell for half in halves.values() for cell in half.cells), key=lambda cell: cell.step)
    ladders = _Ladders(drawn)
    shown: list[Screen] = []

    def add_sections(side: Side | None, cell: ParsedCell | None) -> None:
        for section in halves[side].until(cell):
            shown.append(Screen(f"text-{len(shown)}", section=section, side=side))

    def add_cell(cell: ParsedCell, waiting: ParsedCell | None) -> None:
        name = f"step-{cell.step}"
        shown.append(Screen(name, cell, waiting, ladders.beside(cell, waiting)))
        for number, figure in enumerate(ladders.figures(cell), 1):
            shown.append(Screen(f"{name}-picture-{number}", cell, figure=figure))

    for cell in cells:
        add_sections(cell.side, cell)
        halves[cell.side].begun = True
        halves[cell.side].cells.remove(cell)
        other = other_side(cell.side) if cell.side else None
        waiting = halves[other].cells[0] if other and halves[other].begun and halves[other].cells else None
        add_cell(cell, waiting)
    for side in halves:
        add_sections(side, None)
    for cell in handout.solutions:
        add_cell(cell, None)
    return shown


def to_slides(handout: Handout) -> str:
    """The file's text."""
    ladders = ladders_of(handout.lesson)
    shown = screens(handout, ladders)
    return render(handout, "slides.html.j2", form="slides", screens=shown, ladders=ladders)
