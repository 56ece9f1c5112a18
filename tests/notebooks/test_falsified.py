"""Each verdict depends on what the system does: a line of falsified breaks the condition of one claim (another
option, another order, a peer that behaves otherwise), and its cell must print another verdict than the recorded one.

A line has the claim, the notebook and the cell, the words that stand there, and those that take their place. The lines
of a lesson are tried in one run."""

import asyncio
import copy
import json
from dataclasses import replace
from pathlib import Path

import pytest
from lessons import NOTEBOOKS, Lesson, Notebook, find_lessons, lesson_name, read_lessons
from nbformat import NotebookNode
from network import problem
from run_conversation import converse

# Without networks of their own the lessons share ports: one after the other.
pytestmark = [pytest.mark.xdist_group("host")] if problem() else []

LINES: list[tuple[str, str, str, str, str]] = [
    tuple(json.loads(line)) for line in Path(__file__).with_name("falsified").read_text().splitlines()
]
UNBROKEN = {
    "erle-errno": "the number of an error is the system's own, and no option changes it; on macOS it would hold",
    "erle-empty-name": "no system calls the address of a TCP socket the empty string, whatever it was bound to",
    "erle-empty-peer": "no system calls the address of a connection the empty string",
}
"""The claims that no condition of ours makes true, with the reason. That they do not hold is what the system prints."""
NAMES = [name for name in find_lessons() if any(lesson_name(line[1]) == name for line in LINES)]


def said(nodes: list[NotebookNode], claim: str) -> str:
    """The line of the claim's verdict."""
    outputs = [output for node in nodes for cell in node.cells for output in cell.get("outputs", [])]
    texts = [output.get("data", {}).get("text/plain", output.get("text", "")) for output in outputs]
    [line] = [line for text in texts for line in text.splitlines() if line.startswith(f"{claim}: ")]
    return line


def broken(notebook: Notebook) -> Notebook:
    node = copy.deepcopy(notebook.node)
    cells = {cell.id: cell for cell in node.cells}
    mine = [line[2:] for line in LINES if line[1] == notebook.path.stem]
    for cell, words, instead in dict.fromkeys(mine):
        assert cells[cell].source.count(words) == 1, (cell, words)
        cells[cell].source = cells[cell].source.replace(words, instead)
    return replace(notebook, node=node)


@pytest.mark.parametrize("name", NAMES)
def test_each_verdict_of_the_lesson_changes_when_its_condition_is_broken(name: str) -> None:
    [lesson] = read_lessons(NOTEBOOKS, name)
    executed = asyncio.run(converse(Lesson(name, tuple(map(broken, lesson.notebooks))), print, first="server"))
    stored = [notebook.node for notebook in lesson.notebooks]
    claims = [claim for claim, notebook, *_ in LINES if lesson_name(notebook) == name]
    unchanged = [claim for claim in claims if said(executed, claim) == said(stored, claim)]
    assert unchanged == []


def test_each_claim_that_is_tried_has_one_line_or_a_reason() -> None:
    claims = [claim for claim, *_ in LINES]
    entries = json.loads((NOTEBOOKS / "claims.json").read_text())
    recorded = {entry["id"] for entry in entries if entry.get("verdict", "not tried") != "not tried"}
    assert len(claims) == len(set(claims))
    assert set(claims) | set(UNBROKEN) == recorded
    assert not set(claims) & set(UNBROKEN)
