""" "Run All" in the notebooks of every lesson, headless: the server first, as the notebooks are, and then, in the same
kernels, the client first, with each exercise solved. (The tests in the browser begin with the client too.) Where the
lessons have networks of their own, they run on that of the machine too, once."""

import asyncio
import copy
import os
import re
import subprocess
import sys
import time
from dataclasses import replace

import psutil
import pytest
from lessons import NOTEBOOKS, Lesson, Notebook, as_exercise, find_lessons, read_lessons
from nbformat import NotebookNode
from network import Network, problem
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
"""Why the lessons have no networks of their own here, or None. Then they run on that of the machine."""

# The ports of the lessons are fixed: on one network, one after the other.
pytestmark = [pytest.mark.xdist_group("host")] if WITHOUT else []


def wait_for_ports(lesson: Lesson) -> None:
    """Until nobody listens any more at a port that the lesson names, as what the lesson before has started may."""
    sources = "\n".join(cell.source for notebook in lesson.notebooks for cell in notebook.node.cells)
    ports = set(map(int, re.findall(r"\b\d{4,5}\b", sources)))
    over = time.monotonic() + 60  # then the lesson itself says who holds it
    while time.monotonic() < over and any(
        end.status == psutil.CONN_LISTEN and end.laddr.port in ports for end in psutil.net_connections("tcp")
    ):
        time.sleep(0.1)


@pytest.mark.parametrize("name", find_lessons())
def test_it_prints_what_is_stored_and_runs_again_solved(name: str) -> None:
    before = {path: path.read_bytes() for path in NOTEBOOKS.glob("*.ipynb")}
    [lesson] = read_lessons(NOTEBOOKS, name)
    if WITHOUT:
        wait_for_ports(lesson)
    solution = Lesson(name, tuple(map(solved, lesson.notebooks)))
    executed = asyncio.run(converse(lesson, print, first="server", then=solution))
    stored = normalised((notebook.node for notebook in lesson.notebooks), anywhere=True)
    shown = normalised(executed, anywhere=True)
    index = difference(stored, shown)
    if index is not None:
        cell = lesson.code_cells[index]
        pytest.fail(f"{cell}: it showed\n{shown[index]}\nwhere there is stored\n{stored[index]}")
    assert {path: path.read_bytes() for path in NOTEBOOKS.glob("*.ipynb")} == before


@pytest.mark.skipif(WITHOUT is not None, reason=f"the test above has run there: {WITHOUT}")
@pytest.mark.parametrize("name", find_lessons())
def test_it_prints_the_same_on_the_network_of_the_machine(name: str) -> None:
    """For which a network is made in which nobody else has a port."""
    machine = Network()
    command = [sys.executable, "tools/run.py", "--check", "--order", "server-first", "--pair", name]
    try:
        ran = subprocess.run(
            machine.command(command),
            cwd=NOTEBOOKS.parent,
            env={**os.environ, "NETWORK": "host"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
    finally:
        machine.end()
    assert (ran.returncode, ran.stderr) == (0, "")
