"""nbconvert's exporters."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from lessons import NOTEBOOKS, REPOSITORY
from material import code, write

ENVIRONMENT = {**os.environ, "SOURCE_DATE_EPOCH": "1767312000"}


def convert(notebook: Path, form: str, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "jupyter", "nbconvert", "--to", form, "--output-dir", str(folder)]
    return subprocess.run([*command, *arguments, str(notebook)], env=ENVIRONMENT, capture_output=True, text=True)


@pytest.mark.parametrize("form", ["html", "pdf"])
def test_either_half_of_a_pair_gives_the_file_of_make_handouts(form: str, handouts: Path, tmp_path: Path) -> None:
    for half in ("server", "client"):
        finished = convert(NOTEBOOKS / f"01-echo-{half}.ipynb", f"handout-{form}", tmp_path)
        assert finished.returncode == 0, finished.stderr
        same = (handouts / f"01-echo-reading.{form}").read_bytes()
        assert (tmp_path / f"01-echo-{half}.{form}").read_bytes() == same


def test_a_worksheet_is_an_option(handouts: Path, tmp_path: Path) -> None:
    finished = convert(
        NOTEBOOKS / "02-easy-connections.ipynb", "handout-html", tmp_path, "--HandoutExporter.version=worksheet"
    )
    assert finished.returncode == 0, finished.stderr
    made = (tmp_path / "02-easy-connections.html").read_bytes()
    assert made == (handouts / "02-easy-connections-worksheet.html").read_bytes()


def test_a_half_without_its_other_half_stands_alone(tmp_path: Path) -> None:
    shutil.copy(NOTEBOOKS / "01-echo-client.ipynb", tmp_path)
    finished = convert(tmp_path / "01-echo-client.ipynb", "handout-html", tmp_path)
    assert finished.returncode == 0, finished.stderr
    assert '<body class="single reading"' in (tmp_path / "01-echo-client.html").read_text()


def test_the_script_of_a_lesson_is_that_of_make_handouts(handouts: Path, tmp_path: Path) -> None:
    finished = convert(NOTEBOOKS / "01-echo-client.ipynb", "script", tmp_path)
    assert finished.returncode == 0, finished.stderr
    assert (tmp_path / "01-echo-client.ts").read_bytes() == (handouts / "01-echo-client.ts").read_bytes()


def test_the_script_of_any_notebook_runs(tmp_path: Path) -> None:
    folder = REPOSITORY / ".build" / "scripts"
    cells = [
        'import { socket } from "../../helpers/socket"\nconst sock = socket()',
        "await null; console.log(sock.type); sock.close()",
        "const fails: never = (() => { throw new RangeError('at the end') })()",
    ]
    node = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    node.cells[1].metadata["tags"] = ["check"]
    node.metadata["language_info"] = {"name": "typescript", "file_extension": ".ts", "nbconvert_exporter": "script"}
    nbformat.write(node, tmp_path / "mine.ipynb")
    finished = convert(tmp_path / "mine.ipynb", "script", folder)
    assert finished.returncode == 0, finished.stderr
    ran = subprocess.run(
        ["npx", "ts-node", str(folder / "mine.ts")], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 1 and ran.stdout == "1\n"
    assert "RangeError: at the end" in ran.stderr and "mine.ts:" in ran.stderr


def test_what_cannot_be_printed_is_said(tmp_path: Path) -> None:
    output = nbformat.v4.new_output("display_data", data={"application/javascript": "draw()"})
    finished = convert(write(tmp_path / "small.ipynb", "# T\n\n## Draw", code("1", output)), "handout-pdf", tmp_path)
    assert finished.returncode == 0, finished.stderr
    assert 'Not printed: small.ipynb, cell 1 (id cell-2, "Draw"): what only a browser shows' in finished.stderr
