"""make fresh, in a clone with a lesson of two notebooks."""

import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output
from terminal import REPOSITORY

SERVER, CLIENT = "notebooks/01-echo-server.ipynb", "notebooks/01-echo-client.ipynb"


def git(folder: Path, *arguments: str) -> None:
    settings = ["-c", "user.name=reader", "-c", "user.email=reader@localhost"]
    subprocess.run(["git", *settings, *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    for name in ["tools", "notebooks"]:
        (tmp_path / name).mkdir()
    for name in ["tools/fresh.py", "tools/lessons.py"]:
        shutil.copy(REPOSITORY / name, tmp_path / name)
    for name in (SERVER, CLIENT):
        cell = new_code_cell("6 * 7", execution_count=1, outputs=[new_output("stream", text="42")])
        nbformat.write(new_notebook(cells=[cell]), tmp_path / name)
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--quiet", "-m", "a lesson")
    return tmp_path


def fresh(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "tools/fresh.py", *arguments], cwd=folder, capture_output=True, text=True)


def read(path: Path) -> nbformat.NotebookNode:
    return nbformat.read(path, as_version=nbformat.NO_CONVERT)


def write(path: Path, source: str) -> None:
    notebook = read(path)
    notebook.cells[0].source = source
    nbformat.write(notebook, path)


def test_the_original_is_there_without_outputs_and_what_was_written_is_kept(clone: Path) -> None:
    for time in (1, 2):
        write(clone / CLIENT, f"my answer {time}")
        done = fresh(clone, "--pair", "01-echo")
        assert done.returncode == 0, done.stderr
        kept = f"kept/01-echo-client-{time}.ipynb"
        assert f"{CLIENT} is as it was at first, without outputs; yours is kept as {kept}\n" in done.stdout
        assert f"{SERVER} is as it was at first, without outputs\n" in done.stdout
        assert read(clone / kept).cells[0].source == f"my answer {time}"
        for name in (SERVER, CLIENT):
            [cell] = read(clone / name).cells
            assert (cell.source, cell.outputs, cell.execution_count) == ("6 * 7", [], None)
    assert len(list((clone / "kept").iterdir())) == 2


def test_what_is_no_notebook_any_more_is_kept_too(clone: Path) -> None:
    (clone / SERVER).write_text("{")
    assert "kept/01-echo-server-1.ipynb" in fresh(clone, "--pair", "01-echo").stdout
    assert (clone / "kept/01-echo-server-1.ipynb").read_text() == "{"
    assert read(clone / SERVER).cells[0].source == "6 * 7"


def test_nothing_is_changed_where_no_lesson_or_no_original_is_to_be_had(clone: Path) -> None:
    before = (clone / SERVER).read_bytes()
    assert fresh(clone).stderr == "make fresh: say which lesson, as in make fresh PAIR=01-echo. There are: 01-echo\n"
    assert fresh(clone, "--pair", "02-none").stderr.startswith(
        "PAIR=02-none: there is no lesson 02-none; there are: 01-echo"
    )
    git(clone, "rm", "--cached", "--quiet", CLIENT)
    git(clone, "commit", "--quiet", "-m", "without the client")
    done = fresh(clone, "--pair", "01-echo")
    assert done.returncode == 1
    assert f"the original of {CLIENT} is not to be had" in done.stderr
    assert (clone / SERVER).read_bytes() == before
    assert not (clone / "kept").exists()
