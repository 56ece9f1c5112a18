"""What the projector shows with each step: a ladder, as far as it has come then."""

from pathlib import Path

import nbformat
import pytest
from handout.growing_ladder import ladders_of
from handout.handout import make_handout, parse_lesson, today
from handout.slides import TALLEST, Screen, screens
from material import code, shown, write
from nbformat import NotebookNode

TOP, LINE = 80, 20
"""Where the first row's text stands, and how much lower the next."""


def _named(where: str, cells: str) -> str:
    return f' data-{where}="{cells}"' if cells else ""


def drawing(*rows: tuple[str, str]) -> NotebookNode:
    """A ladder whose rows name these cells, of its own notebook and of the other one."""
    height = TOP + LINE * len(rows) + 20
    groups = "".join(
        f'<g class="row"{_named("here", here)}{_named("there", there)}>'
        f'<text y="{TOP + LINE * number}" font-size="11">row</text></g>'
        for number, (here, there) in enumerate(rows)
    )
    svg = f"""<svg xmlns="http://www.w3.org/2000/svg" width="620" height="{height * 1.25}" viewBox="0 0 496 {height}">
<title>Conversation of server and client</title><text y="22" font-size="13">server</text>{groups}
<text y="{height - 2}" font-size="11">legend</text></svg>"""
    return shown(**{"image_svg+xml": svg, "text_plain": "time | server | client"})


def numbered(*cells: NotebookNode) -> list[NotebookNode]:
    """The cells as they are when they have run one after the other."""
    for number, cell in enumerate(cells, 1):
        cell.execution_count = number
    return list(cells)


SERVER = numbered(code("bind", step=1), code("accept", step=10))
CLIENT = numbered(code("connect", step=5), code("send", step=7))

ROWS = [
    ("", "1"),  # bind
    ("", "2"),  # accept begins
    ("1", ""),  # connect
    ("1", ""),
    ("", "2"),  # accept comes back
    ("2", ""),  # send
    ("", "2"),
    ("", ""),
]


def pair(folder: Path, *drawn: NotebookNode) -> list[Screen]:
    """The screens of a pair whose client ends with these cells."""
    client = numbered(*CLIENT, *drawn)
    paths = [
        write(folder / "01-small-server.ipynb", "# Server", *SERVER),
        write(folder / "01-small-client.ipynb", "# Client", *client),
    ]
    lesson = parse_lesson({path: nbformat.read(path, as_version=4) for path in paths})
    return screens(make_handout(lesson, "reading", today()), ladders_of(lesson))


def grown(screen: Screen) -> int | None:
    """How many rows of a ladder stand beside a step."""
    if screen.beside is None:
        return None
    return sum(row.end <= screen.beside.end for row in screen.beside.ladder.rows)


def test_a_ladder_stands_beside_the_cells_that_it_tells_of_as_far_as_it_has_come(tmp_path: Path) -> None:
    shown = pair(tmp_path, code("ladder", drawing(*ROWS), step=8))
    assert {screen.hash: grown(screen) for screen in shown if screen.cell} == {
        "step-1": 1,  # what waits has begun when the other half has
        "step-5": 5,
        "step-7": 8,
        "step-8": None,
        "step-8-picture-1": None,
        "step-10": 8,
    }


def test_the_rows_of_the_steps_own_cell_are_marked(tmp_path: Path) -> None:
    shown = {screen.hash: screen for screen in pair(tmp_path, code("ladder", drawing(*ROWS), step=8))}

    def marked(name: str) -> list[list[int]]:
        part = shown[name].beside
        assert part is not None
        heights = [(top * part.end / 100, end * part.end / 100) for top, end in part.marks]
        rows = part.ladder.rows
        return [
            [number for number, row in enumerate(rows) if top - 0.1 <= row.top and row.end <= end + 0.1]
            for top, end in heights
        ]

    assert [marked(name) for name in ("step-1", "step-5", "step-7")] == [[[0]], [[2, 3]], [[5]]]
    assert marked("step-10") == [[1], [4], [6]]


def test_of_two_ladders_a_cell_has_the_one_that_tells_most_of_it(tmp_path: Path) -> None:
    first = code("ladder", drawing(*ROWS), step=8)
    second = code("ladder", drawing(("", "1"), ("", "2"), ("", "2"), ("", "2"), ("", "2")), step=11)
    shown = pair(tmp_path, first, second)
    assert {screen.hash: screen.beside.ladder.name for screen in shown if screen.beside} == {
        "step-1": "step-8-picture-1",
        "step-5": "step-8-picture-1",
        "step-7": "step-8-picture-1",
        "step-10": "step-11-picture-1",
    }


def test_rows_of_a_cell_that_has_run_again_since_belong_to_none(tmp_path: Path) -> None:
    shown = pair(tmp_path, code("ladder", drawing(("", "77"), ("78", ""), ("", "79 1")), step=8))
    assert {screen.hash: grown(screen) for screen in shown if screen.beside} == {"step-1": 3}


@pytest.mark.parametrize(("rows", "parts"), [(3, [1]), (40, [2]), (80, [2, 1])])
def test_on_a_screen_of_its_own_a_ladder_is_whole_where_it_can_be_read(
    tmp_path: Path, rows: int, parts: list[int]
) -> None:
    shown = pair(tmp_path, code("ladder", drawing(*([*ROWS] * 10)[:rows]), step=8))
    figures = [screen.figure for screen in shown if screen.figure]
    assert [len(figure.parts) for figure in figures] == parts
    all_parts = [part for figure in figures for part in figure.parts]
    assert [part.top for part in all_parts[1:]] == [part.end for part in all_parts[:-1]]
    assert (all_parts[0].top, all_parts[-1].end) == (0, all_parts[0].ladder.height)
    assert all(part.end - part.top <= TALLEST + LINE for part in all_parts)
    assert [figure.growth for figure in figures] == [[]] * len(figures)


def test_where_no_cell_has_let_it_grow_it_grows_there_by_its_rows(tmp_path: Path) -> None:
    shown = pair(tmp_path, code("ladder", drawing(("3", ""), ("3", ""), ("3", "")), step=8))
    [figure] = [screen.figure for screen in shown if screen.figure]
    assert len(figure.growth) == 3 and figure.growth[-1] == figure.parts[-1].end
    assert not [screen for screen in shown if screen.beside]


def test_what_a_cell_has_left_running_is_seen_when_its_time_has_come(tmp_path: Path) -> None:
    rows = [("1", ""), ("2", ""), ("1", ""), ("2", "")]
    shown = pair(tmp_path, code("ladder", drawing(*rows), step=8))
    assert {screen.hash: grown(screen) for screen in shown if screen.beside} == {"step-5": 1, "step-7": 4}
