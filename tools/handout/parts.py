"""A notebook taken apart: its title and introduction, then cells, each with the heading and text that belong to it."""

from __future__ import annotations

import mimetypes
import re
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple
from urllib.parse import unquote, urlsplit

from nbformat import NotebookNode

from handout.errors import HandoutError
from handout.outputs import Markdown, Output, Picture, Text, read_outputs, read_picture
from handout.prose import Block, Inline, mapped, parse, text_of

Side = Literal["server", "client"]
Role = Literal["exercise", "check", "solution"]
ROLES: tuple[Role, ...] = ("exercise", "check", "solution")


@dataclass(frozen=True)
class Prose:
    """An output that is text with a form, as `Text` and `Picture` are the others."""

    blocks: list[Block]


class Heading(NamedTuple):
    """A heading of level 2 or below; level 1 is the notebook's title."""

    level: int
    inlines: list[Inline]


@dataclass(frozen=True, eq=False)
class Section:
    """Text with its heading, and with those above it that have no text of their own."""

    headings: list[Heading]
    blocks: list[Block]


@dataclass(frozen=True, eq=False)
class ParsedCell:
    """A code cell. The text from the last heading before it to the cell is `before`; what follows without a heading of
    its own is `after`. `step` is the place in the pair's conversation at which it comes back, or its number."""

    place: str
    side: Side | None
    id: str
    step: int
    role: Role | None
    headings: list[Heading]
    before: list[Block]
    source: str
    outputs: list[Text | Picture | Prose]
    after: list[Block]

    @property
    def heading(self) -> str:
        """The text of the heading right above it."""
        return text_of(self.headings[-1].inlines).strip() if self.headings else ""

    @property
    def label(self) -> str:
        """What others call it, as in "see Server 12"."""
        return f"{self.side.capitalize()} {self.step}" if self.side else f"Cell {self.step}"


@dataclass(frozen=True)
class ParsedNotebook:
    """The parts in the notebook's order. `items` are cells and sections without one."""

    name: str
    side: Side | None
    title: list[Inline]
    introduction: list[Block]
    items: list[Section | ParsedCell]

    @property
    def cells(self) -> list[ParsedCell]:
        return [item for item in self.items if isinstance(item, ParsedCell)]


def parse_notebook(path: Path, node: NotebookNode, side: Side | None) -> ParsedNotebook:
    """Takes a notebook apart; `path` is where it lies, or would lie. Raises HandoutError."""
    pieces = list(_pieces(path, node))
    texts = [text for piece in pieces for text in _texts(piece)]
    try:
        trees = parse([text.source for text in texts])
    except ValueError as error:
        raise HandoutError(f"{path.name}: {error}") from error
    parsed = {id(text): _embedded(tree, text, path.parent) for text, tree in zip(texts, trees, strict=True)}

    title: list[Inline] = []
    introduction: list[Block] = []
    items: list[Section | ParsedCell] = []
    sections: list[Section] = []  # those since the last cell
    rest = introduction  # where text goes that has no heading since then
    for piece in pieces:
        if isinstance(piece, _Text):
            (sections[-1].blocks if sections else rest).append(_anchor(side, piece.id))
            for block in parsed[id(piece)]:
                if block["t"] == "Header" and not title:
                    title = block["c"][2]
                elif block["t"] == "Header":
                    level, _, inlines = block["c"]
                    above = sections.pop().headings if sections and not text_of(sections[-1].blocks) else []
                    sections.append(Section([*above, Heading(max(level, 2), inlines)], []))
                else:
                    (sections[-1].blocks if sections else rest).append(block)
            continue
        section = sections.pop() if sections else Section([], [])
        cell = ParsedCell(
            place=piece.place,
            side=side,
            id=piece.node.get("id", f"cell-{piece.number}"),
            step=piece.node.metadata.get("step", piece.number) if side else piece.number,
            role=next((role for role in ROLES if role in piece.node.metadata.get("tags", [])), None),
            headings=section.headings,
            before=section.blocks,
            source=piece.node.source,
            outputs=[Prose(parsed[id(output)]) if isinstance(output, _Text) else output for output in piece.outputs],
            after=[],
        )
        items += [*sections, cell]
        sections, rest = [], cell.after
    return ParsedNotebook(path.stem, side, title, introduction, [*items, *sections])


