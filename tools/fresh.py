"""make fresh: sets a lesson back to its original, without outputs, and keeps aside what was written in it."""

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
from lessons import REPOSITORY, find_lesson, find_lessons
from nbformat import NotebookNode

KEPT = REPOSITORY / "kept"
"""Beside notebooks/, so that what is kept there still finds ../helpers, and is no lesson."""


def original(path: Path) -> NotebookNode:
    """The notebook as the last commit has it. Ends the program with one line if there is none."""
    name = path.relative_to(REPOSITORY).as_posix()
    try:
        shown = subprocess.run(["git", "show", f"HEAD:{name}"], cwd=REPOSITORY, capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        said = error.stderr.decode().strip() if isinstance(error, subprocess.CalledProcessError) else str(error)
        sys.exit(f"make fresh: the original of {name} is not to be had, which git keeps: {said}")
    return nbformat.reads(shown.stdout.decode(), as_version=nbformat.NO_CONVERT)


def without_outputs(notebook: NotebookNode) -> NotebookNode:
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = []
            cell.execution_count = None
    return notebook


def written(path: Path) -> list[tuple[str, str]] | None:
    """What stands in the cells; None where the file is no notebook any more, which is kept all the same."""
    try:
        cells = nbformat.read(path, as_version=nbformat.NO_CONVERT).cells
        return [(cell.cell_type, cell.source) for cell in cells]
    except Exception:  # nbformat raises several unrelated kinds
        return None


def free_name(path: Path) -> Path:
    """A name in KEPT that no file has."""
    number = 1
    while (place := KEPT / f"{path.stem}-{number}.ipynb").exists():
        number += 1
    return place


def set_back(path: Path, fresh: NotebookNode) -> Path | None:
    """Where the reader's notebook is kept, if anything was written in it."""
    place = None
    if written(path) != [(cell.cell_type, cell.source) for cell in fresh.cells]:
        KEPT.mkdir(exist_ok=True)
        place = free_name(path)
        shutil.copyfile(path, place)
    # Whole or not at all.
    new = path.with_name(f".{path.name}.{os.getpid()}")
    new.write_text(nbformat.writes(fresh) + "\n", encoding="utf-8")
    new.replace(path)
    return place


def main() -> None:
    parser = argparse.ArgumentParser(prog="fresh.py", description=__doc__)
    parser.add_argument("--pair", metavar="NN-topic", help="the lesson to set back")
    name = parser.parse_args().pair
    if name is None:
        sys.exit(f"make fresh: say which lesson, as in make fresh PAIR=01-echo. There are: {', '.join(find_lessons())}")
    originals = [(path, without_outputs(original(path))) for path in find_lesson(name)[1]]
    for path, fresh in originals:
        place = set_back(path, fresh)
        kept = f"; yours is kept as {place.relative_to(REPOSITORY).as_posix()}" if place else ""
        print(f"{path.relative_to(REPOSITORY).as_posix()} is as it was at first, without outputs{kept}")
    print("If it is open in JupyterLab: File, Reload Notebook from Disk.")


if __name__ == "__main__":
    main()
