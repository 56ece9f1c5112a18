"""What every notebook has to look like: the conventions that a reader, the runner and the handouts rely on."""

import json
import re
from pathlib import Path

import nbformat
import pytest
from lessons import NOTEBOOKS, REPOSITORY, find_lessons
from nbformat import NotebookNode

LESSONS = find_lessons()
PATHS = sorted(NOTEBOOKS.glob("*.ipynb"))
FOLDED = "jp-MarkdownHeadingCollapsed"
"""What JupyterLab calls it that the cells under a heading are folded away."""
TAGS = {"raises-exception", "exercise", "check", "solution", "this-machine"}

KERNELSPEC = {"display_name": "TypeScript", "language": "typescript", "name": "tslab"}

every_notebook = pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)


def read(path: Path) -> NotebookNode:
    return nbformat.read(path, as_version=nbformat.NO_CONVERT)


def code_cells(path: Path) -> list[NotebookNode]:
    return [cell for cell in read(path).cells if cell.cell_type == "code"]


def texts(value: object) -> list[str]:
    """Every text in a cell's outputs."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for item in value.values() for text in texts(item)]
    return [text for item in value for text in texts(item)] if isinstance(value, list) else []


def test_there_are_lessons_and_every_notebook_belongs_to_one() -> None:
    assert "01-echo" in LESSONS
    assert sorted(path for paths in LESSONS.values() for path in paths) == PATHS


@every_notebook
def test_the_file_is_as_jupyter_writes_it(path: Path) -> None:
    notebook = read(path)
    nbformat.validate(notebook)
    assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)
    assert path.read_text() == nbformat.writes(notebook) + "\n"


@every_notebook
def test_it_opens_with_our_kernel_and_as_typescript(path: Path) -> None:
    metadata = read(path).metadata
    assert set(metadata) <= {"kernelspec", "language_info", "timeout"}
    assert metadata.kernelspec == KERNELSPEC
    assert metadata.language_info.name == "typescript"
    assert metadata.language_info.codemirror_mode == "typescript"


@every_notebook
def test_it_names_its_source_at_the_head(path: Path) -> None:
    first = read(path).cells[0]
    assert first.cell_type == "markdown"
    assert re.match(r"# \S", first.source)
    assert re.search(r'^After [A-Z][^*]+, \*[^*]+\*, "[^"]+"', first.source, re.MULTILINE)


@every_notebook
def test_cells_are_small(path: Path) -> None:
    for cell in code_cells(path):
        lines = cell.source.splitlines()
        assert len(lines) <= 14, cell.id
        assert all(len(line) < 80 for line in lines), cell.id
        assert cell.source == cell.source.rstrip(), cell.id
    lengths = sorted(len(cell.source.splitlines()) for cell in code_cells(path))
    assert lengths[len(lengths) // 2] <= 6


def test_half_a_projector_shows_all_of_a_line_of_code() -> None:
    """Beside the other notebook there is room for some 60 columns. What is longer is wrapped, with a mark."""
    jupyter = REPOSITORY / "tools/jupyter"
    settings = json.loads((jupyter / "lab/overrides.json").read_text())
    assert settings["@jupyterlab/notebook-extension:tracker"]["codeCellConfig"]["lineWrap"] is True
    assert "↪" in (jupyter / "custom/custom.css").read_text()


@pytest.mark.parametrize(
    ("half", "calls"),
    [("server", "bind listen accept recv sendall close"), ("client", "connectWithin sendall recv close")],
)
def test_the_echo_comes_first(half: str, calls: str) -> None:
    """The text's own program is in the first five cells of each half, whole, and has run. It asks nothing yet."""
    cells = code_cells(NOTEBOOKS / f"01-echo-{half}.ipynb")[:5]
    source = "\n".join(cell.source for cell in cells)
    assert all(re.search(rf"\b{call}\(", source) for call in calls.split())
    assert not re.search(r"\b(verdict\(|MSG_PEEK)", source)
    assert all(len(line) <= 60 for line in source.splitlines())
    assert "received b'This is the mess'" in "".join(texts([cell.outputs for cell in cells]))


BARE = re.compile(r"#+ (?:(?:Server|Client) \d+ · )?(?:Check it|A solution)")
"""The headings that say all there is to say."""


