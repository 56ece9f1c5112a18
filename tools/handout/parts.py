"""A notebook taken apart: its title and introduction, then cells, each with the heading and text that belong to it."""

from __future__ import annotations

import json
import mimetypes
import re
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, NamedTuple
from urllib.parse import unquote, unquote_to_bytes, urlsplit

from nbformat import NotebookNode

from handout.outputs import (
    Formed,
    Output,
    Picture,
    Text,
    Unprintable,
    read_any_outputs,
    read_any_picture,
    read_outputs,
    read_picture,
)
from handout.prose import Block, Inline, mapped, parse, parse_any, text_of, to_html
from handout.unprintable import Manner, framed, within_text

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
    language: str
    headings: list[Heading]
    before: list[Block]
    source: str
    outputs: list[Text | Picture | Prose]
    after: list[Block]
    count: int | None = None
    """The number in its brackets, where it has run."""

    @property
    def pictures(self) -> list[Picture]:
        return [output for output in self.outputs if isinstance(output, Picture)]

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


def parse_notebook(path: Path, node: NotebookNode, side: Side | None, manner: Manner) -> ParsedNotebook:
    """Takes a notebook apart; `path` is where it lies, or would lie. Raises HandoutError if the manner does."""
    language = _language(node)
    pieces = list(_pieces(path, node, manner))
    parsed = _parsed([text for piece in pieces for text in _texts(piece)], path, manner)

    title: list[Inline] = []
    introduction: list[Block] = []
    items: list[Section | ParsedCell] = []
    sections: list[Section] = []  # those since the last cell
    rest = introduction  # where text goes that has no heading since then
    for piece in pieces:
        if isinstance(piece, _Text):
            (sections[-1].blocks if sections else rest).append(_anchor(side, piece.id))
            for block in parsed[id(piece)]:
                if block["t"] == "Header" and not (title or items or sections) and block["c"][0] == 1:
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
            step=_step(piece) if side else piece.number,
            role=next((role for role in ROLES if role in piece.node.metadata.get("tags", [])), None),
            language=language,
            headings=section.headings,
            before=section.blocks,
            source=piece.node.source,
            outputs=[Prose(parsed[id(output)]) if isinstance(output, _Text) else output for output in piece.outputs],
            after=[],
            count=piece.node.get("execution_count"),
        )
        items += [*sections, cell]
        sections, rest = [], cell.after
    return ParsedNotebook(path.stem, side, title, introduction, [*items, *sections])


def _step(piece: _Code) -> int:
    step = piece.node.metadata.get("step")
    return step if type(step) is int else piece.number


def _language(node: NotebookNode) -> str:
    """The name of the language of the code cells, "" where the notebook does not say."""
    info, kernelspec = node.metadata.get("language_info", {}), node.metadata.get("kernelspec", {})
    return str(info.get("name") or kernelspec.get("language") or "").lower()


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
    name: str
    id: str
    source: str
    form: Literal["markdown", "html"] = "markdown"
    attachments: NotebookNode = field(default_factory=NotebookNode)
    plain: str = ""


@dataclass(frozen=True)
class _Code:
    place: str
    node: NotebookNode
    number: int
    outputs: list[Text | Picture | Prose | _Text]


def _pieces(path: Path, node: NotebookNode, manner: Manner) -> Iterator[_Text | _Code]:
    number, heading = 0, ""
    for cell in node.cells:
        id = cell.get("id", "")
        if cell.cell_type == "markdown":
            heading = (re.findall(r"^#+\s+(.+?)\s*$", cell.source, re.MULTILINE) or [heading])[-1]
            place = f'{path.name}, text cell (id {id or "?"}, "{heading}")'
            yield _Text(place, heading, id, cell.source, attachments=cell.get("attachments", NotebookNode()))
        elif cell.cell_type == "code" and cell.source.strip():
            number += 1
            place = f'{path.name}, cell {number} (id {id or "?"}, "{heading}")'
            yield _Code(place, cell, number, _outputs(place, heading or f"Cell {number}", cell, manner))
        elif cell.cell_type == "raw" and cell.source.strip():
            if not manner.takes_anything:
                manner.leave_out(path.name, "a raw cell cannot be put on a page: make it Markdown")
            yield _raw(path.name, heading, cell)


def _raw(place: str, name: str, cell: NotebookNode) -> _Text:
    """A raw cell, by what it says of itself; as it stands where that is nothing that can be read here."""
    mime = cell.metadata.get("format") or cell.metadata.get("raw_mimetype")
    if mime in ("text/markdown", "text/html"):
        return _Text(place, name, cell.get("id", ""), cell.source, "html" if mime == "text/html" else "markdown")
    fence = max(re.findall("`{3,}", cell.source), default="``") + "`"
    return _Text(place, name, cell.get("id", ""), f"{fence}\n{cell.source}\n{fence}")


def _outputs(place: str, name: str, cell: NotebookNode, manner: Manner) -> list[Text | Picture | Prose | _Text]:
    if manner.takes_anything:
        outputs = read_any_outputs(cell, name)
    else:
        try:
            outputs = read_outputs(cell)
        except ValueError as error:
            manner.leave_out(place, str(error))
            outputs = []
    return [_to_parse(place, name, output, manner) for output in outputs]


