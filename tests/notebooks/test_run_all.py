""" "Run All" in the notebooks of every lesson, headless: the server first, as the notebooks are, and then, in the same
kernels, the client first, with each exercise solved. (The tests in the browser begin with the client too.) Where the
lessons have networks of their own, they run on that of the host too, once."""

import asyncio
import copy
import re
import time
from dataclasses import replace

import psutil
import pytest
from lessons import NOTEBOOKS, Lesson, Notebook, as_exercise, find_lessons, read_lessons
from nbformat import NotebookNode
from network import problem
from run_conversation import converse
from run_outputs import difference, normalised


def tagged(node: NotebookNode, tag: str) -> list[NotebookNode]:
    return [cell for cell in node.cells if tag in cell.metadata.get("tags", [])]


def solved(notebook: Notebook) -> Notebook:
    """The notebook with each solution in its exercise's place, whose checks must pass."""
    node = copy.deepcopy(notebook.node)
    for exercise, solution in zip(tagged(node, "exercise"), tagged(node, "solution"), strict=True):
        exercise.source = as_exercise(solution.source)
    for check in tagged(node, "check"):
        check.metadata.tags.remove("raises-exception")
    return replace(notebook, node=node)


WITHOUT = problem()
OWN = pytest.param("own", marks=pytest.mark.skipif(WITHOUT is not None, reason=f"no network of its own: {WITHOUT}"))


# The ports of the lessons are fixed: one after the other.
HOST = pytest.param("host", marks=pytest.mark.xdist_group("host"))


def wait_for_ports(lesson: Lesson) -> None:
    """Until nobody listens any more at a port that the lesson names, as what the lesson before has started may."""
    sources = "\n".join(cell.source for notebook in lesson.notebooks for cell in notebook.node.cells)
    ports = set(map(int, re.findall(r"\b\d{4,5}\b", sources)))
    over = time.monotonic() + 60  # then the lesson itself says who holds it
    while time.monotonic() < over and any(
        end.status == psutil.CONN_LISTEN and end.laddr.port in ports for end in psutil.net_connections("tcp")
    ):
        time.sleep(0.1)


@pytest.mark.parametrize("network", [OWN, HOST])
@pytest.mark.parametrize("name", find_lessons())
def test_it_prints_what_is_stored_and_runs_again_solved(
    name: str, network: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NETWORK", network)
    before = {path: path.read_bytes() for path in NOTEBOOKS.glob("*.ipynb")}
    [lesson] = read_lessons(NOTEBOOKS, name)
    if network == "host":
        wait_for_ports(lesson)
    again = network == "own" or WITHOUT is not None
    solution = Lesson(name, tuple(map(solved, lesson.notebooks))) if again else None
    executed = asyncio.run(converse(lesson, print, first="server", then=solution))
    stored = normalised((notebook.node for notebook in lesson.notebooks), anywhere=True)
    shown = normalised(executed, anywhere=True)
    index = difference(stored, shown)
    if index is not None:
        cell = lesson.code_cells[index]
        pytest.fail(f"{cell}: it showed\n{shown[index]}\nwhere there is stored\n{stored[index]}")
    assert {path: path.read_bytes() for path in NOTEBOOKS.glob("*.ipynb")} == before
