"""A handout as a PDF file, set by Typst: accessible (PDF/UA-1), with every font inside."""

from __future__ import annotations

import itertools
import json
import re
import unicodedata
from collections.abc import Callable, Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import typst

from handout.columns import Band, Part, lay_out
from handout.errors import HandoutError
from handout.fonts import unpack_unifont
from handout.handout import Handout
from handout.highlight import Line, cut, highlighted, plain
from handout.outputs import Picture, Text, picture_at
from handout.page import Page
from handout.parts import ParsedCell, Prose
from handout.picture import pieces_of
from handout.prose import Block, Inline, mapped, text_of, to_typst
from handout.table import crowding, split, widths
from handout.unprintable import FRAMED

PAGE_HEIGHT = 188 * 72 / 25.4
"""Of what stands on a page, without its margins, in points."""

COLUMN_WIDTH = 135 * 72 / 25.4

COLUMNS = {True: 80, False: 69}
"""Characters that fit in a line of a pair's code or output, or of another notebook's."""

CODE_SIZE = {True: 7.25, False: 8.97}
"""The height of their type, in points."""

ROWS = 36
"""Of what was printed, so many lines are not cut."""

LEAST_LINES = 4
"""Of code, so many lines are not cut."""

FEW = 6
"""So few stay with the code that has printed them."""

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
    compiler = typst.Compiler(page, root=page.parent, ignore_system_fonts=own_fonts, font_paths=fonts)
    try:
        measured = json.loads(compiler.query("<measured>", field="value", one=True))
    except RuntimeError as error:  # which says less than what the compiler itself raises
        compiler.compile(format="pdf")
        raise AssertionError from error
    pages = lay_out(_bands(measured), PAGE_HEIGHT)
    places = [
        [(place.number, place.column, place.top, place.is_alone, place.goes_on) for place in page] for page in pages
    ]
    return compiler.compile(
        format="pdf", sys_inputs={"pages": json.dumps(places)}, pdf_standards=["ua-1"] if accessible else []
    )


def _bands(measured: list[list[list[dict[str, Any]]]]) -> list[Band]:
    """What Typst has measured, its parts numbered through."""
    numbers = itertools.count()
    return [
        Band(tuple(tuple(Part(next(numbers), **part) for part in parts) for parts in columns)) for columns in measured
    ]


def to_source(handout: Handout, cautiously: bool = False) -> tuple[str, dict[str, Picture]]:
    """The Typst document, and the pictures that it expects beside itself, by their file names; when cautious, without
    what Typst may not be able to set."""
    pictures: dict[str, Picture] = {}
    pair = handout.lesson.is_pair
    columns = COLUMNS[pair]

    def kept(shown: Picture) -> str:
        name = f"picture-{len(pictures)}.{_SUFFIXES[shown.mime]}"
        pictures[name] = shown
        return _string(name)

    def unread(shown: Picture) -> str | None:
        if not cautiously or _can_be_read(shown):
            return None
        return f"#emph({_string(f'[not printed: a picture that cannot be read, {shown.alternative}]')})"

    def picture(shown: Picture) -> str:
        return unread(shown) or f"#picture({kept(shown)}, {_string(shown.alternative)})"

    def figure(shown: Picture) -> str:
        if instead := unread(shown):
            return f"part()[{instead}],"
        return "".join(
            f"part(wide: {_truth(piece.width > COLUMN_WIDTH)}, below: {'1.9mm' if piece.is_last else '0pt'}, "
            f"figure-part({kept(piece.picture)}, {_string(piece.picture.alternative)}, {piece.width:.2f}pt)),"
            for piece in pieces_of(shown, pair)
        )

    def adapted(tree: list[Block]) -> list[Block]:
        if cautiously:
            tree = mapped(tree, _as_written)
        return mapped(tree, lambda node: _adapted(node, picture, columns))

    page = Page(handout, ".pdf", adapted, to_typst)

    def code(cell: ParsedCell, with_outputs: bool, is_whole: bool) -> str:
        """A cell's code and outputs, the first of them beside the code where both are narrow."""
        outputs = cell.outputs if with_outputs and page.shows_outputs(cell) else []
        rows = _cut_lines(highlighted(cell.source, cell.language), {}, columns)
        first = outputs[0] if outputs and isinstance(outputs[0], Text) else None
        printed = _text(first, page, columns) if first else []
        if first and _stand_beside(rows, printed, columns) and not _is_mixed(first):
            left = outputs[1:]
            parts = f"part(framed-and-shown({_lines(rows)}, {_lines(printed)}, {_string(first.kind)})),"
        else:
            left = outputs
            tied = _truth(0 < len(printed) <= FEW)
            pieces = _chunks(rows) if is_whole else _statements(rows)
            parts = "".join(
                f"part(framed({_lines(piece)}, first: {_truth(number == 0)}, last: false), below: 0pt),"
                for number, piece in enumerate(pieces[:-1])
            )
            parts += f"part(framed({_lines(pieces[-1])}, first: {_truth(len(pieces) == 1)}), tied: {tied}),"
        return parts + "".join(map(output, left))

    def outputs_of(cell: ParsedCell) -> str:
        return "".join(map(output, cell.outputs)) if page.shows_outputs(cell) else ""

    def output(shown: Text | Picture | Prose) -> str:
        if isinstance(shown, Text):
            chunks, kind = _chunks(_text(shown, page, columns)), _string(shown.kind)
            return "".join(
                f"part(below: {'1.9mm' if chunk is chunks[-1] else '0mm'}, shown({_lines(chunk)}, {kind})),"
                for chunk in chunks
            )
        if isinstance(shown, Picture):
            return figure(shown)
        return "".join(
            f"part(below: {'2.1mm' if block is pieces[-1] else '0mm'})"
            f"[{'' if block is pieces[0] else '#show: continued'}\n{page.prose([block])}\n],"
            for whole in page.blocks(shown.blocks)
            if (pieces := split(whole))
            for block in pieces
        )

    source = page.render(
        "handout.typ.j2",
        {
            "code_parts": code,
            "output_parts": outputs_of,
            "prose": page.prose,
            "heading": page.heading,
            "left_out": page.left_out(),
            "string": _string,
            "code_size": CODE_SIZE[pair],
        },
        autoescape=False,
    )
    return source, pictures