def anchor(side: Side | None, id: str) -> str:
    """The name by which a link finds the cell of this id on the lesson's page."""
    return f"{side}-{id}" if side else id


def _anchor(side: Side | None, id: str) -> Block:
    """An empty place of the name of a text cell."""
    return {"t": "Div", "c": [[anchor(side, id), [], []], []]}


# --- First pass: the cells, with their Markdown still to be parsed ----------------------------------------------


@dataclass(frozen=True)
class _Text:
    place: str
    id: str
    source: str
    attachments: NotebookNode


@dataclass(frozen=True)
class _Code:
    place: str
    node: NotebookNode
    number: int
    outputs: list[Text | Picture | _Text]


def _pieces(path: Path, node: NotebookNode) -> Iterator[_Text | _Code]:
    number, heading = 0, ""
    for cell in node.cells:
        if cell.cell_type == "markdown":
            heading = (re.findall(r"^#+\s+(.+?)\s*$", cell.source, re.MULTILINE) or [heading])[-1]
            place = f'{path.name}, text cell (id {cell.get("id", "?")}, "{heading}")'
            yield _Text(place, cell.get("id", ""), cell.source, cell.get("attachments", NotebookNode()))
        elif cell.cell_type == "code" and cell.source.strip():
            number += 1
            place = f'{path.name}, cell {number} (id {cell.get("id", "?")}, "{heading}")'
            yield _Code(place, cell, number, [_to_parse(place, output) for output in _outputs(place, cell)])
        elif cell.cell_type == "raw":
            raise HandoutError(f"{path.name}: a raw cell cannot be put on a page: make it Markdown")


def _outputs(place: str, cell: NotebookNode) -> list[Output]:
    try:
        return read_outputs(cell)
    except ValueError as error:
        raise HandoutError(f"{place}: {error}") from error


def _to_parse(place: str, output: Output) -> Text | Picture | _Text:
    return _Text(place, "", output.source, NotebookNode()) if isinstance(output, Markdown) else output


def _texts(piece: _Text | _Code) -> list[_Text]:
    return [piece] if isinstance(piece, _Text) else [output for output in piece.outputs if isinstance(output, _Text)]


# --- Second pass: nothing that lies elsewhere, nothing that only a browser shows ---------------------------------


def _embedded(tree: list[Block], text: _Text, folder: Path) -> list[Block]:
    """The tree with its pictures inside it."""

    def change(node: Block) -> Block | None:
        if node["t"] in ("RawBlock", "RawInline"):
            raise HandoutError(f"{text.place}: HTML in Markdown cannot be printed: {node['c'][1].strip()}")
        if node["t"] == "Image":
            attributes, inlines, (address, title) = node["c"]
            try:
                picture = _picture(address, text_of(inlines) or title, text, folder)
            except (OSError, ValueError) as error:
                raise HandoutError(f"{text.place}: {error}") from error
            return {"t": "Image", "c": [attributes, inlines, [picture.address, title]]}
        return None

    return mapped(tree, change)


def _picture(address: str, alternative: str, text: _Text, folder: Path) -> Picture:
    if address.startswith("attachment:"):
        bundle = text.attachments.get(unquote(address.removeprefix("attachment:")))
        if not bundle:
            raise ValueError(f"a picture is missing: {address}")
        mime, data = next(iter(bundle.items()))
        return read_picture(mime, b64decode(data), alternative)
    if urlsplit(address).scheme:
        raise ValueError(f"a picture lies elsewhere, and a handout asks nobody for anything: {address}")
    path = folder / unquote(address)
    if not path.is_file():
        raise ValueError(f"a picture is missing: {address}")
    return read_picture(mimetypes.guess_type(path.name)[0] or "", path.read_bytes(), alternative)
