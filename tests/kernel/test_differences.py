"""What docs/kernel.md says of this kernel in its two tables: a row, a test."""

import re
from collections.abc import Iterator

import pytest
from conftest import Copy, SharedKernel
from front_end import REPOSITORY, FrontEnd

ROWS = re.findall(r"^\| (?!You write|-)(.+?) \| .* \| (.+) \|$", (REPOSITORY / "docs" / "kernel.md").read_text(), re.M)

REFUSED = {
    "`!ls`": ("!ls", "await $`ls`"),
    "`%timeit f()`": ("%timeit f()", "console.time"),
    "`_` after a value": ("_", "not declared yet: `_`"),
    '`import x from "npm:is-number"`': ('import x from "npm:is-number"', "TS2307"),
    '`import x from "https://…"`': ('import x from "https://127.0.0.1/x.ts"', "TS2307"),
    "`globalThis.n = 1; n`": ("globalThis.nowhere = 1; nowhere", "not declared yet: `nowhere`"),
    "`<p/>`": ("const shown = <p/>", "TS"),
    '`const n: number = "text"`': ('const n: number = "text"', "TS2322"),
    "`process.exit()`": ("process.exit()", "ends this cell only"),
}

LATE = {
    '`setTimeout(() => console.log("late"))`': "setTimeout(() => console.log('late')); 0",
    "`setTimeout(() => { throw new Error() })`": "setTimeout(() => { throw new Error('late') }); 0",
    "a rejected promise that nobody awaits": "Promise.reject(new Error('late')); 0",
}

STOPPED = {
    "stop, at `readFileSync` of a named pipe": "const { execSync, spawnSync } = require('node:child_process');\n"
    "const unwritten = execSync('mktemp -u').toString().trim(); spawnSync('mkfifo', [unwritten]);\n"
    "try { require('node:fs').readFileSync(unwritten) } finally { require('node:fs').rmSync(unwritten) }",
    "stop, at `await new Promise(() => {})`": "await new Promise(() => {})",
    "stop, at `while (true) {}`": "while (true) {}",
}

OTHERS = {
    "`f()`, where `f` is `async`",
    "`5;`",
    '`import x from "./x.json"`, which is no JSON',
    '`spawnSync("echo", ["hi"], { stdio: "inherit" })`',
    "*Debug* in the toolbar",
    "Shift-Tab twice",
    "widgets",
    "an edited file, imported again",
    '`console.log("x".repeat(3_000_000))`',
    "a parameter without a type",
    "Shift-Tab in `f(`",
}


def test_each_row_is_tried() -> None:
    assert sorted(written for written, _ in ROWS) == sorted([*REFUSED, *LATE, *STOPPED, *OTHERS])


@pytest.fixture(scope="module")
def shared_kernel() -> Iterator[SharedKernel]:
    """A kernel in which no other test has declared anything."""
    shared = SharedKernel()
    yield shared
    shared.give_up()


@pytest.mark.parametrize("row", REFUSED)
def test_refused(kernel: FrontEnd, row: str) -> None:
    code, said = REFUSED[row]
    assert said in kernel.fails(code).traceback
    assert kernel.ok("'goes on'").result == "'goes on'"


@pytest.mark.parametrize("row", LATE)
def test_late(kernel: FrontEnd, row: str) -> None:
    cell = kernel.ok(LATE[row])
    newer = kernel.ok("console.log('newer')")
    kernel.until(lambda: cell.stdout or cell.errors, "what is late")
    assert cell.stdout == "late\n" or cell.error["evalue"] == "late"
    assert newer.types == ["stream"]


@pytest.mark.parametrize("row", STOPPED)
def test_stopped(kernel: FrontEnd, row: str) -> None:
    cell = kernel.stop(f"console.log('in'); {STOPPED[row]}")
    assert "interrupt" in cell.error["evalue"]
    assert kernel.ok("'goes on'").result == "'goes on'"


def test_others(kernel: FrontEnd, edited: FrontEnd, helpers: Copy) -> None:
    debug = {"type": "request", "seq": 1, "command": "debugInfo", "arguments": {}}
    assert "no debugger" in kernel.ask("debug_request", debug, "control")["message"]
    levels = [
        kernel.ask("inspect_request", {"code": "parseInt", "cursor_pos": 3, "detail_level": level}) for level in (0, 1)
    ]
    assert levels[0] == levels[1] and levels[0]["found"]
    called = kernel.ask("inspect_request", {"code": "parseInt(", "cursor_pos": 9, "detail_level": 0})
    assert "parseInt(string: string" in called["data"]["text/plain"]
    kernel.send("comm_open", {"comm_id": "one", "target_name": "jupyter.widget", "data": {}})
    kernel.ok("0")
    printed = kernel.ok("console.log('x'.repeat(3_000_000))")
    assert len(printed.stdout) == 900_000 and "900000 characters" in printed.stderr
    assert kernel.ok("function twice(n) { return n * 2 }\ntwice(2)").result == "4"
    promised = kernel.ok("async function givesFive() { return 5 }\ngivesFive()")
    assert (promised.result, promised.stderr) == (
        "Promise { 5 }",
        "[not awaited: write `await givesFive()` in line 2]\n",
    )
    assert kernel.ok("5;").types == []
    assert kernel.ok("declare global { var everywhere: number }\nglobalThis.everywhere = 1; everywhere").result == "1"
    echoed = kernel.ok("require('node:child_process').spawnSync('echo', ['hi'], { stdio: 'inherit' }); undefined")
    assert echoed.stdout == "hi\n"
    helpers.helper("differs.json", "{\n  wrong }\n")
    broken = edited.fails('import x from "../helpers/differs.json"; x')
    assert "../helpers/differs.json:2:3 is no JSON" in broken.error["evalue"]
    helpers.helper("differs.ts", "export const n = 1;\n")
    assert edited.ok('import { n } from "../helpers/differs"\nconst read = () => n; n').result == "1"
    helpers.helper("differs.ts", "export const n = 2;\n")
    assert edited.ok("[n, read()]").result == "[ 2, 2 ]"