def _can_be_read(picture: Picture) -> bool:
    name = f"picture.{_SUFFIXES[picture.mime]}"
    try:
        _set(f"#image({_string(name)})\n#metadata(()) <measured>", {name: picture}, accessible=False)
    except typst.TypstError:
        return False
    return True


def _as_written(node: Block) -> Inline | None:
    return {"t": "Code", "c": [["", [], []], node["c"][1]]} if node["t"] == "Math" else None


def _adapted(node: Block, picture: Callable[[Picture], str], columns: int) -> Block | Inline | list[Block] | None:
    if node["t"] == "Div":
        (_, classes, _), blocks = node["c"]
        if FRAMED in classes:
            return [_raw("#left-out["), *blocks, _raw("]")]
        return blocks  # without a place to which only pages of HTML have links
    if node["t"] == "CodeBlock":
        (_, classes, _), source = node["c"]
        lines = highlighted(source, classes[0] if classes else "text")
        return _raw(f"#code({_lines(_cut_lines(lines, {}, columns))})")
    if node["t"] == "Image":
        _, inlines, (address, title) = node["c"]
        return {"t": "RawInline", "c": ["typst", picture(picture_at(address, text_of(inlines) or title))]}
    if node["t"] == "Table":
        table = {"t": "Table", "c": [*node["c"][:2], widths(node["c"]), *node["c"][3:]]}
        crowded = crowding(node["c"])
        if crowded <= 1:
            return table
        return [_raw(f"#text(size: {1 / crowded:.3f}em)["), table, _raw("]")]
    return None


def _raw(source: str) -> Block:
    return {"t": "RawBlock", "c": ["typst", source]}


Rows = list[tuple[str, list[Line]]]
"""Lines of code or output: each the kind of the whole line, and the rows into which it is cut."""


def _text(output: Text, page: Page, columns: int) -> Rows:
    found = {verdict.line: verdict.kind for verdict in page.verdicts_of(output)}
    kinds = {number: found[line] for number, line in enumerate(output.text.split("\n")) if line in found}
    if output.kind == "error":
        kinds[0] = "no"
    return _cut_lines(plain(output.text), kinds, columns)


def _cut_lines(lines: list[Line], kinds: dict[int, str], columns: int) -> Rows:
    return [(kinds.get(number, ""), cut(line, columns)) for number, line in enumerate(lines)]


def _stand_beside(code: Rows, printed: Rows, columns: int) -> bool:
    return len(printed) <= len(code) + 1 and _width(code) + _width(printed) + 5 <= columns


def _is_mixed(output: Text) -> bool:
    """Whether some of it is read from right to left: beside something else nobody could tell the order."""
    return any(unicodedata.bidirectional(character) in ("R", "AL") for character in output.text)


def _width(lines: Rows) -> int:
    """The characters of the longest row."""
    return max((sum(len(text) for _, text in row) for _, rows in lines for row in rows), default=0)


def _statements(lines: Rows) -> list[Rows]:
    """Code in pieces of at least some lines, cut between statements that are not within another, and where there is no
    such place on a whole page."""
    pieces: list[Rows] = [[]]
    for number, line in enumerate(lines):
        text = "".join(text for _, text in line[1][0])
        begins = bool(re.match(r"[^\W\d]|[!@%#/]", text)) and not re.match(r"(catch|else|finally|from)\b", text)
        if begins and len(pieces[-1]) >= LEAST_LINES and len(lines) - number >= LEAST_LINES:
            pieces.append([])
        pieces[-1].append(line)
    return [chunk for piece in pieces for chunk in _chunks(piece)]


def _chunks(lines: Rows) -> list[Rows]:
    """The lines in chunks of which each has room on a page."""
    chunks: list[Rows] = [[]]
    for kind, rows in lines:
        for row in range(0, len(rows), ROWS):
            if sum(len(cut_in) for _, cut_in in chunks[-1]) + len(rows[row : row + ROWS]) > ROWS:
                chunks.append([])
            chunks[-1].append((kind, rows[row : row + ROWS]))
    return [chunk for chunk in chunks if chunk] or [[]]


def _lines(lines: Rows) -> str:
    return _array(_array([_string(kind), _array(map(_row, rows))]) for kind, rows in lines)


def _row(line: Line) -> str:
    return _array(_array(map(_string, piece)) for piece in line)


def _array(items: Iterable[str]) -> str:
    return f"({''.join(f'{item}, ' for item in items)})"


def _truth(value: bool) -> str:
    return "true" if value else "false"


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
