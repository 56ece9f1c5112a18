"""TypeScript's errors, in the lines of the cell."""

import re

import pytest
from conftest import Launch
from front_end import FrontEnd


def test_type_errors_show_the_line_a_marker_and_the_code(kernel: FrontEnd) -> None:
    cell = kernel.fails("const fine = 1\nconst wrong: number = 'text'\n\n  fine.nothing()")
    count = cell.reply["execution_count"]
    lines = cell.traceback.splitlines()
    assert any(f"cell [{count}]:2:7" in line and "TS2322" in line for line in lines)
    assert any(f"cell [{count}]:4:8" in line and "TS2339" in line for line in lines)
    source = next(i for i, line in enumerate(lines) if "const wrong: number = 'text'" in line)
    marker = lines[source + 1]
    assert marker.count("~") == len("wrong") and marker.index("~") == lines[source].index("wrong")
    source = next(i for i, line in enumerate(lines) if "fine.nothing()" in line)
    assert lines[source + 1].index("~") == lines[source].index("nothing")
    assert "TS2322" in cell.error["evalue"]


def test_a_cell_that_is_run_before_those_above_it_says_so_in_one_line(kernel: FrontEnd) -> None:
    cell = kernel.fails("async function main() {\n  const s = { q1w2e3r4 };\n  await z9y8x7w6(q1w2e3r4, s);\n}")
    assert cell.error["evalue"] == "not declared yet: `q1w2e3r4`, `z9y8x7w6`. Run the cells above first"
    assert cell.traceback.strip().endswith(cell.error["evalue"]) and "\n" not in cell.traceback.strip()
    near = kernel.fails("const zyxListener = 1; zyxListner")
    assert "Did you mean 'zyxListener'?" in near.traceback
    other = kernel.fails("q1w2e3r4; const n: number = 'text'")
    assert "TS2304" in other.traceback and "TS2322" in other.traceback


def test_a_name_that_typescript_takes_for_a_packages_is_not_declared_yet_either(launch: Launch) -> None:
    """In a kernel where no other test has declared it."""
    front_end = launch()
    for name in ("$", "test", "describe"):
        said = front_end.fails(f"{name}('')").error["evalue"]
        assert said == f"not declared yet: `{name}`. Run the cells above first"


def test_syntax_errors_show_the_line_and_a_marker(kernel: FrontEnd) -> None:
    cell = kernel.fails("const a = 1\nconst = 2")
    assert re.search(rf"cell \[{cell.reply['execution_count']}\]:2:7 - error TS\d+", cell.traceback)
    assert "~" in cell.traceback


def test_errors_at_the_ends_of_a_cell(kernel: FrontEnd) -> None:
    first = kernel.fails("1()")
    assert f"cell [{first.reply['execution_count']}]:1:1 " in first.traceback
    last = kernel.fails("const a = 1;\nfunction f() {\n  return 1")
    assert f"cell [{last.reply['execution_count']}]:3:" in last.traceback
    assert "export {" not in last.traceback and "export{" not in last.traceback


def test_errors_on_lines_with_tabs_and_wide_characters(kernel: FrontEnd) -> None:
    cell = kernel.fails("const s = '😀é';\t\tconst wrong: number = s\r\nconst t: boolean = s\r\n")
    count = cell.reply["execution_count"]
    assert f"cell [{count}]:1:25 " in cell.traceback and f"cell [{count}]:2:7 " in cell.traceback


def test_a_cell_that_does_not_compile_does_nothing(kernel: FrontEnd) -> None:
    kernel.ok("let untouched = 'as before'")
    cell = kernel.fails("untouched = 'changed'; console.log('not reached'); const never: number = 'x'")
    assert cell.types == ["error"]
    assert kernel.ok("untouched").result == "'as before'"
    assert "never" in kernel.fails("never").error["evalue"]


def test_strictness_and_what_an_explorer_may_leave_out(kernel: FrontEnd) -> None:
    assert (
        "TS18047" in kernel.fails("const maybe: string | null = Math.random() > 2 ? 'x' : null; maybe.length").traceback
    )
    assert kernel.ok("function loose(x) { return x * 2 }\nloose(21)").result == "42"
    assert kernel.ok("function fib(n) { return n < 2 ? n : fib(n - 1) + fib(n - 2) }\nfib(10)").result == "55"
    assert kernel.ok("const o = { a: 1, own: null }; const key = 'a' as string; o[key]").result == "1"
    assert kernel.ok("const looks = { get me() { return looks.n }, n: 2 }; looks.me").result == "2"
    assert kernel.ok("class Bare { member; get(n) { return n } }\nnew Bare().get(3)").result == "3"
    assert kernel.ok("function* endless() { const got = yield 1; return got }\nendless().next().value").result == "1"
    assert kernel.ok("function itself() { return this }\nitself.call(3)").result == "3"
    assert "TS2345" in kernel.fails("parseInt(5)").traceback
    assert kernel.ok("let unused = 1; function f(unusedToo: number) {}").types == []


def test_all_errors_are_shown_not_the_first_only(kernel: FrontEnd) -> None:
    cell = kernel.fails("\n".join(f"const wrong{n}: number = 'text {n}'" for n in range(1, 13)))
    assert cell.traceback.count("TS2322") == 12


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("for (const x of laterList()) {}", "TS2488"),
        ("laterList().map(n => n)", "TS2339"),
        ("if (laterList()) {}", "TS2801"),
        ("const [firstOfThese] = laterList()", "TS2488"),
        ("const counting = (n: number) => n\ncounting(laterNumber())", "TS2345"),
    ],
)
def test_what_typescript_asks_about_a_forgotten_await_is_in_the_line_of_the_error(
    kernel: FrontEnd, code: str, error: str
) -> None:
    kernel.ok("async function laterList() { return [1] }\nasync function laterNumber() { return 1 }")
    cell = kernel.fails(code)
    first, blank, source, marker = cell.traceback.splitlines()
    assert error in first and first.endswith(" Did you forget to use 'await'?") and blank == ""
    assert code.splitlines()[-1] in source and set(marker) == {" ", "~"}
    assert cell.error["evalue"].endswith(" Did you forget to use 'await'?")


def test_a_hint_at_another_place_keeps_its_place(kernel: FrontEnd) -> None:
    cell = kernel.fails("usedTooSoon; let usedTooSoon = 1")
    assert "cell [" in cell.traceback.split("~~~~")[-3] and "'usedTooSoon' is declared here." in cell.traceback


def test_types_of_one_name_are_told_apart_without_paths(kernel: FrontEnd) -> None:
    kernel.ok("class Renewed { older = 1 }\nconst ofOlder = new Renewed()")
    cell = kernel.fails("class Renewed { newer = 1 }\nconst ofNewer: Renewed = ofOlder")
    assert "required in type 'Renewed of this cell'" in cell.traceback
    assert "required in type 'Renewed of this cell'" in cell.error["evalue"]
    assert "__" not in cell.traceback and "import(" not in cell.traceback
