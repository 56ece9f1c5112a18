"""A worksheet gives nothing away."""

import html
import re
from pathlib import Path

import nbformat
import pypdfium2
import pytest
from handout.handout import VERSIONS, make_handout, parse_lesson, today
from handout.html import to_page
from material import LESSONS, cells_of, code, has_tag, printed, squeezed, write


def solution_lines(paths: list[Path]) -> list[str]:
    """The lines that stand in a solution and nowhere else in the lesson."""
    solutions: list[str] = []
    others = ""
    for path in paths:
        for cell in cells_of(path):
            if has_tag(cell, "solution"):
                solutions += cell.source.splitlines()
            else:
                others += squeezed(cell.source)
    return [line for line in solutions if len(squeezed(line)) > 3 and squeezed(line) not in others]


@pytest.mark.parametrize("name", LESSONS)
def test_no_line_of_a_solution_is_in_it_visible_or_hidden(name: str, handouts: Path) -> None:
    lines = solution_lines(LESSONS[name])
    assert lines
    page = html.unescape((handouts / f"{name}-worksheet.html").read_text())
    pdf = pypdfium2.PdfDocument(handouts / f"{name}-worksheet.pdf")
    for text in (page, re.sub("<[^>]*>", "", page), "".join(p.get_textpage().get_text_range() for p in pdf)):
        for line in lines:
            assert squeezed(line) not in squeezed(text), line


@pytest.mark.parametrize("name", LESSONS)
def test_the_reading_has_every_line_of_the_solutions_at_its_end(name: str, handouts: Path) -> None:
    page = (handouts / f"{name}-reading.html").read_text()
    before, _, solutions = page.partition('<h2 id="solutions">')
    visible = [squeezed(html.unescape(re.sub("<[^>]*>", "", part))) for part in (before, solutions)]
    for line in solution_lines(LESSONS[name]):
        assert squeezed(line) in visible[1], line
        assert squeezed(line) not in visible[0], line


@pytest.mark.parametrize("name", LESSONS)
def test_no_output_but_room_to_write(name: str, handouts: Path) -> None:
    page = (handouts / f"{name}-worksheet.html").read_text()
    assert "<samp>" not in page
    exercises = sum(has_tag(cell, "exercise") for path in LESSONS[name] for cell in cells_of(path))
    assert page.count('class="room"') == exercises
    for path in LESSONS[name]:
        for cell in nbformat.read(path, as_version=4).cells:
            for output in cell.get("outputs", []):
                for line in output.get("text", "").splitlines():
                    if ": holds" in line or ": does not hold" in line:
                        assert line not in html.unescape(re.sub("<[^>]*>", "", page))


def test_text_that_tells_what_a_cell_has_shown_is_not_in_it(tmp_path: Path) -> None:
    path = write(
        tmp_path / "01-small.ipynb",
        "# T\n\n## First\n\nAbout it.",
        code("1", printed("one\n")),
        "It has shown one.\n\n**Term**: what it means.\n\n## Second",
        code("2", printed("two\n")),
        "It has shown two, so we go on:",
        code("3"),
        "Nothing was shown.\n\n## Last\n\nAt the end.",
    )
    lesson = parse_lesson({path: nbformat.read(path, as_version=4)})
    reading, worksheet = (to_page(make_handout(lesson, version, today())) for version in VERSIONS)
    assert "It has shown one." in reading
    assert "It has shown one." not in worksheet
    for kept in (
        "About it.",
        ": what it means.",
        "It has shown two, so we go on:",
        "Nothing was shown.",
        "At the end.",
    ):
        assert kept in reading
        assert kept in worksheet
