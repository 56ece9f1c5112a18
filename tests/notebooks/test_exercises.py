"""The exercises: each has a check that a reader does not pass without work, and a solution. Whether the solution passes
is tested where the lessons are run."""

import re

import nbformat
import pytest
from lessons import find_lessons
from nbformat import NotebookNode

LESSONS = list(find_lessons())
FUNCTION = re.compile(r"^(?:async )?function\*? (\w+)", re.MULTILINE)
PARTS = ["exercise", "check", "solution"]


def parts(node: NotebookNode) -> list[tuple[str, NotebookNode]]:
    """The code cells that have to do with exercises, each with its part."""
    return [(part, cell) for cell in node.cells for part in PARTS if part in cell.metadata.get("tags", [])]


@pytest.mark.parametrize("name", LESSONS)
def test_at_least_three_in_order_each_with_its_check_and_solution(name: str) -> None:
    """Lesson 00 has one, to show what an exercise is."""
    total = 0
    for path in find_lessons()[name]:
        node = nbformat.read(path, as_version=nbformat.NO_CONVERT)
        found = parts(node)
        count, rest = divmod(len(found), 3)
        assert rest == 0
        assert [part for part, _ in found] == PARTS * count
        code = [cell.id for cell in node.cells if cell.cell_type == "code"]
        for index in range(count):
            ids = [cell.id for _, cell in found[3 * index : 3 * index + 3]]
            subject = ids[0].removeprefix("exercise-")
            assert ids == [f"{part}-{subject}" for part in PARTS]
            exercise, check, solution = [cell.source for _, cell in found[3 * index : 3 * index + 3]]
            [own] = FUNCTION.findall(exercise)
            assert FUNCTION.findall(solution) == [f"{own}Solution"], "it must not take the reader's function's place"
            assert f"const yours = check({own});" in check
            assert check.endswith("\nyours.solved();")
            start = code.index(ids[0])
            assert code[start : start + 3] == ids
        for part, cell in found:
            assert ("raises-exception" in cell.metadata.tags) == (part == "check"), cell.id
            if part == "check":
                assert [output.ename for output in cell.outputs if output.output_type == "error"] == ["NotYet"], cell.id
        total += count
    assert total >= (1 if name == "00-start-here" else 3)
