"""tools/handouts.py on small lessons of its own, in IPython's kernel."""

import asyncio
import re
import subprocess
import time
from pathlib import Path

import nbformat
import pypdfium2
import pytest
from handout.build import build as build_handouts
from handout.errors import HandoutError
from lessons import REPOSITORY, LessonError
from material import HANDOUTS, SVG, code, printed, write
from network import problem

WITHOUT = problem()
"""Why the lessons have no networks of their own here."""

FILES = [
    "01-alone-reading.html",
    "01-alone-reading.pdf",
    "01-alone-slides.html",
    "01-alone-worksheet.html",
    "01-alone-worksheet.pdf",
]


@pytest.fixture(autouse=True)
def _day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1767312000")


def build(folder: Path, only: str | None = None) -> None:
    """Makes handouts of the stored notebooks in the folder, in its subfolder `out`."""
    asyncio.run(build_handouts(folder, folder / "out", only, stored=True))


def command(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The same by the command, from a fresh run."""
    return subprocess.run(
        [*HANDOUTS, "--notebooks", str(folder), "--output", str(folder / "out"), *arguments],
        capture_output=True,
        text=True,
    )


def alone(folder: Path, source: str = "print(6 * 7)", name: str = "01-alone") -> Path:
    return write(
        folder / f"{name}.ipynb",
        f"# {name}\n\nWhat it is good for.\n\n## Try",
        code(source, printed("what was stored\n")),
    )


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def pdf_text(path: Path) -> str:
    return "".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(path))


def test_a_fresh_run_gives_the_outputs_and_leaves_the_notebook_as_it_was(tmp_path: Path) -> None:
    path = alone(tmp_path)
    before = path.read_bytes()
    finished = command(tmp_path)
    assert finished.returncode == 0, finished.stderr
    assert re.fullmatch(r"01-alone  run in \d+\.\d s\n01-alone  made in \d+\.\d s\n", finished.stdout)
    assert path.read_bytes() == before
    assert sorted(contents(tmp_path / "out")) == [*FILES, "01-alone.ts", "index.html"]
    page = (tmp_path / "out" / FILES[0]).read_text()
    assert "42" in page
    assert "what was stored" not in page
    assert "42" in pdf_text(tmp_path / "out" / FILES[1])


@pytest.mark.skipif(WITHOUT is not None, reason=f"no network of its own: {WITHOUT}")
def test_lessons_run_side_by_side(tmp_path: Path) -> None:
    for name, other in [("01-alone", "02-other"), ("02-other", "01-alone")]:
        wait = f"import os, time\nopen({name!r}, 'w').close()\nwhile not os.path.exists({other!r}): time.sleep(0.01)"
        alone(tmp_path, wait, name)
    finished = command(tmp_path)
    assert finished.returncode == 0, finished.stderr


def test_stored_outputs_are_taken_without_a_run(tmp_path: Path) -> None:
    alone(tmp_path, "raise SystemExit('this must not run')")
    build(tmp_path)
    assert "what was stored" in (tmp_path / "out" / FILES[0]).read_text()
    assert "what was stored" in pdf_text(tmp_path / "out" / FILES[1])


def test_the_same_outputs_give_the_same_files(tmp_path: Path) -> None:
    alone(tmp_path)
    build(tmp_path)
    first = contents(tmp_path / "out")
    build(tmp_path)
    assert contents(tmp_path / "out") == first


@pytest.mark.parametrize("stored", [[], ["--stored"]])
def test_a_failure_names_notebook_and_cell_and_leaves_every_file(tmp_path: Path, stored: list[str]) -> None:
    alone(tmp_path)
    build(tmp_path)
    before = contents(tmp_path / "out")
    alone(tmp_path, name="02-broken")
    if stored:
        text = "## Look\n\n![words](missing.svg)"
        write(tmp_path / "02-broken.ipynb", "# Broken", text, code("1"))
        place = '02-broken.ipynb, text cell (id cell-2, "Look")'
    else:
        alone(tmp_path, "1 / 0", name="02-broken")
        place = '02-broken.ipynb, cell 1 (id cell-2, "Try")'
    finished = command(tmp_path, *stored)
    assert finished.returncode == 1
    assert place in finished.stderr
    assert finished.stderr.endswith("Every handout is as it was.\n")
    assert contents(tmp_path / "out") == before


def test_a_character_that_no_font_has_names_its_cell(tmp_path: Path) -> None:
    write(tmp_path / "01-alone.ipynb", "# T\n\n## Odd", code("1"), code("print('\U0001f9ee\U000f1234')"))
    with pytest.raises(HandoutError, match=re.escape('01-alone.ipynb, cell 2 (id cell-3, "Odd")')):
        build(tmp_path)
    assert contents(tmp_path / "out") == {}


def test_pair_makes_one_lesson_and_keeps_the_others_in_the_index(tmp_path: Path) -> None:
    for name in ("01-alone", "02-other", "03-third"):
        alone(tmp_path, name=name)
    build(tmp_path, "02-other")
    assert [file for file in sorted(contents(tmp_path / "out")) if "01" in file or "03" in file] == []
    build(tmp_path, "01-alone")
    index = (tmp_path / "out" / "index.html").read_text()
    assert index.count("<p>What it is good for.</p>") == 2
    assert re.findall(r"<h2>(.+)</h2>", index) == ["01 · 01-alone", "02 · 02-other"]
    (tmp_path / "03-third.ipynb").write_text("not even a notebook")
    build(tmp_path, "02-other")
    again = (tmp_path / "out" / "index.html").read_text()
    assert re.findall(r"<h2>(.+)</h2>", again) == ["01 · 01-alone", "02 · 02-other"]
    assert again.count('href="01-alone-reading.pdf"') == 1
    with pytest.raises(LessonError, match="there is no lesson 04-none"):
        build(tmp_path, "04-none")


def test_a_notebook_that_belongs_to_no_lesson_is_left_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    alone(tmp_path)
    (tmp_path / "Untitled.ipynb").write_text("not even a notebook")
    build(tmp_path)
    assert sorted(contents(tmp_path / "out")) == [*FILES, "01-alone.ts", "index.html"]
    assert capsys.readouterr().err == "Untitled.ipynb is left out: a lesson is named NN-topic.ipynb\n"


def test_files_of_a_lesson_that_is_no_more_go_and_nothing_else(tmp_path: Path) -> None:
    alone(tmp_path)
    alone(tmp_path, name="02-other")
    build(tmp_path)
    (tmp_path / "out" / "my notes.html").write_text("mine")
    (tmp_path / "02-other.ipynb").unlink()
    build(tmp_path)
    assert sorted(contents(tmp_path / "out")) == [*FILES, "01-alone.ts", "index.html", "my notes.html"]


def test_stopping_it_leaves_every_file(tmp_path: Path) -> None:
    alone(tmp_path)
    build(tmp_path)
    before = contents(tmp_path / "out")
    alone(tmp_path, "import time; open('started', 'w').close(); time.sleep(3600)")
    with subprocess.Popen(
        [*HANDOUTS, "--notebooks", str(tmp_path), "--output", str(tmp_path / "out")], stderr=subprocess.PIPE, text=True
    ) as process:
        while not (tmp_path / "started").exists():
            assert process.poll() is None
            time.sleep(0.05)
        process.terminate()
        assert process.wait() == 128 + 15
        assert process.stderr is not None
        assert "Every handout is as it was." in process.stderr.read()
    assert contents(tmp_path / "out") == before


def test_pictures_are_vectors_and_the_same_in_both_forms(tmp_path: Path) -> None:
    output = nbformat.v4.new_output("display_data", data={"image/svg+xml": SVG})
    write(tmp_path / "01-alone.ipynb", "# T\n\n## Draw", code("1", output))
    build(tmp_path)
    assert 'alt="A bar"' in (tmp_path / "out" / FILES[0]).read_text()
    [page] = pypdfium2.PdfDocument(tmp_path / "out" / FILES[1])
    kinds = {item.type for item in page.get_objects()}
    assert pypdfium2.raw.FPDF_PAGEOBJ_IMAGE not in kinds
    assert pypdfium2.raw.FPDF_PAGEOBJ_PATH in kinds
    assert 'alt="A bar"' not in (tmp_path / "out" / FILES[3]).read_text()


def test_make_passes_pair_and_run_on() -> None:
    said = subprocess.run(
        ["make", "-n", "handouts", "RUN=0", "PAIR=01-echo"], cwd=REPOSITORY, capture_output=True, text=True, check=True
    ).stdout
    assert 'tools/handouts.py --pair "$PAIR" --stored' in said
    fresh = subprocess.run(
        ["make", "-n", "handouts"], cwd=REPOSITORY, capture_output=True, text=True, check=True
    ).stdout
    assert "--stored" not in fresh
