"""The lessons in notebooks/: NN-topic-server.ipynb with NN-topic-client.ipynb, or NN-topic.ipynb alone."""

import json
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

import nbformat
from nbformat import NotebookNode

REPOSITORY = Path(__file__).resolve().parent.parent
NOTEBOOKS = REPOSITORY / "notebooks"

TIME_LIMIT = 120.0
"""Seconds that a lesson may take from the start of its kernels, unless a notebook's metadata has its own `timeout`."""


class LessonError(Exception):
    """A lesson cannot be run, or its run failed. The message is for whoever mends the lesson."""


@dataclass(frozen=True)
class CodeCell:
    """A code cell. `number` is the one that JupyterLab shows in brackets after "Run All"; `step` is the place in the
    pair's conversation at which the cell comes back, and None in a notebook that stands alone."""

    path: Path
    index: int
    number: int
    heading: str
    id: str
    step: int | None

    def __str__(self) -> str:
        return f'{self.path.name}, cell {self.number} (id {self.id}, "{self.heading}")'


@dataclass(frozen=True)
class Notebook:
    """A notebook as it was on the disk, octet for octet in `content`, when the run began."""

    path: Path
    content: bytes
    node: NotebookNode
    code_cells: tuple[CodeCell, ...]

    @property
    def kernel(self) -> str:
        return self.node.metadata.kernelspec.name


@dataclass(frozen=True)
class Lesson:
    """A lesson: a server's notebook and its client's, or one notebook."""

    name: str
    notebooks: tuple[Notebook, ...]

    @property
    def code_cells(self) -> list[CodeCell]:
        return [cell for notebook in self.notebooks for cell in notebook.code_cells]

    @property
    def time_limit(self) -> float:
        """Seconds."""
        return max(float(notebook.node.metadata.get("timeout", TIME_LIMIT)) for notebook in self.notebooks)


def as_exercise(solution: str) -> str:
    """A solution under the exercise's name: `receive` for `receiveSolution`. It has a name of its own, so that it does
    not take the place of the reader's function."""
    return re.sub(r"\b(\w+)Solution\b", r"\1", solution)


def as_only_check(check: str) -> str:
    """A check with a name of its own for what is checked: `yourReceive` for the `yours` that each check has,
    for where all of a notebook stand in one file. One of another form stays as it is."""
    found = re.search(r"^const yours = check\((\w)(\w*)\);$", check, re.MULTILINE)
    return re.sub(r"\byours\b", f"your{found[1].upper()}{found[2]}", check) if found else check


def lesson_name(stem: str) -> str:
    """The lesson to which a notebook of this name belongs."""
    return re.sub("-(server|client)$", "", stem)


def find_lessons(folder: Path = NOTEBOOKS) -> dict[str, list[Path]]:
    """The notebooks of each lesson by its name NN-topic, in order; a server comes before its client."""
    lessons: dict[str, list[Path]] = {}
    for path in sorted(folder.glob("[0-9][0-9]-*.ipynb"), key=lambda path: path.stem.removesuffix("-server")):
        lessons.setdefault(lesson_name(path.stem), []).append(path)
    return lessons


def shared_title(title: str) -> str:
    """What a pair is called, by the title of its server's notebook."""
    return title.partition(": the server")[0]


def lesson_title(notebooks: list[Path]) -> str:
    """What a lesson's first notebook begins with, "# Echo: the server": "Echo". Its name, where that is no heading."""
    first = notebooks[0]
    cells = json.loads(first.read_text(encoding="utf-8"))["cells"]
    source = "".join(cells[0]["source"]) if cells else ""
    heading = re.match(r"# +(.+)", source)
    return shared_title(heading[1].strip()) if heading else first.stem


def named(wanted: str, lessons: Iterable[str]) -> str:
    """The lesson that somebody means by its name, its number, or another part of its name that no other one has.

    Raises LessonError, which lists those that may be meant, unless there is exactly one.
    """
    lessons = list(lessons)
    if wanted in lessons:
        return wanted
    part = wanted.lower()
    meant = part and ([name for name in lessons if name.startswith(part)] or [name for name in lessons if part in name])
    if not meant:
        near = get_close_matches(part, lessons, cutoff=0.5) or lessons
        raise LessonError(f"there is no lesson {wanted}; there are: {', '.join(near) or 'none'}")
    if len(meant) > 1:
        raise LessonError(f"{wanted} may be any of: {', '.join(meant)}")
    return meant[0]


