"""A notebook as one TypeScript file, with the solutions in the exercises' place."""

from __future__ import annotations

from lessons import as_exercise, as_only_check

from handout.parts import ParsedCell, ParsedNotebook
from handout.prose import text_of


def to_script(notebook: ParsedNotebook) -> str:
    """The file's text: every cell under its heading. Raises nothing; an exercise without a solution stays."""
    title = text_of(notebook.title).strip() or notebook.name
    parts = [f"// {title}: the cells of {notebook.name}.ipynb."]
    cells = notebook.cells
    for index, cell in enumerate(cells):
        if cell.role == "solution":
            continue
        source = _solution_of(cells, index) if cell.role == "exercise" else cell.source
        if cell.role == "check":
            source = as_only_check(source)
        heading = cell.heading or cell.label
        parts.append(f"// --- {heading}\n\n{source}")
    return "\n\n".join([*parts, "export {};\n"])


def _solution_of(cells: list[ParsedCell], index: int) -> str:
    """The solution that comes before the next exercise, under the exercise's name."""
    for cell in cells[index + 1 :]:
        if cell.role == "solution":
            return as_exercise(cell.source)
        if cell.role == "exercise":
            break
    return cells[index].source
