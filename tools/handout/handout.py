"""A lesson in one of its two versions, with everything that a page shows of it."""

from __future__ import annotations

import datetime
import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

from lessons import find_lessons, lesson_name, shared_title
from nbformat import NotebookNode

from handout.claims import Claims
from handout.outputs import Text
from handout.parts import ParsedCell, ParsedNotebook, Prose, Section, Side, parse_notebook
from handout.prose import text_of, words
from handout.rows import Items, Row, align, meetings
from handout.unprintable import Manner, Strict

Version = Literal["reading", "worksheet"]
VERSIONS: tuple[Version, ...] = ("reading", "worksheet")

WORDS_A_MINUTE = 200
LINES_A_MINUTE = 20
"""Lines of code and of output."""


@dataclass(frozen=True)
class ParsedLesson:
    """A lesson's notebooks, taken apart: one, or a server's and its client's."""

    name: str
    title: str
    notebooks: tuple[ParsedNotebook, ...]
    claims: Claims
    left_out: tuple[str, ...] = ()
    """What could not be printed, and where it stands."""

    @property
    def is_pair(self) -> bool:
        return len(self.notebooks) == 2

    @cached_property
    def is_listed(self) -> bool:
        """Whether it is one of the project's lessons, whose handouts lead to each other."""
        return self.name in find_lessons()

    @property
    def cells(self) -> list[ParsedCell]:
        return [cell for notebook in self.notebooks for cell in notebook.cells]


@dataclass(frozen=True)
class Handout:
    """What a page shows. A pair has `rows` for the screen, `meetings` for paper, and after them the `closing` sections
    of each half; a notebook that stands alone has `items`. The solutions are at the end of a reading version, and
    nowhere in a worksheet."""

    lesson: ParsedLesson
    version: Version
    date: datetime.date
    minutes: int
    rows: Sequence[Row]
    meetings: Sequence[Row]
    closing: Mapping[Side, Sequence[Section]]
    items: Sequence[Section | ParsedCell]
    solutions: Sequence[ParsedCell]

    @property
    def file(self) -> str:
        """The name of its files, without `.html` or `.pdf`."""
        return f"{self.lesson.name}-{self.version}"


def parse_lesson(nodes: Mapping[Path, NotebookNode], manner: Manner | None = None) -> ParsedLesson:
    """Takes a lesson's notebooks apart: one, or a server's and then its client's. Raises HandoutError where a strict
    manner does, which is that of a lesson."""
    manner = manner or Strict()
    sides: tuple[Side | None, ...] = ("server", "client") if len(nodes) == 2 else (None,)
    notebooks = tuple(
        parse_notebook(path, node, side, manner) for (path, node), side in zip(nodes.items(), sides, strict=True)
    )
    titles = [text_of(notebook.title).strip() for notebook in notebooks]
    for notebook, title in zip(notebooks, titles, strict=True):
        if not title and not manner.takes_anything:
            manner.leave_out(f"{notebook.name}.ipynb", "it has no title: begin it with a heading, as in '# Echo'")
    first = next(iter(nodes))
    title = shared_title(titles[0]) if len(titles) == 2 else titles[0]
    name = lesson_name(first.stem)
    return ParsedLesson(name, title or name, notebooks, Claims(first.parent), tuple(manner.left_out))


def make_handout(lesson: ParsedLesson, version: Version, date: datetime.date) -> Handout:
    """Lays a lesson out. Raises HandoutError."""
    solutions = [cell for cell in lesson.cells if cell.role == "solution"]
    kept = [[item for item in notebook.items if item not in solutions] for notebook in lesson.notebooks]
    halves: dict[Side, Items] = {"server": kept[0], "client": kept[1]} if lesson.is_pair else {}
    rows, closing = align(halves) if halves else ([], {})
    return Handout(
        lesson=lesson,
        version=version,
        date=date,
        minutes=reading_minutes(lesson),
        rows=rows,
        meetings=meetings(halves),
        closing=closing,
        items=[] if lesson.is_pair else kept[0],
        solutions=solutions if version == "reading" else [],
    )


def reading_minutes(lesson: ParsedLesson) -> int:
    """How long it takes to read a lesson, without doing its exercises: at least a minute."""
    number_of_words = number_of_lines = 0
    for notebook in lesson.notebooks:
        number_of_words += words(notebook.introduction)
        for item in notebook.items:
            number_of_words += sum(words(heading.inlines) for heading in item.headings)
            if isinstance(item, Section):
                number_of_words += words(item.blocks)
                continue
            number_of_words += words(item.before) + words(item.after)
            number_of_lines += len(item.source.splitlines())
            for output in item.outputs:
                if isinstance(output, Text):
                    number_of_lines += len(output.text.splitlines())
                elif isinstance(output, Prose):
                    number_of_words += words(output.blocks)
    return max(1, math.ceil(number_of_words / WORDS_A_MINUTE + number_of_lines / LINES_A_MINUTE))


def today() -> datetime.date:
    """The date that a handout bears: this day, or the one that SOURCE_DATE_EPOCH (seconds, reproducible-builds.org)
    names, as of UTC."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    now = datetime.datetime.fromtimestamp(int(epoch), datetime.timezone.utc) if epoch else datetime.datetime.now()
    return now.date()