def find_lesson(wanted: str, folder: Path = NOTEBOOKS) -> tuple[str, list[Path]]:
    """The name of one lesson, of which `wanted` may be a part, and its notebooks. Ends the program with one line where
    it is not clear which is meant."""
    lessons = find_lessons(folder)
    try:
        name = named(wanted, lessons)
    except LessonError as error:
        sys.exit(f"PAIR={wanted}: {error}")
    return name, lessons[name]


def read_lessons(folder: Path, only: str | None = None) -> list[Lesson]:
    """The lessons in `folder` by name, or only the one that `only` means. It says which notebooks belong to none.

    Raises LessonError if there is none, half a pair is missing, or a notebook cannot be run as it is.
    """
    found = find_lessons(folder)
    if only is not None:
        name = named(only, found)
        return [_read_lesson(name, found[name])]
    for path in sorted(set(folder.glob("*.ipynb")).difference(*found.values())):
        print(f"{path.name} is left out: a lesson is named NN-topic.ipynb", file=sys.stderr)
    if not found:
        raise LessonError(f"there are no notebooks in {folder}")
    return [_read_lesson(name, paths) for name, paths in found.items()]


def _read_lesson(name: str, paths: list[Path]) -> Lesson:
    names = [path.stem for path in paths]
    if names not in ([name], [f"{name}-server", f"{name}-client"]):
        raise LessonError(
            f"lesson {name} has {' and '.join(path.name for path in paths)}: "
            f"it must be {name}-server.ipynb with {name}-client.ipynb, or {name}.ipynb alone"
        )
    lesson = Lesson(name, tuple(_read_notebook(path, in_pair=len(paths) == 2) for path in paths))
    seen: dict[int | None, CodeCell] = {}
    for cell in lesson.code_cells if len(paths) == 2 else []:
        if cell.step in seen:
            raise LessonError(f"{cell}: its step {cell.step} is also that of {seen[cell.step]}")
        seen[cell.step] = cell
    return lesson


def _read_notebook(path: Path, in_pair: bool) -> Notebook:
    content = path.read_bytes()
    try:
        node = nbformat.reads(content.decode(), as_version=nbformat.NO_CONVERT)
        nbformat.validate(node)
    except Exception as error:  # nbformat raises several unrelated kinds
        raise LessonError(f"{path.name} is not a valid notebook: {error}") from error
    if (node.nbformat, node.nbformat_minor) < (4, 5):
        raise LessonError(f"{path.name} has format {node.nbformat}.{node.nbformat_minor}: save it in 4.5, with ids")
    if not node.metadata.get("kernelspec", {}).get("name"):
        raise LessonError(f"{path.name} names no kernel: open it in JupyterLab, choose one, and save")
    return Notebook(path, content, node, tuple(_code_cells(path, node, in_pair)))


def _code_cells(path: Path, node: NotebookNode, in_pair: bool) -> Iterator[CodeCell]:
    number, heading, last_step = 0, "", 0
    for index, cell_node in enumerate(node.cells):
        if cell_node.cell_type == "markdown":
            heading = (re.findall(r"^#+\s+(.+?)\s*$", cell_node.source, re.MULTILINE) or [heading])[-1]
        if cell_node.cell_type != "code":
            continue
        number += 1
        step = cell_node.metadata.get("step") if in_pair else None
        cell = CodeCell(path, index, number, heading, cell_node.id, step)
        if not cell_node.source.strip():
            raise LessonError(f"{cell}: the cell is empty and would not be executed: delete it")
        if in_pair and type(step) is not int:
            raise LessonError(
                f"{cell}: its metadata has no `step`: give it the place in the pair's conversation, a whole number, "
                "at which the cell comes back"
            )
        if step is not None:
            if step <= last_step:
                raise LessonError(f"{cell}: its step {step} is not above {last_step}, where the cell before it stands")
            last_step = step
        yield cell
