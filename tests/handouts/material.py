"""Small notebooks for tests, and what is in those of the lessons."""

import re
import sys
from pathlib import Path
from typing import Any

import nbformat
from lessons import REPOSITORY, find_lessons
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

LESSONS = find_lessons()
HANDOUTS = [sys.executable, str(REPOSITORY / "tools" / "handouts.py")]

SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="80" height="40">'
    '<title>A bar</title><rect width="70" height="9"/></svg>'
)
"""A picture with a title and nothing but a path."""


def code(source: str, *outputs: NotebookNode, step: int | None = None, tags: tuple[str, ...] = ()) -> NotebookNode:
    metadata: dict[str, Any] = {}
    if step is not None:
        metadata["step"] = step
    if tags:
        metadata["tags"] = list(tags)
    return new_code_cell(source, outputs=list(outputs), metadata=metadata)


def printed(text: str) -> NotebookNode:
    return new_output("stream", name="stdout", text=text)


def shown(**data: str) -> NotebookNode:
    """An output with these types, as in shown(image_svg="…") for image/svg."""
    return new_output("display_data", data={name.replace("_", "/", 1): value for name, value in data.items()})


def write(path: Path, *cells: NotebookNode | str, kernel: str = "python3") -> Path:
    """Writes a notebook; a string is a Markdown cell. The nth cell has the id `cell-n`."""
    nodes = [new_markdown_cell(cell) if isinstance(cell, str) else cell for cell in cells]
    for number, node in enumerate(nodes, 1):
        node.id = f"cell-{number}"
    kernelspec = {"name": kernel, "display_name": "Any", "language": "any"}
    nbformat.write(new_notebook(cells=nodes, metadata={"kernelspec": kernelspec}), path)
    return path


def cells_of(path: Path) -> list[NotebookNode]:
    return [cell for cell in nbformat.read(path, as_version=4).cells if cell.source.strip()]


def has_tag(cell: NotebookNode, tag: str) -> bool:
    return tag in cell.metadata.get("tags", [])


def squeezed(text: str) -> str:
    """The text without what a page may do to it: line breaks, spaces, the form of quotes and dashes."""
    return re.sub("[\\s\"'`\u2018\u2019“”\u2013\u2014\ufffe\u00ad\x02-]", "", text)