@every_notebook
def test_a_sentence_stands_before_each_cell(path: Path) -> None:
    before = ""
    for cell in read(path).cells:
        if cell.cell_type == "code":
            assert before, f"{cell.id} follows another cell of code"
            last = before.splitlines()[-1]
            assert not last.startswith("#") or BARE.fullmatch(last), (cell.id, last)
            before = ""
        else:
            before = cell.source.strip()


@every_notebook
def test_no_text_stands_twice(path: Path) -> None:
    seen: set[str] = set()
    for cell in read(path).cells:
        for paragraph in cell.source.split("\n\n") if cell.cell_type == "markdown" else []:
            text = re.sub(r"^(#+ )(?:Server|Client) \d+ · ", r"\1", " ".join(paragraph.split()))
            assert text not in seen or BARE.fullmatch(text), (cell.id, text)
            seen.add(text)


@every_notebook
def test_each_item_of_a_numbered_list_has_a_line_of_its_own(path: Path) -> None:
    for cell in read(path).cells:
        if cell.cell_type == "markdown":
            assert not re.search(r"^1\. (.+\n)*?.*\S 2\. ", cell.source, re.MULTILINE), cell.id


@every_notebook
def test_ids_are_names_and_metadata_has_nothing_else(path: Path) -> None:
    for cell in read(path).cells:
        assert re.fullmatch(r"[a-z]+(-[a-z0-9]+)*", cell.id), cell.id
        tags = set(cell.metadata.get("tags", []))
        assert tags <= TAGS, cell.id
        allowed = {"step", "tags", "jupyter"} if cell.cell_type == "code" else {FOLDED}
        assert set(cell.metadata) <= allowed, cell.id
        assert cell.metadata.get(FOLDED, True) is True, cell.id
        assert cell.metadata.get("jupyter") == ({"source_hidden": True} if "solution" in tags else None), cell.id


@pytest.mark.parametrize("name", [name for name, paths in LESSONS.items() if len(paths) == 2])
def test_the_halves_of_a_pair_are_numbered_together(name: str) -> None:
    steps: list[int] = []
    for path, half in zip(LESSONS[name], ("Server", "Client"), strict=True):
        heading = ""
        for cell in read(path).cells:
            if cell.cell_type == "markdown":
                heading = [heading, *re.findall(r"^#+ (.+)$", cell.source, re.MULTILINE)][-1]
            else:
                assert heading.startswith(f"{half} {cell.metadata.step} · "), (cell.id, heading)
                heading = "the heading of the cell before"
                steps.append(cell.metadata.step)
    assert sorted(steps) == list(range(1, len(steps) + 1))


@pytest.mark.parametrize("name", [name for name, paths in LESSONS.items() if len(paths) == 2])
def test_the_text_sends_the_reader_to_cells_that_there_are(name: str) -> None:
    headings = {
        heading
        for path in LESSONS[name]
        for cell in read(path).cells
        for heading in re.findall(r"^#+ ((?:Server|Client) \d+)", cell.source, re.MULTILINE)
    }
    for path in LESSONS[name]:
        for cell in read(path).cells:
            for mentioned in re.findall(r"\*((?:Server|Client) \d+)\*", cell.source):
                assert mentioned in headings, (cell.id, mentioned)


@every_notebook
def test_outputs_are_stored_and_say_nothing_of_the_machine_they_were_made_on(path: Path) -> None:
    cells = code_cells(path)
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    assert any(cell.outputs for cell in cells)
    for cell in cells:
        assert not any(output.get("name") == "stderr" for output in cell.outputs), cell.id
        errors = [output for output in cell.outputs if output.output_type == "error"]
        assert bool(errors) == ("raises-exception" in cell.metadata.get("tags", [])), cell.id
        for text in texts(cell.outputs):
            for sign in (str(REPOSITORY), "/home/", "/Users/", "/root/", "/tmp/", "node_modules"):
                assert sign not in text, (cell.id, sign)
        for output in cell.outputs:
            # An error's name is coloured, as in any kernel; nothing else is.
            colours = [text for text in texts(output) if "\x1b" in text]
            assert colours == [line for line in output.get("traceback", []) if "\x1b" in line], cell.id
