"""Where on its pages each part of a handout stands: two columns, which run on into each other or stand side by side.

What flows fills the left column and goes on in the right one, both to the same height. A meeting has a text for each
column, and both begin at the same height. What flows after it fills first the column that is shorter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

LONG = 0.25
"""The part of a page from which the rest of the longer side of a meeting flows on."""

JUMP = 11.0
"""What is kept free, in points, above a part that goes on below something else than what it continues."""


@dataclass(frozen=True)
class Part:
    """What is never cut. `number` is its place in the document, lengths are in points. A `tied` part is not the last of
    a column; a `wide` one takes both. `gap` is kept free above it where it is not the first of a column. It
    `continues` the cell or text of the part before it, or begins another."""

    number: int
    height: float
    gap: float = 0.0
    continues: bool = False
    tied: bool = False
    wide: bool = False


@dataclass(frozen=True)
class Band:
    """Parts that flow in both columns (one sequence), or that meet (two sequences)."""

    columns: tuple[tuple[Part, ...], ...]


@dataclass(frozen=True)
class Place:
    """Of a part: its column, and how far below the page's top it begins. A part that is higher than any page stands
    alone on as many as it takes (`is_alone`). One that `goes_on` stands below something else than what it continues."""

    number: int
    column: int
    top: float
    is_alone: bool = False
    goes_on: bool = False


@dataclass
class Page:
    """The parts of a page, and how far each column is filled."""

    places: list[Place] = field(default_factory=list)
    filled: list[float] = field(default_factory=lambda: [0.0, 0.0])


Group = Sequence[Part]
"""Parts that stay together."""


def lay_out(bands: Sequence[Band], height: float) -> list[list[Place]]:
    """The places of all parts on pages of this height, in the order in which they are read."""
    layout = _Layout(height)
    flowing: list[Part] = []
    for band in bands:
        if len(band.columns) == 1:
            flowing += band.columns[0]
        else:
            layout.flow(flowing)
            flowing = list(layout.meet(band.columns))
    layout.flow(flowing)
    return [page.places for page in layout.pages if page.places]


class _Layout:
    def __init__(self, height: float) -> None:
        self.height = height
        self.pages = [Page()]

    @property
    def page(self) -> Page:
        return self.pages[-1]

    def flow(self, parts: Sequence[Part]) -> None:
        """Lets parts run on through both columns."""
        run: list[Group] = []
        for group in self._groups(parts):
            wide = any(part.wide for part in group)
            if not wide and self._height(group, 0) <= self.height:
                run.append(group)
                continue
            self._run(run)
            run = []
            if wide:
                self._put_across(group)
            else:
                self._put_alone(group)
        self._run(run)

    def meet(self, columns: Sequence[Sequence[Part]]) -> Sequence[Part]:
        """Lets parts begin in their own columns at the same height. Returns what of the longer side is to flow."""
        sides = [self._groups(parts) for parts in columns]
        top = max(self.page.filled)
        shorter = min(self._sum(groups, top) for groups in sides)
        needed = max(shorter, *(self._height(groups[0], top) for groups in sides))
        if needed > self.height:
            return [part for parts in columns for part in parts]
        if needed > self.height - top:
            self._turn()
        top = max(self.page.filled)
        self.page.filled = [top, top]
        bottom = top + min(self._sum(groups, top) for groups in sides)
        rest: list[Part] = []
        for column, groups in enumerate(sides):
            for index, group in enumerate(groups):
                further = [part for later in groups[index:] for part in later]
                is_long = self.page.filled[column] >= bottom and self._height(further, 1) > LONG * self.height
                if index > 0 and (is_long or not self._fits(group, self.page, column)):
                    rest += further
                    break
                self._put(group, self.page, column)
        return rest

    def _run(self, groups: list[Group]) -> None:
        while groups:
            split = self._balanced(groups)
            if split is None:
                taken = 0
                for column in (0, 1):
                    while taken < len(groups) and self._fits(groups[taken], self.page, column):
                        self._put(groups[taken], self.page, column)
                        taken += 1
                groups = groups[taken:]
                self._turn()
            else:
                for index, group in enumerate(groups):
                    self._put(group, self.page, 0 if index < split else 1)
                return

    def _balanced(self, groups: list[Group]) -> int | None:
        """How many of the groups stand in the left column where the rest of the page is filled evenly; None if they do
        not fit."""
        best, lowest = None, self.height
        for split in range(len(groups) + 1):
            bottoms = [
                self.page.filled[0] + self._sum(groups[:split], self.page.filled[0]),
                self.page.filled[1] + self._sum(groups[split:], self.page.filled[1]) + self._jump(groups[split:], 1),
            ]
            if max(bottoms) <= lowest:
                best, lowest = split, max(bottoms)
        return best

    def _put_across(self, group: Group) -> None:
        top = max(self.page.filled)
        if top + self._height(group, top) > self.height:
            self._turn()
        self.page.filled = [max(self.page.filled)] * 2
        self._put(group, self.page, 0)
        self.page.filled = [max(self.page.filled)] * 2

    def _put_alone(self, group: Group) -> None:
        self._turn()
        self.page.places += [Place(part.number, 0, 0, is_alone=True) for part in group]
        self.page.filled = [self.height] * 2
        self._turn()

    def _put(self, group: Group, page: Page, column: int) -> None:
        for part in group:
            jump = self._jump([[part]], column)
            top = page.filled[column] + jump
            top += part.gap if top > 0 else 0
            page.places.append(Place(part.number, column, top, goes_on=jump > 0))
            page.filled[column] = top + part.height

    def _fits(self, group: Group, page: Page, column: int) -> bool:
        top = page.filled[column]
        return top + self._height(group, top) + self._jump([group], column) <= self.height

    def _jump(self, groups: Sequence[Group], column: int) -> float:
        """What is kept free above groups in a column where something else has come before them."""
        if not groups or not groups[0][0].continues or groups[0][0].wide:
            return 0
        above = [place.number for place in self.page.places if place.column == column]
        return JUMP if above and above[-1] != groups[0][0].number - 1 else 0

    def _turn(self) -> None:
        if self.page.places:
            self.pages.append(Page())

    def _groups(self, parts: Sequence[Part]) -> list[Group]:
        """The parts with those to which they are tied. What would be too high for a column is not tied."""
        groups: list[list[Part]] = []
        tied = False
        for part in parts:
            if tied and self._height([*groups[-1], part], 0) <= self.height:
                groups[-1].append(part)
            else:
                groups.append([part])
            tied = part.tied
        return list(groups)

    def _sum(self, groups: Sequence[Group], top: float) -> float:
        return self._height([part for group in groups for part in group], top)

    @staticmethod
    def _height(parts: Sequence[Part], top: float) -> float:
        height = sum(part.gap + part.height for part in parts)
        return height - (parts[0].gap if parts and top == 0 else 0)
