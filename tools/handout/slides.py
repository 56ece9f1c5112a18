"""A lesson for the projector: one step a screen, in one HTML file that asks nobody for anything."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from xml.etree import ElementTree

from handout.handout import Handout
from handout.html import render
from handout.outputs import Picture
from handout.parts import ParsedCell, Section, Side
from handout.picture import gaps, is_ladder
from handout.rows import SIDES

HEAD = 58
"""The height of what stands above a ladder's rows, in its own coordinates."""


@dataclass(frozen=True)
class Figure:
    """A picture, and how much of it is to be seen after each press of a key, in hundredths of its height: a ladder
    grows by its rows."""

    picture: Picture
    growth: Sequence[float]


@dataclass(frozen=True)
class Screen:
    """What is shown at once. `hash` is what stands in the address then. Of a pair, `waiting` is the other half's cell
    that is running meanwhile."""

    hash: str
    cell: ParsedCell | None = None
    waiting: ParsedCell | None = None
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


def screens(handout: Handout) -> list[Screen]:
    """The screens in the order of the steps, with the solutions at the end."""
    solutions = set(handout.solutions)
    halves = {
        notebook.side: _Half([item for item in notebook.items if item not in solutions])
        for notebook in handout.lesson.notebooks
    }
    cells = sorted((cell for half in halves.values() for cell in half.cells), key=lambda cell: cell.step)
    shown: list[Screen] = []

    def add_sections(side: Side | None, cell: ParsedCell | None) -> None:
        for section in halves[side].until(cell):
            shown.append(Screen(f"text-{len(shown)}", section=section, side=side))

    for cell in cells:
        add_sections(cell.side, cell)
        halves[cell.side].begun = True
        halves[cell.side].cells.remove(cell)
        other = SIDES[1 - SIDES.index(cell.side)] if cell.side else None
        waiting = halves[other].cells[0] if other and halves[other].begun and halves[other].cells else None
        shown += _screens_of(cell, waiting)
    for side in halves:
        add_sections(side, None)
    for cell in handout.solutions:
        shown += _screens_of(cell, None)
    return shown


def _screens_of(cell: ParsedCell, waiting: ParsedCell | None) -> Iterator[Screen]:
    yield Screen(f"step-{cell.step}", cell, waiting)
    pictures = [output for output in cell.outputs if isinstance(output, Picture)]
    for number, picture in enumerate(pictures, 1):
        yield Screen(f"step-{cell.step}-picture-{number}", cell, figure=Figure(picture, _growth(picture)))


def _growth(picture: Picture) -> list[float]:
    """The ends of a ladder's rows; of another picture, all of it."""
    if not is_ladder(picture):
        return [100]
    root = ElementTree.fromstring(picture.data)
    height = float(root.attrib["viewBox"].split()[3])
    return [round(100 * gap / height, 2) for gap in gaps(root) if gap >= HEAD] + [100]


def to_slides(handout: Handout) -> str:
    """The file's text."""
    return render(handout, "slides.html.j2", form="slides", screens=screens(handout))