def _to_parse(place: str, name: str, output: Output, manner: Manner) -> Text | Picture | Prose | _Text:
    if isinstance(output, Unprintable):
        manner.leave_out(place, output.why)
        return Prose([framed(output.why, output.text)])
    if isinstance(output, Formed):
        return _Text(place, name, "", output.source, output.form, plain=output.plain)
    return output


def _texts(piece: _Text | _Code) -> list[_Text]:
    return [piece] if isinstance(piece, _Text) else [output for output in piece.outputs if isinstance(output, _Text)]


# --- Second pass: the text as trees, with nothing that lies elsewhere, nothing that only a browser shows -----------


def _parsed(texts: list[_Text], path: Path, manner: Manner) -> dict[int, list[Block]]:
    """The tree of each text, by its identity."""
    if not manner.takes_anything:
        try:
            trees = parse([text.source for text in texts])
        except ValueError as error:
            manner.leave_out(path.name, str(error))
            trees = []
    else:
        trees = _any_trees(texts)
    embedded = [_embedded(tree, text, path.parent, manner) for text, tree in zip(texts, trees, strict=True)]
    return {id(text): tree for text, tree in zip(texts, embedded, strict=True)}


def _any_trees(texts: list[_Text]) -> list[list[Block]]:
    trees: list[list[Block]] = [[] for _ in texts]
    for form in ("markdown", "html"):
        numbers = [number for number, text in enumerate(texts) if text.form == form]
        for number, tree in zip(numbers, parse_any([texts[n].source for n in numbers], form), strict=True):
            trees[number] = tree
    # What Markdown has of HTML in it, pandoc reads where all of it is HTML.
    mixed = [n for n, text in enumerate(texts) if text.form == "markdown" and _has_html(trees[n])]
    for number, tree in zip(mixed, parse_any(to_html([trees[n] for n in mixed]), "html"), strict=True):
        trees[number] = tree
    return trees


def _has_html(tree: list[Block]) -> bool:
    found = []
    mapped(tree, lambda node: found.append(node) if node["t"] in ("RawBlock", "RawInline") else None)
    return bool(found)


_EMBEDDED = re.compile(r"<(iframe|video|audio|object|embed|canvas|button|input|select|textarea)\b", re.IGNORECASE)
"""The elements that show something of which HTML's text says nothing."""


def _embedded(tree: list[Block], text: _Text, folder: Path, manner: Manner) -> list[Block]:
    """The tree with its pictures inside it."""

    def change(node: Block) -> Block | list[Block] | None:
        if node["t"] in ("RawBlock", "RawInline"):
            source = node["c"][1].strip()
            if not manner.takes_anything:
                manner.leave_out(text.place, f"HTML in Markdown cannot be printed: {source}")
            element = _EMBEDDED.match(source)
            if not element:
                return []
            manner.leave_out(text.place, f"an element of HTML, {element[1].lower()}")
            block = node["t"] == "RawBlock"
            return [framed(source, "")] if block else within_text(source)
        if node["t"] == "Image":
            attributes, inlines, (address, title) = node["c"]
            try:
                picture = _picture(address, text_of(inlines) or title, text, folder, manner)
            except (OSError, ValueError) as error:
                manner.leave_out(text.place, str(error))
                return within_text(f"{error} {text_of(inlines)}")
            return {"t": "Image", "c": [attributes, inlines, [picture.address, title or picture.alternative]]}
        return None

    changed = mapped(tree, change)
    if text.form == "html" and not text_of(changed).strip() and '"Image"' not in json.dumps(changed):
        manner.leave_out(text.place, "HTML that shows nothing without its programs")
        return [framed("HTML that shows nothing without its programs", text.plain)]
    return changed


def _picture(address: str, alternative: str, text: _Text, folder: Path, manner: Manner) -> Picture:
    read = read_any_picture if manner.takes_anything else read_picture
    if manner.takes_anything:
        alternative = alternative or text.name
    if address.startswith("attachment:"):
        bundle = text.attachments.get(unquote(address.removeprefix("attachment:")))
        if not bundle:
            raise ValueError(f"a picture is missing: {address}")
        mime, data = next(iter(bundle.items()))
        return read(mime, b64decode(data), alternative)
    if inside := re.fullmatch(r"data:([\w+/.-]+)((?:;[\w=-]+)*),(.*)", address, re.DOTALL):
        mime, parameters, data = inside.groups()
        octets = b64decode(unquote(data)) if parameters.endswith(";base64") else unquote_to_bytes(data)
        return read(mime, octets, alternative)
    if urlsplit(address).scheme:
        raise ValueError(f"a picture lies elsewhere, and a handout asks nobody for anything: {address}")
    path = folder / unquote(address)
    if not path.is_file():
        raise ValueError(f"a picture is missing: {address}")
    return read(mimetypes.guess_type(path.name)[0] or "", path.read_bytes(), alternative)
