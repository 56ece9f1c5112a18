"""The two halves of a pair side by side, in rows along the time of their conversation.

A step is the place at which a cell comes back. It began when the cell before it in its notebook had come back, so a
cell whose turn comes later has been waiting meanwhile, as `accept` waits for a client: its text and code stand beside
what the other half does first, and what it showed stands where it came back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from handout.parts import ParsedCell, Section, Side

SIDES: tuple[Side, Side] = ("server", "client")


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


def align(halves: dict[Side, Items]) -> tuple[list[Row], dict[Side, list[Section]]]:
    """The rows, by the steps of the cells, and the sections that follow a half's last cell."""
    sections, closing = _sections(halves)
    to_come = {side: [item for item in items if isinstance(item, ParsedCell)] for side, items in halves.items()}
    begun: set[Side] = set()
    started: set[Side] = set()
    rows: list[Row] = []
    while any(to_come.values()):
        side = min((side for side in SIDES if to_come[side]), key=lambda side: to_come[side][0].step)
        other = SIDES[1 - SIDES.index(side)]
        cell = to_come[side].pop(0)
        if side in started:
            piece = Piece(cell, Phase.RETURN)
            started.remove(side)
        else:
            piece = Piece(cell, Phase.WHOLE, sections[side, cell.id])
        begun.add(side)
        if other in started:
            rows[-1].pieces[side].append(piece)
            continue
        rows.append(Row({side: [piece], other: []}, (side,)))
        if not to_come[other] or other not in begun:
            continue
        # The other half has a cell that began when its last one had come back. Either it is the next to come back, or
        # it waits for others of this half.
        following = to_come[other][0]
        before = sections[other, following.id]
        awaited = [cell for cell in to_come[side] if cell.step < following.step]
        if awaited:
            start = Piece(following, Phase.START, before, until=awaited[-1])
            rows[-1] = Row({side: [piece], other: [start]}, (other, side))
            started.add(other)
        else:
            whole = Piece(to_come[other].pop(0), Phase.WHOLE, before)
            rows[-1] = Row({side: [piece], other: [whole]}, (side, other))
    return rows, closing


def meetings(halves: dict[Side, Items]) -> list[Row]:
    """The cells in the order of their steps, in rows of one, but for what waits: it stands beside the other half's cell
    for which it waits. Where that is more than one cell, its start stands beside the first, and its return follows the
    last."""
    sections, _ = _sections(halves)
    to_come = {side: [item for item in items if isinstance(item, ParsedCell)] for side, items in halves.items()}
    begun: set[Side] = set()
    started: set[Side] = set()
    rows: list[Row] = []
    while any(to_come.values()):
        side = min((side for side in SIDES if to_come[side]), key=lambda side: to_come[side][0].step)
        other = SIDES[1 - SIDES.index(side)]
        cell = to_come[side].pop(0)
        if side in started:
            piece = Piece(cell, Phase.RETURN)
            started.remove(side)
        else:
            piece = Piece(cell, Phase.WHOLE, sections[side, cell.id])
        begun.add(side)
        row = Row({side: [piece], other: []}, (side,))
        if to_come[other] and other in begun and other not in started:
            waiting = to_come[other][0]
            before = sections[other, waiting.id]
            awaited = [cell, *(one for one in to_come[side] if one.step < waiting.step)]
            if len(awaited) == 1:
                to_come[other].pop(0)
                row = Row({side: [piece], other: [Piece(waiting, Phase.WHOLE, before, until=cell)]}, (side, other))
            else:
                start = Piece(waiting, Phase.START, before, until=awaited[-1])
                row = Row({side: [piece], other: [start]}, (other, side))
                started.add(other)
        rows.append(row)
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
