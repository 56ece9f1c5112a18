"""Notebooks run without a browser: what fails in them is seen by whoever runs them."""

import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from conftest import KERNEL_NAME
from front_end import HANG, check_no_machine_path
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook, new_output


def notebook(*cells: NotebookNode) -> NotebookNode:
    spec = {"name": KERNEL_NAME, "display_name": "TypeScript", "language": "typescript"}
    return new_notebook(cells=list(cells), metadata={"kernelspec": spec})


def code(source: str, *tags: str, outputs: list[NotebookNode] | None = None) -> NotebookNode:
    metadata = {"tags": list(tags)} if tags else {}
    return new_code_cell(source, metadata=metadata, outputs=outputs or [], execution_count=1 if outputs else None)


def execute(*cells: NotebookNode, **settings: object) -> NotebookNode:
    return NotebookClient(notebook(*cells), timeout=int(HANG), **settings).execute()


def run_pytest(folder: Path, notebooks: dict[str, NotebookNode], *arguments: str) -> tuple[int, dict[str, str], str]:
    """Runs pytest over notebooks: its exit status, what became of each item, and all that it printed."""
    for name, node in notebooks.items():
        nbformat.write(node, folder / f"{name}.ipynb")
    finished = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-rA", *arguments, str(folder)],
        cwd=folder,
        env={**os.environ, "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        timeout=2 * HANG,
    )
    found = re.findall(r"^(PASSED|FAILED|ERROR) \S*?(\w+)\.ipynb::(.*?)(?: - .*)?$", finished.stdout, re.M)
    outcomes = {item if item.startswith("Cell") else name: outcome for outcome, name, item in found}
    return finished.returncode, outcomes, finished.stdout


FAILING = code("const checked = 1\nthrow new RangeError('out of reach')")
MISTYPED = code("const checked: number = 'text'")


@pytest.mark.parametrize(
    ("cell", "ename", "evalue"),
    [(FAILING, "RangeError", "out of reach"), (MISTYPED, "", "TS2322"), (code("const = 1"), "", "TS")],
)
def test_nbclient_raises_with_ename_and_evalue(cell: NotebookNode, ename: str, evalue: str) -> None:
    with pytest.raises(CellExecutionError) as caught:
        execute(code("1"), cell, code("'not reached'"))
    assert ename in caught.value.ename and caught.value.ename
    assert evalue in caught.value.evalue
    check_no_machine_path(str(caught.value))


def test_errors_that_are_allowed_are_stored_and_what_follows_runs() -> None:
    cells = execute(
        code("let reached = ['begun']"),
        *[
            cell
            for n in range(8)
            for cell in (code(f"throw new Error('no {n}')", "raises-exception"), code(f"reached.push('{n}')"))
        ],
        code("reached.join(' ')"),
    ).cells
    errors = [output for cell in cells for output in cell.outputs if output.output_type == "error"]
    assert [error.evalue for error in errors] == [f"no {n}" for n in range(8)]
    assert cells[-1].outputs[0].data["text/plain"] == "'begun 0 1 2 3 4 5 6 7'"
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))


def test_allow_errors_runs_everything() -> None:
    cells = execute(FAILING, MISTYPED, code("checked"), allow_errors=True).cells
    assert [cell.outputs[0].output_type for cell in cells] == ["error", "error", "execute_result"]
    assert cells[2].outputs[0].data["text/plain"] == "1"


def test_nbmake_reports_what_fails_and_passes_what_does_not(tmp_path: Path) -> None:
    sound = [code("const fine: number = 1; fine"), code("throw new Error('due')", "raises-exception"), code("fine + 1")]
    status, outcomes, printed = run_pytest(
        tmp_path,
        {"sound": notebook(*sound), "failing": notebook(code("1 + 1"), FAILING), "mistyped": notebook(MISTYPED)},
        "--nbmake",
    )
    assert status == 1
    assert outcomes == {"sound": "PASSED", "failing": "FAILED", "mistyped": "FAILED"}, printed
    assert "RangeError" in printed and "out of reach" in printed and "TS2322" in printed


def test_nbval_reports_errors_and_other_outputs(tmp_path: Path) -> None:
    def result(text: str, count: int) -> list[NotebookNode]:
        return [new_output("execute_result", data={"text/plain": text}, execution_count=count)]

    cells = [
        code("20 + 1", outputs=result("21", 1)),
        code("20 + 2", outputs=result("23", 2)),
        code("console.log('printed')", outputs=[new_output("stream", name="stdout", text="printed\n")]),
        code("throw new Error('unexpected')"),
        code(
            "throw new Error('expected')",
            "raises-exception",
            outputs=[new_output("error", ename="Error", evalue="expected")],
        ),
        code("20 + 3", outputs=result("23", 6)),
    ]
    status, outcomes, printed = run_pytest(tmp_path, {"lesson": notebook(*cells)}, "--nbval")
    assert status == 1
    verdicts = [outcomes[f"Cell {n}"] for n in range(6)]
    assert verdicts == ["PASSED", "FAILED", "PASSED", "FAILED", "PASSED", "PASSED"], printed


def test_jupyter_execute_stops_at_a_failure(tmp_path: Path) -> None:
    path = tmp_path / "lesson.ipynb"
    nbformat.write(notebook(code("1"), FAILING), path)
    command = [sys.executable, "-m", "jupyter", "execute", str(path)]
    finished = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=2 * HANG)
    assert finished.returncode != 0
    assert "RangeError" in finished.stderr and "out of reach" in finished.stderr
