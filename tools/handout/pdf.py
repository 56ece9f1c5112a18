"""A handout as a PDF file, set by Typst: accessible (PDF/UA-1), with every font inside."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import typst

from handout.errors import HandoutError
from handout.fonts import unpack_unifont
from handout.handout import Handout
from handout.highlight import Line, cut, highlighted, plain
from handout.outputs import Picture, Text, picture_at
from handout.page import Page
from handout.prose import Block, Inline, mapped, text_of, to_typst
from handout.unprintable import FRAMED

COLUMNS = 80
"""Characters that fit in a line of code or output; the type is as large as that allows."""

SHORT = 22
"""Characters up to which a column of a table is not made narrower than its text."""

_MISSING = "could not be displayed with font"
_SUFFIXES = {"image/svg+xml": "svg", "image/png": "png", "image/jpeg": "jpg", "image/gif": "gif", "image/webp": "webp"}


def to_pdf(handout: Handout) -> bytes:
    """A lesson's file: its octets. Typst brings its own fonts, so that a handout looks the same everywhere; only for
    characters that those have not, the system's are asked, and then the font of last resort. Raises HandoutError if a
    character is in none of them."""
    try:
        return _set(*to_source(handout), accessible=True)
    except typst.TypstError as error:
        raise HandoutError(f"{_culprit(handout, error)}: {error.message}") from error


def to_pdf_at_any_cost(handout: Handout) -> bytes:
    """The file of whatever notebook. Emoji that no font has are spelled out. Where Typst refuses something else, the
    file is not accessible, its formulas are as they were written, and pictures that cannot be read are left out."""
    source, pictures = to_source(handout)
    spelled_out = _spelled_out(source)
    for accessible, text in ((True, source), (True, spelled_out), (False, spelled_out)):
        try:
            return _set(text, pictures, accessible)
        except typst.TypstError:
            continue
    source, pictures = to_source(handout, cautiously=True)
    return _set(_spelled_out(source), pictures, accessible=False)


def _spelled_out(source: str) -> str:
    """The source with the names of the pictures that are characters."""

    def name(match: re.Match[str]) -> str:
        character = match[0]
        if character in "\u200d\ufe0f":  # which only join them
            return ""
        is_picture = unicodedata.category(character) in ("So", "Sk") and unicodedata.east_asian_width(character) == "W"
        return f"({unicodedata.name(character, 'unknown').lower()})" if is_picture else character

    return re.sub("[\u200d\ufe0f\u2300-\u2bff\U0001f000-\U0001faff]", name, source)


def _set(source: str, pictures: dict[str, Picture], accessible: bool) -> bytes:
    with TemporaryDirectory(prefix="handout-") as name:
        folder = Path(name)
        for file, picture in pictures.items():
            (folder / file).write_bytes(picture.data)
        page = folder / "page.typ"
        page.write_text(source, encoding="utf-8")
        fonts = folder / "fonts"
        for fonts_of in ("typst", "system", "last resort"):
            if fonts_of == "last resort":
                fonts.mkdir()
                unpack_unifont(fonts)
            try:
                return _compiled(page, fonts_of == "typst", [fonts] if fonts.exists() else [], accessible)
            except typst.TypstError as error:
                if _MISSING not in error.message or fonts_of == "last resort":
                    raise
    raise AssertionError


def _compiled(page: Path, own_fonts: bool, fonts: list[Path], accessible: bool) -> bytes:
    compiler = typst.Compiler(root=page.parent, ignore_system_fonts=own_fonts, font_paths=fonts)
    return compiler.compile(page, format="pdf", pdf_standards=["ua-1"] if accessible else [])


def to_source(handout: Handout, cautiously: bool = False) -> tuple[str, dict[str, Picture]]:
    """The Typst document, and the pictures that it expects beside itself, by their file names; when cautious, without
    what Typst may not be able to set."""
    pictures: dict[str, Picture] = {}

    def picture(shown: Picture) -> str:
        if cautiously and not _can_be_read(shown):
            return f"#emph({_string(f'[not printed: a picture that cannot be read, {shown.alternative}]')})"
        name = f"picture-{len(pictures)}.{_SUFFIXES[shown.mime]}"
        pictures[name] = shown
        return f"#picture({_string(name)}, {_string(shown.alternative)})"

    def adapted(tree: list[Block]) -> list[Block]:
        if cautiously:
            tree = mapped(tree, _as_written)
        return mapped(tree, lambda node: _adapted(node, picture))

    page = Page(handout, ".pdf", adapted, to_typst)
    source = page.render(
        "handout.typ.j2",
        {
            "code": lambda cell: f"#code({_lines(highlighted(cell.source, cell.language), {})})",
            "text": lambda output: _text(output, page),
            "picture": picture,
            "prose": page.prose,
            "heading": page.heading,
            "left_out": page.left_out(),
            "string": _string,
            "columns": COLUMNS,
        },
        autoescape=False,
    )
    return source, pictures


def _can_be_read(picture: Picture) -> bool:
    name = f"picture.{_SUFFIXES[picture.mime]}"
    try:
        _set(f"#image({_string(name)})", {name: picture}, accessible=False)
    except typst.TypstError:
        return False
    return True


def _as_written(node: Block) -> Inline | None:
    return {"t": "Code", "c": [["", [], []], node["c"][1]]} if node["t"] == "Math" else None


def _adapted(node: Block, picture: Callable[[Picture], str]) -> Block | Inline | list[Block] | None:
    if node["t"] == "Div":
        (_, classes, _), blocks = node["c"]
        if FRAMED in classes:
            return [_raw("#left-out["), *blocks, _raw("]")]
        return blocks  # without a place to which only pages of HTML have links
    if node["t"] == "CodeBlock":
        (_, classes, _), source = node["c"]
        lines = highlighted(source, classes[0] if classes else "text")
        return _raw(f"#code({_lines(lines, {})})")
    if node["t"] == "Image":
        _, inlines, (address, title) = node["c"]
        return {"t": "RawInline", "c": ["typst", picture(picture_at(address, text_of(inlines) or title))]}
    if node["t"] == "Table":
        table = {"t": "Table", "c": [*node["c"][:2], _widths(node["c"]), *node["c"][3:]]}
        crowded = sum(_needed(node["c"], _longest_word)) / COLUMNS
        if crowded <= 1:
            return table
        return [_raw(f"#text(size: {1 / crowded:.3f}em)["), table, _raw("]")]
    return None


def _raw(source: str) -> Block:
    return {"t": "RawBlock", "c": ["typst", source]}


def _widths(table: list[Any]) -> list[Any]:
    """The specifications of a table's columns. Where the table is wider than the page, short columns get what they
    need and long ones a share of the rest; where even that is too wide, each gets what its longest word needs."""
    columns = table[2]
    needed = _needed(table, len)
    if sum(needed) <= COLUMNS:
        return [[alignment, {"t": "ColWidthDefault"}] for alignment, _ in columns]
    short = sum(width for width in needed if width <= SHORT)
    long = sum(min(width, COLUMNS) for width in needed if width > SHORT)
    if long and short < COLUMNS / 2:
        widths = [width if width <= SHORT else (COLUMNS - short) * min(width, COLUMNS) / long for width in needed]
    else:
        words = _needed(table, _longest_word)
        widths = [width * COLUMNS / sum(words) for width in words]
    return [
        [alignment, {"t": "ColWidth", "c": width / COLUMNS}]
        for (alignment, _), width in zip(columns, widths, strict=True)
    ]


def _needed(table: list[Any], size: Callable[[str], int]) -> list[int]:
    """The characters that each column needs, if a text needs so many. Rows with cells that span others are passed
    over."""
    _, _, columns, (_, head), bodies, _ = table
    rows = [cells for _, cells in [*head, *(row for body in bodies for row in [*body[2], *body[3]])]]
    plain = [cells for cells in rows if len(cells) == len(columns)]
    return [
        max((size(text_of(cells[number][4]).strip()) for cells in plain), default=0) + 2
        for number in range(len(columns))
    ]


def _longest_word(text: str) -> int:
    return max(map(len, text.split()), default=0)


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
