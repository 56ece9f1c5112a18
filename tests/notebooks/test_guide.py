"""The guide to the lessons in 00-start-here.ipynb."""

import re

import nbformat
from lessons import NOTEBOOKS, find_lessons


def test_it_leads_to_every_notebook_and_to_nothing_else() -> None:
    cells = {cell.id: cell for cell in nbformat.read(NOTEBOOKS / "00-start-here.ipynb", as_version=4).cells}
    links = re.findall(r"\]\((\S+)\)", cells["guide"].source)
    notebooks = [path.name for paths in find_lessons().values() for path in paths]
    assert links == notebooks[1:]
