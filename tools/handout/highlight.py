"""Source code as lines of coloured pieces, and lines cut to a width."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from pygments.lexers import get_lexer_by_name
from pygments.token import Comment, Keyword, Name, Number, Operator, String
from pygments.util import ClassNotFound


class Piece(NamedTuple):
    """Some characters of a line that look alike; the kind is "" where they have no colour."""

    kind: str
    text: str


Line = list[Piece]

_KINDS = [
    (Comment, "comment"),
    (String, "string"),
    (Number, "number"),
    (Keyword.Type, "type"),
    (Keyword, "keyword"),
    (Operator.Word, "keyword"),
    (Name.Class, "type"),
    (Name.Function, "function"),
]


def highlighted(source: str, language: str) -> list[Line]:
    """The lines of a source text; those of an unknown language have no colour."""
    try:
        lexer = get_lexer_by_name(language, ensurenl=False, stripnl=False)
    except ClassNotFound:
        return plain(source)
    lines: list[Line] = [[]]
    for token, text in lexer.get_tokens(source):
        kind = next((kind for tokens, kind in _KINDS if token in tokens), "")
        for index, part in enumerate(text.split("\n")):
            if index > 0:
                lines.append([])
            _append(lines[-1], Piece(kind, part))
    return lines


def plain(text: str) -> list[Line]:
    """The lines of a text without colour."""
    return [[Piece("", line)] if line else [] for line in text.removesuffix("\n").split("\n")]


def cut(line: Line, columns: int) -> list[Line]:
    """The line in rows of at most so many characters, cut after a space where the last third of a row has one. Nothing
    is added and nothing left out."""
    text = "".join(piece.text for piece in line)
    rows: list[Line] = []
    while len(text) > columns:
        length = (text.rfind(" ", columns * 2 // 3, columns) + 1) or columns
        head, line = _split(line, length)
        rows.append(head)
        text = text[length:]
    return [*rows, line]


def _split(line: Iterable[Piece], length: int) -> tuple[Line, Line]:
    head: Line = []
    tail: Line = []
    for kind, text in line:
        _append(head, Piece(kind, text[:length]))
        _append(tail, Piece(kind, text[length:]))
        length = max(0, length - len(text))
    return head, tail


def _append(line: Line, piece: Piece) -> None:
    if line and line[-1].kind == piece.kind:
        piece = Piece(piece.kind, line.pop().text + piece.text)
    if piece.text:
        line.append(piece)
