"""Lines of code."""

import pytest
from handout.highlight import Piece, cut, highlighted, plain


def text(rows: list[list[Piece]]) -> list[str]:
    return ["".join(piece.text for piece in row) for row in rows]


def test_highlighting_changes_no_character() -> None:
    source = "// a\n\nconst x: string = `b ${1 + 2}\n c`;\n\tf(x);\n"
    assert "\n".join(text(highlighted(source, "typescript"))) == source
    kinds = {piece.text: piece.kind for line in highlighted(source, "typescript") for piece in line}
    assert kinds["// a"] == "comment"
    assert kinds["const"] == "keyword"


def test_an_unknown_language_has_no_colour() -> None:
    assert highlighted("a b\nc", "nobody speaks this") == [[Piece("", "a b")], [Piece("", "c")]]


@pytest.mark.parametrize("length", [1, 9, 10, 11, 20, 95])
def test_a_cut_line_is_the_same_line(length: int) -> None:
    line = [Piece("string", "x" * (length // 2)), Piece("", "y" * (length - length // 2))]
    rows = cut(line, 10)
    assert "".join(text(rows)) == "".join(text([line]))
    assert all(len(row) <= 10 for row in text(rows))
    assert len(rows) == -(-length // 10)


def test_a_line_is_cut_after_a_space_in_the_last_third() -> None:
    assert text(cut(plain("aaaa bbb cccc dddd")[0], 10)) == ["aaaa bbb ", "cccc dddd"]
    assert text(cut(plain("aa bbbbbbbbbbbbbb")[0], 10)) == ["aa bbbbbbb", "bbbbbbb"]
