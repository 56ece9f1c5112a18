"""The two halves of a pair side by side, in rows along the time of their conversation.

A step is the place at which a cell comes back. It began when the cell before it in its notebook had come back, so a
cell whose turn comes later has been waiting meanwhile, as `accept` waits for a client: its text and code stand beside
what the other half does first, and what it showed stands where it came back.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from handout.parts import ParsedCell, Section, Side

SIDES: tuple[Side, Side] = ("server", "client")


def other_side(side: Side) -> Side:
    return SIDES[1 - SIDES.index(side)]


class Phase(Enum):
    """How much of a cell a row shows."""

    WHOLE = "whole"
    START = "start"
    RETURN = "return"


@dataclass(frozen=True)
class Piece:
    """A cell, or its start or return, in a row. `sections` are those without a cell that stand before it."""

    cell: ParsedCell
    phase: Phase
    sections: tuple[Section, ...] = ()
    until: ParsedCell | None = None
    """Of a cell that waits: the other half's cell after which it comes back."""


@dataclass(frozen=True)
class Row:
    """What the two halves do at the same time. A half without a piece has not begun or is done; one whose only piece is
    a start waits until the row ends."""

    pieces: dict[Side, list[Piece]]
    order: tuple[Side, ...]
    """The sides in the order in which they are read, without one that has nothing."""


Items = Sequence[Section | ParsedCell]


class _Course:
    """The cells of the two halves, in the order in which they come back."""

    def __init__(self, halves: dict[Side, Items]) -> None:
        self._sections, self.closing = _sections(halves)
        self._to_come = {
            side: [item for item in items if isinstance(item, ParsedCell)] for side, items in halves.items()
        }
        self._begun: set[Side] = set()
        self.started: set[Side] = set()
        """The halves whose next cell has begun and waits."""

    def __iter__(self) -> Iterator[tuple[Side, Side, Piece]]:
        """A half, the other one, and what of the half comes next."""
        while any(self._to_come.values()):
            side = min((side for side in SIDES if self._to_come[side]), key=lambda side: self._to_come[side][0].step)
            if side in self.started:
                self.started.remove(side)
                piece = Piece(self._to_come[side].pop(0), Phase.RETURN)
            else:
                piece = self.take(side)
            self._begun.add(side)
            yield side, other_side(side), piece

    def is_under_way(self, side: Side) -> bool:
        """Whether it has a cell that began when its last one had come back."""
        return side in self._begun and bool(self._to_come[side])

    def awaited(self, waiting: Side, side: Side) -> list[ParsedCell]:
        """The cells of `side` that come back before the next one of the half that waits."""
        following = self._to_come[waiting][0]
        return [cell for cell in self._to_come[side] if cell.step < following.step]

    def take(self, side: Side, until: ParsedCell | None = None) -> Piece:
        """Its next cell, as a whole."""
        cell = self._to_come[side].pop(0)
        return Piece(cell, Phase.WHOLE, self._sections[side, cell.id], until)

    def start(self, side: Side, until: ParsedCell) -> Piece:
        """The start of its next cell, whose return is to come."""
        self.started.add(side)
        cell = self._to_come[side][0]
        return Piece(cell, Phase.START, self._sections[side, cell.id], until)


def align(halves: dict[Side, Items]) -> tuple[list[Row], dict[Side, list[Section]]]:
    """The rows, by the steps of the cells, and the sections that follow a half's last cell."""
    course = _Course(halves)
    rows: list[Row] = []
    for side, other, piece in course:
        if other in course.started:
            rows[-1].pieces[side].append(piece)
        elif not course.is_under_way(other):
            rows.append(Row({side: [piece], other: []}, (side,)))
        # The other half's cell either is the next to come back, or it waits for others of this half.
        elif awaited := course.awaited(other, side):
            rows.append(Row({side: [piece], other: [course.start(other, awaited[-1])]}, (other, side)))
        else:
            rows.append(Row({side: [piece], other: [course.take(other)]}, (side, other)))
    return rows, course.closing


def meetings(halves: dict[Side, Items]) -> list[Row]:
    """The cells in the order of their steps, in rows of one, but for what waits: it stands beside the other half's cell
    for which it waits. Where that is more than one cell, its start stands beside the first, and its return follows the
    last."""
    course = _Course(halves)
    rows: list[Row] = []
    for side, other, piece in course:
        if other in course.started or not course.is_under_way(other):
            rows.append(Row({side: [piece], other: []}, (side,)))
        elif awaited := course.awaited(other, side):
            rows.append(Row({side: [piece], other: [course.start(other, awaited[-1])]}, (other, side)))
        else:
            rows.append(Row({side: [piece], other: [course.take(other, until=piece.cell)]}, (side, other)))
    return rows


def _sections(
    halves: dict[Side, Items],
) -> tuple[dict[tuple[Side, str], tuple[Section, ...]], dict[Side, list[Section]]]:
    """The sections before each cell, and those after the last one."""
    before: dict[tuple[Side, str], tuple[Section, ...]] = {}
    closing: dict[Side, list[Section]] = {}
    for side, items in halves.items():
        pending: list[Section] = []
        for item in items:
            if isinstance(item, Section):
                pending.append(item)
            else:
                before[side, item.id] = tuple(pending)
                pending = []
        closing[side] = pending
    return before, closing
