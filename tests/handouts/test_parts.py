"""A notebook taken apart, and what cannot be put on a page."""

import base64
from pathlib import Path

import nbformat
import pytest
from handout.errors import HandoutError
from handout.handout import parse_lesson
from handout.outputs import Picture, Text, read_outputs
from handout.parts import ParsedNotebook, Prose, Section, parse_notebook
from handout.prose import text_of
from handout.unprintable import Strict
from material import SVG, code, printed, shown, write
from nbformat import NotebookNode
from nbformat.v4 import new_output


def read(folder: Path, *cells: NotebookNode | str) -> ParsedNotebook:
    path = write(folder / "01-small.ipynb", *cells)
    return parse_notebook(path, nbformat.read(path, as_version=4), None, Strict())


def test_text_belongs_to_the_cell_before_it_until_a_heading_begins_the_next(tmp_path: Path) -> None:
    notebook = read(
        tmp_path,
        "# Title\n\nIntroduction.\n\n## First\n\nBefore.",
        code("1"),
        "After.\n\n## Alone\n\nText.\n\n## Second",
        code("2"),
        "## Last",
    )
    assert text_of(notebook.title) == "Title"
    assert text_of(notebook.introduction) == "Introduction.\n"
    first, alone, second, last = notebook.items
    assert [text_of(item.headings[-1].inlines) for item in notebook.items] == ["First", "Alone", "Second", "Last"]
    assert isinstance(alone, Section)
    assert isinstance(last, Section)
    assert [text_of(cell.before) for cell in notebook.cells] == ["Before.\n", ""]
    assert [text_of(cell.after) for cell in notebook.cells] == ["After.\n", ""]
    assert (first, second) == tuple(notebook.cells)


def test_headings_without_text_stay_with_the_next_one(tmp_path: Path) -> None:
    [cell] = read(tmp_path, "# T\n\n## Above", "### Below\n\nBefore.", code("1")).cells
    assert [(heading.level, text_of(heading.inlines)) for heading in cell.headings] == [(2, "Above"), (3, "Below")]
    assert cell.heading == "Below"


def test_a_heading_in_a_fence_is_none(tmp_path: Path) -> None:
    notebook = read(tmp_path, "# Title\n\n```sh\n# a comment\n```")
    assert notebook.items == []
    assert [block["t"] for block in notebook.introduction] == ["Div", "CodeBlock"]


def test_outputs_of_every_kind(tmp_path: Path) -> None:
    outputs = [
        printed("\x1b[31mred\x1b[0m\n"),
        shown(text_plain="'value'"),
        shown(text_markdown="*form*", text_plain="form", text_html="<i>form</i>"),
        shown(text_plain="a\ttab, \x00"),
        new_output("error", ename="Error", evalue="no", traceback=["\x1b[31mError\x1b[39m: no", "    at cell [1]:1:1"]),
        new_output("display_data", data={"image/svg+xml": SVG}),
    ]
    [cell] = read(tmp_path, "# T", code("x", *outputs)).cells
    first, value, form, control, error, picture = cell.outputs
    assert first == Text("printed", "red")
    assert value == Text("value", "'value'")
    assert isinstance(form, Prose)
    assert text_of(form.blocks) == "form\n"
    assert control == Text("value", "a       tab, \\x00")
    assert error == Text("error", "Error: no\n    at cell [1]:1:1")
    assert picture == Picture("image/svg+xml", SVG.encode(), "A bar")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"application/x-nobody-knows": "1", "text/plain": "a plot"}, "application/x-nobody-knows"),
        ({"text/html": "<b>only</b>"}, "cannot be printed: text/html"),
        ({"image/svg+xml": "", "text/plain": "a picture"}, "a picture is missing"),
        ({"image/svg+xml": "<svg", "text/plain": ""}, "not valid SVG"),
        ({"image/png": base64.b64encode(b"octets").decode()}, "no words that stand for it"),
        ({"image/gif": "R0lGOD", "text/plain": "a picture"}, "image/gif"),
    ],
)
def test_an_output_that_cannot_be_shown_names_notebook_and_cell(
    tmp_path: Path, data: dict[str, str], words: str
) -> None:
    with pytest.raises(HandoutError) as raised:
        read(tmp_path, "# T\n\n## Draw", code("1"), code("2", new_output("display_data", data=data)))
    assert '01-small.ipynb, cell 2 (id cell-3, "Draw")' in str(raised.value)
    assert words in str(raised.value)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("![words](nowhere.svg)", "a picture is missing: nowhere.svg"),
        ("![words](attachment:gone.png)", "a picture is missing: attachment:gone.png"),
        ("![words](https://example.org/a.svg)", "lies elsewhere"),
        ("![](dot.svg)", "no words that stand for it"),
        ("Some <b>HTML</b>.", "HTML in Markdown"),
    ],
)
def test_text_that_cannot_be_shown_names_notebook_and_cell(tmp_path: Path, source: str, words: str) -> None:
    (tmp_path / "dot.svg").write_text(SVG.replace("<title>A bar</title>", ""))
    with pytest.raises(HandoutError) as raised:
        read(tmp_path, "# T", f"## Look\n\n{source}")
    assert '01-small.ipynb, text cell (id cell-2, "Look")' in str(raised.value)
    assert words in str(raised.value)


def test_an_output_of_an_unknown_kind_is_refused() -> None:
    cell = code("x")
    cell.outputs = [NotebookNode(output_type="update_display_data", data={})]
    with pytest.raises(ValueError, match="update_display_data"):
        read_outputs(cell)


def test_a_picture_beside_the_notebook_comes_into_the_page(tmp_path: Path) -> None:
    (tmp_path / "dot.svg").write_text(SVG)
    notebook = read(tmp_path, "# T\n\n![a dot](dot.svg)")
    assert "data:image/svg+xml;base64," in str(notebook.introduction)


def test_a_lesson_without_a_title_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "01-small.ipynb", "Text.", code("1"))
    with pytest.raises(HandoutError, match=r"01-small\.ipynb: it has no title"):
        parse_lesson({path: nbformat.read(path, as_version=4)})
