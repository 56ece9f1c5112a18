"""What both forms of a page have in common: a template, and Markdown that is converted when the rest is there."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from jinja2 import BytecodeCache, Environment, FileSystemLoader, StrictUndefined
from jinja2.bccache import Bucket
from lessons import lesson_name

from handout.claims import Verdict
from handout.handout import Handout
from handout.outputs import Picture, Text
from handout.parts import Heading, ParsedCell, Section, anchor
from handout.prose import Block, Inline, entries, linked, text_of
from handout.worksheet import lines_to_write_on, text_after

TEMPLATES = Path(__file__).parent / "templates"
PROJECT = "Sockets in TypeScript"

_MARK = re.compile("\ue000(\\d+)\ue001")
_MENTION = re.compile(r"(Server|Client|Cell) \d+")
_NOTEBOOK = re.compile(r"(?:notebooks/)?(?P<stem>\d\d-[\w-]+)\.ipynb(?:#cell-id=(?P<cell>[\w-]+))?")
_LABEL = re.compile(r"(Server|Client) \d+ · ")


class _Compiled(BytecodeCache):
    """The templates that this process has compiled. Each page has an environment of its own."""

    def __init__(self) -> None:
        self._code: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self._code:
            bucket.bytecode_from_string(self._code[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._code[bucket.key] = bucket.bytecode_to_string()


_COMPILED = _Compiled()


class Page:
    """A handout in one form, whose name ends those of its files. `adapt` makes of a tree one that pandoc's writer of
    this form can write, and `write` is that writer."""

    def __init__(
        self,
        handout: Handout,
        extension: str,
        adapt: Callable[[list[Block]], list[Block]],
        write: Callable[[Sequence[list[Block]]], list[str]],
        form: str | None = None,
    ) -> None:
        self.handout = handout
        self.form = form or handout.version
        self.extension = extension
        self._adapt = adapt
        self._write = write
        self._trees: list[list[Block]] = []
        self._following = {
            cell: following
            for notebook in handout.lesson.notebooks
            for cell, following in pairwise([*notebook.items, None])
        }
        shown = [cell for cell in handout.lesson.cells if cell.role != "solution" or cell in handout.solutions]
        self._anchors = {cell.label: self.anchor(cell) for cell in shown}

    def render(self, template: str, environment: dict[str, Any], autoescape: bool) -> str:
        """The page, by a template of this name."""
        jinja = Environment(
            loader=FileSystemLoader(TEMPLATES),
            undefined=StrictUndefined,
            bytecode_cache=_COMPILED,
            autoescape=autoescape,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        jinja.globals.update(page=self, handout=self.handout, lesson=self.handout.lesson, project=PROJECT)
        jinja.globals.update(environment)
        text = jinja.get_template(template).render()
        written = self._write(self._trees)
        return _MARK.sub(lambda mark: written[int(mark[1])], text)

    def prose(self, blocks: list[Block]) -> str:
        """A mark in whose place the text will stand."""
        if not blocks:
            return ""
        self._trees.append(self._adapt(linked(blocks, self.target, self._mention)))
        return f"\ue000{len(self._trees) - 1}\ue001"

    @staticmethod
    def blocks(blocks: list[Block]) -> list[Block]:
        """The blocks of a text that show something, of a list each entry by itself."""
        shown = [block for block in blocks if block["t"] != "Div" or block["c"][1]]
        return [part for block in shown for part in entries(block)]

    @staticmethod
    def leads_on(block: Block) -> bool:
        """Whether a text is about what follows it."""
        return text_of(block).rstrip().endswith(":")

    def heading(self, inlines: list[Inline]) -> str:
        """The same for a heading, without the label of its cell."""
        label = _LABEL.match(text_of(inlines))
        rest = inlines[6:] if label else inlines  # Server, a space, 1, a space, ·, a space
        return self.prose([{"t": "Plain", "c": rest}])

    # --- Where links lead ----------------------------------------------------------------------------------------

    @staticmethod
    def anchor(cell: ParsedCell) -> str:
        return anchor(cell.side, cell.id)

    def target(self, address: str) -> str | None:
        """Where a link to this address leads from a handout: links to notebooks lead to their handouts."""
        notebook = _NOTEBOOK.fullmatch(address)
        if not self.handout.lesson.is_listed:
            return None if address.startswith("#") else address.strip() or None
        if not notebook:
            elsewhere = re.match(r"[a-z]+:|\.\./|#", address)
            return address if elsewhere else f"../notebooks/{address}"
        stem, cell = notebook["stem"], notebook["cell"]
        lesson = lesson_name(stem)
        side = stem.removeprefix(f"{lesson}-") if stem != lesson else None
        place = f"#{anchor(side, cell)}" if cell else ""
        if lesson != self.handout.lesson.name:
            return f"{lesson}-{self.form}{self.extension}{place}"
        return place if place[1:] in self._anchors.values() else None

    def _mention(self, text: str) -> str | None:
        anchor = self._anchors.get(text) if _MENTION.fullmatch(text) else None
        return f"#{anchor}" if anchor else None

    # --- What the templates ask --------------------------------------------------------------------------------------

    @property
    def reading(self) -> bool:
        return self.handout.version == "reading"

    def left_out(self) -> list[Block]:
        """What could not be printed, as a list."""
        listed = [[{"t": "Plain", "c": [{"t": "Str", "c": entry}]}] for entry in self.handout.lesson.left_out]
        return [{"t": "BulletList", "c": listed}] if listed else []

    def shows_outputs(self, cell: ParsedCell) -> bool:
        return self.reading and bool(cell.outputs)

    def verdicts_of(self, output: Text) -> list[Verdict]:
        return self.handout.lesson.claims.verdicts(output.text) if output.kind == "printed" else []

    def verdicts(self, cell: ParsedCell) -> list[Verdict]:
        """What the cell has found out about claims."""
        return [verdict for output in cell.outputs if isinstance(output, Text) for verdict in self.verdicts_of(output)]

    def room(self, cell: ParsedCell) -> int:
        """Lines to write on."""
        return 0 if self.reading else lines_to_write_on(cell)

    def after(self, cell: ParsedCell) -> list[Block]:
        """The text after a cell."""
        return cell.after if self.reading else text_after(cell, self._following[cell])

    @staticmethod
    def as_solution(cell: ParsedCell) -> ParsedCell:
        """The cell as it stands under the heading of the solutions, whatever stands above it in the notebook."""
        return replace(cell, headings=[Heading(2, cell.headings[-1].inlines)] if cell.headings else [])

    @staticmethod
    def is_cell(item: ParsedCell | Section) -> bool:
        return isinstance(item, ParsedCell)

    @staticmethod
    def kind(output: object) -> str:
        """ "text", "picture" or "prose"."""
        return "text" if isinstance(output, Text) else "picture" if isinstance(output, Picture) else "prose"
