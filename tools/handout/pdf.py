"""A handout as a PDF file, set by Typst: accessible (PDF/UA-1), with every font inside."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import typst

from handout.errors import HandoutError
from handout.handout import Handout
from handout.highlight import Line, cut, highlighted, plain
from handout.outputs import Picture, Text, picture_at
from handout.page import Page
from handout.prose import Block, Inline, mapped, text_of, to_typst

COLUMNS = 80
"""Characters that fit in a line of code or output; the type is as large as that allows."""

SHORT = 22
"""Characters up to which a column of a table is not made narrower than its text."""

_MISSING = "could not be displayed with font"
_SUFFIXES = {"image/svg+xml": "svg", "image/png": "png", "image/jpeg": "jpg"}


def to_pdf(handout: Handout) -> bytes:
    """The file's octets. Typst brings its own fonts, so that a handout looks the same everywhere; only for characters
    that those have not, the system's are asked. Raises HandoutError if a character is in none of them."""
    source, pictures = to_source(handout)
    with TemporaryDirectory(prefix="handout-") as folder:
        for name, picture in pictures.items():
            Path(folder, name).write_bytes(picture.data)
        page = Path(folder, "page.typ")
        page.write_text(source, encoding="utf-8")
        try:
            return _compiled(page, own_fonts=True)
        except typst.TypstError as error:
            if _MISSING not in error.message:
                raise HandoutError(f"{handout.lesson.name}: {error.message}") from error
        try:
            return _compiled(page, own_fonts=False)
        except typst.TypstError as error:
            raise HandoutError(f"{_culprit(handout, error)}: {error.message}") from error


def _compiled(page: Path, own_fonts: bool) -> bytes:
    compiler = typst.Compiler(root=page.parent, ignore_system_fonts=own_fonts)
    return compiler.compile(page, format="pdf", pdf_standards=["ua-1"])


def to_source(handout: Handout) -> tuple[str, dict[str, Picture]]:
    """The Typst document, and the pictures that it expects beside itself, by their file names."""
    pictures: dict[str, Picture] = {}

    def picture(shown: Picture) -> str:
        name = f"picture-{len(pictures)}.{_SUFFIXES[shown.mime]}"
        pictures[name] = shown
        return f"#picture({_string(name)}, {_string(shown.alternative)})"

    def adapted(tree: list[Block]) -> list[Block]:
        return mapped(tree, lambda node: _adapted(node, picture))

    page = Page(handout, ".pdf", adapted, to_typst)
    source = page.render(
        "handout.typ.j2",
        {
            "code": lambda source: f"#code({_lines(highlighted(source, 'typescript'), {})})",
            "text": lambda output: _text(output, page),
            "picture": picture,
            "prose": page.prose,
            "heading": page.heading,
            "string": _string,
            "columns": COLUMNS,
        },
        autoescape=False,
    )
    return source, pictures


def _adapted(node: Block, picture: Callable[[Picture], str]) -> Block | Inline | list[Block] | None:
    if node["t"] == "Div":
        return []  # a place to which only pages of HTML have links
    if node["t"] == "CodeBlock":
        (_, classes, _), source = node["c"]
        lines = highlighted(source, classes[0] if classes else "text")
        return {"t": "RawBlock", "c": ["typst", f"#code({_lines(lines, {})})"]}
    if node["t"] == "Image":
        _, inlines, (address, title) = node["c"]
        return {"t": "RawInline", "c": ["typst", picture(picture_at(address, text_of(inlines) or title))]}
    if node["t"] == "Table":
        return {"t": "Table", "c": [*node["c"][:2], _widths(node["c"]), *node["c"][3:]]}
    return None


def _widths(table: list[Any]) -> list[Any]:
    """The specifications of a table's columns. Where the table is wider than the page, short columns get what they
    need and long ones a share of the rest."""
    _, _, columns, (_, head), bodies, _ = table
    rows = [*head, *(row for body in bodies for row in [*body[2], *body[3]])]
    needed = [max(len(text_of(cells[number][4]).strip()) + 2 for _, cells in rows) for number in range(len(columns))]
    if sum(needed) <= COLUMNS:
        return [[alignment, {"t": "ColWidthDefault"}] for alignment, _ in columns]
    short = sum(width for width in needed if width <= SHORT)
    long = sum(min(width, COLUMNS) for width in needed if width > SHORT)
    widths = [width if width <= SHORT else (COLUMNS - short) * min(width, COLUMNS) / long for width in needed]
    return [
        [alignment, {"t": "ColWidth", "c": width / COLUMNS}]
        for (alignment, _), width in zip(columns, widths, strict=True)
    ]


def _text(output: Text, page: Page) -> str:
    found = {verdict.line: verdict.kind for verdict in page.verdicts_of(output)}
    kinds = {number: found[line] for number, line in enumerate(output.text.split("\n")) if line in found}
    if output.kind == "error":
        kinds[0] = "no"
    return f"#output({_lines(plain(output.text), kinds)}, {_string(output.kind)})"


def _lines(lines: list[Line], kinds: dict[int, str]) -> str:
    """An array of lines, each the kind of the whole line and the rows into which it is cut."""
    return _array(
        _array([_string(kinds.get(number, "")), _array(map(_row, cut(line, COLUMNS)))])
        for number, line in enumerate(lines)
    )


def _row(line: Line) -> str:
    return _array(_array(map(_string, piece)) for piece in line)


def _array(items: Iterable[str]) -> str:
    return f"({''.join(f'{item}, ' for item in items)})"


def _string(text: str) -> str:
    """A string literal of Typst, which is JSON's but for the escapes by number."""
    return re.sub(r"\\u([0-9a-f]{4})", r"\\u{\1}", json.dumps(text, ensure_ascii=False))


def _culprit(handout: Handout, error: typst.TypstError) -> str:
    """The cell that has the text of which an error speaks, or else the lesson."""
    quoted = re.search(r'`"(.+?)"`', error.message)
    for cell in handout.lesson.cells if quoted else []:
        texts = [cell.source, cell.heading, text_of(cell.before), text_of(cell.after)]
        texts += [output.text for output in cell.outputs if isinstance(output, Text)]
        if any(quoted[1] in text for text in texts):
            return cell.place
    return handout.lesson.name
