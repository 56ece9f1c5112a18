"""The notebooks as TypeScript: strict, with the solutions."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from lessons import REPOSITORY, as_exercise, as_only_check
from material import LESSONS, cells_of, has_tag

PATHS = [path for paths in LESSONS.values() for path in paths]


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder from which ../helpers and node_modules are found as they are from handouts/."""
    folder = REPOSITORY / ".build" / "handouts-to-check"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    yield folder
    shutil.rmtree(folder)


def check(folder: Path) -> subprocess.CompletedProcess[str]:
    """Has the strict compiler check the scripts in a folder, which lies where `../` is not the repository."""
    own = json.loads((REPOSITORY / "tools" / "handout" / "tsconfig.json").read_text())
    options = {**own["compilerOptions"], "rootDir": str(REPOSITORY), "rootDirs": [str(REPOSITORY), str(folder.parent)]}
    config = {
        "extends": str(REPOSITORY / "tsconfig.json"),
        "compilerOptions": options,
        "include": [f"{folder}/*.ts", str(REPOSITORY / "kernel" / "notebook-globals.d.ts")],
    }
    (folder / "tsconfig.json").write_text(json.dumps(config))
    tsc = REPOSITORY / "node_modules" / "typescript" / "bin" / "tsc"
    return subprocess.run(["node", str(tsc), "--project", str(folder)], capture_output=True, text=True)


def test_they_are_strictly_typed(handouts: Path, place: Path) -> None:
    for path in PATHS:
        shutil.copy(handouts / f"{path.stem}.ts", place)
    checked = check(place)
    assert (checked.returncode, checked.stdout) == (0, "")


def test_the_check_finds_a_wrong_type_and_a_missing_one(handouts: Path, place: Path) -> None:
    script = (handouts / "01-echo-client.ts").read_text()
    (place / "wrong.ts").write_text(script.replace('"localhost", 10000', '"localhost", "10000"', 1))
    (place / "missing.ts").write_text("export function f(x) { return x; }\n")
    checked = check(place)
    assert checked.returncode != 0
    assert "wrong.ts" in checked.stdout
    assert "missing.ts(1,19): error TS7006" in checked.stdout


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_each_cell_is_there_and_each_solution_in_its_exercises_place(path: Path, handouts: Path) -> None:
    script = (handouts / f"{path.stem}.ts").read_text()
    place = 0
    cells = [cell for cell in cells_of(path) if cell.cell_type == "code"]
    for index, cell in enumerate(cells):
        if has_tag(cell, "solution"):
            continue
        source = as_exercise(cells[index + 2].source) if has_tag(cell, "exercise") else cell.source
        if has_tag(cell, "check"):
            source = as_only_check(source)
        place = script.find(f"\n\n{source}\n", place)
        assert place >= 0, cell.id
    for cell in cells:
        if has_tag(cell, "exercise"):
            assert cell.source not in script
