"""`Out[n]`, and what a cell displays beside it."""

import pytest
from front_end import FrontEnd, package_version


@pytest.mark.parametrize(
    ("code", "shown"),
    [
        ("6 * 7", "42"),
        ("{ a: 1 }", "{ a: 1 }"),
        ("{ a: 1, b: { c: [2] } } // with a comment", "{ a: 1, b: { c: [ 2 ] } }"),
        ("6 * 7 // with a comment", "42"),
        ("6 * 7\n/* and\n another */\n", "42"),
        ("'text'", "'text'"),
        ('"it\'s"', '"it\'s"'),
        ("null", "null"),
        ("0", "0"),
        ("-0", "-0"),
        ("false", "false"),
        ("''", "''"),
        ("12n", "12n"),
        ("Symbol('s')", "Symbol(s)"),
        ("NaN", "NaN"),
        ("[1, , 3]", "[ 1, <1 empty item>, 3 ]"),
        ("({ a: 1, nested: { b: [2] } })", "{ a: 1, nested: { b: [ 2 ] } }"),
        ("new Map([['k', new Set([1])]])", "Map(1) { 'k' => Set(1) { 1 } }"),
        ("new Uint8Array([1, 2])", "Uint8Array(2) [ 1, 2 ]"),
        ("Buffer.from('hi')", "<Buffer 68 69>"),
        ("class Named { x = 1 }\nnew Named()", "Named { x: 1 }"),
        ("class Bare {}\nBare", "[class Bare]"),
        ("() => 1", "[Function (anonymous)]"),
        ("new Date(0)", "1970-01-01T00:00:00.000Z"),
        ("/re/g", "/re/g"),
        ("Promise.resolve(1)", "Promise { 1 }"),
        ("await Promise.resolve(1)", "1"),
        ("let assigned = 1; assigned = 2", "2"),
        ("let counted = 1; counted++", "1"),
        ("`template ${1 + 1}`", "'template 2'"),
        ("true ? 'then' : 'else'", "'then'"),
        ("[3, 1, 2].sort()", "[ 1, 2, 3 ]"),
        ("new Error('a value, not thrown').message", "'a value, not thrown'"),
        ("'😀'.length", "2"),
        ("using held = { [Symbol.dispose]() {} }\nlet used = held ? 'held' : ''\nused", "'held'"),
        ("await using held = { async [Symbol.asyncDispose]() {} };\n[1].map(n => n + 1)", "[ 2 ]"),
    ],
)
def test_the_value_of_the_last_expression_is_shown(kernel: FrontEnd, code: str, shown: str) -> None:
    cell = kernel.ok(code)
    assert cell.result == shown
    assert cell.types == ["execute_result"]


def test_a_promise_shows_no_notes_of_contexts_that_somebody_keeps(kernel: FrontEnd) -> None:
    kernel.ok("new (require('node:async_hooks').AsyncLocalStorage)().run(1, () => {})")
    assert kernel.ok("Promise.resolve(1)").result == "Promise { 1 }"


@pytest.mark.parametrize(
    "code",
    [
        "undefined",
        "void 0",
        "6 * 7;",
        "6 * 7; // with a comment",
        "{ a: 1 };",
        "const declared = 1",
        "function declaredFunction() { return 1 }",
        "if (true) { 5 }",
        "for (const n of [1, 2]) { n }",
        "[1].forEach(() => {})",
        "await Promise.resolve()",
        "5; const last = 1",
        'import * as net from "node:net"',
        "class Declared {}",
        "enum Colour { Red }",
        "type T = 1",
    ],
)
def test_no_value_shows_nothing(kernel: FrontEnd, code: str) -> None:
    assert kernel.ok(code).types == []


def test_a_value_shows_itself_beside_its_plain_text(kernel: FrontEnd) -> None:
    cell = kernel.ok(
        "class Table { constructor(public rows: number) {}\n"
        "  [Symbol.for('Jupyter.display')]() { return { 'text/html': `<p>${this.rows}</p>`, "
        "'application/json': { n: 1 },\n"
        "    'image/png': new Uint8Array([1, 2, 255]) } } }\n"
        "new Table(3)"
    )
    data = cell.contents("execute_result")[0]["data"]
    assert data["text/plain"].startswith("Table {")
    assert data["text/html"] == "<p>3</p>"
    assert data["application/json"] == {"n": 1}
    assert data["image/png"] == "AQL/"


def test_a_value_may_show_itself_late_and_choose_its_plain_text(kernel: FrontEnd) -> None:
    cell = kernel.ok(
        "({ async [Symbol.for('Jupyter.display')]() { await new Promise(r => setTimeout(r, 20));"
        " return { 'text/plain': 'its own', 'text/markdown': '*own*' } } })"
    )
    assert cell.contents("execute_result")[0]["data"] == {"text/plain": "its own", "text/markdown": "*own*"}


@pytest.mark.parametrize(
    "value",
    [
        "({ [Symbol.for('Jupyter.display')]: () => { throw new Error('cannot') } })",
        "({ [Symbol.for('Jupyter.display')]: async () => { throw new Error('cannot') } })",
        "({ [Symbol.for('Jupyter.display')]: () => ({ 'application/json': 1n }) })",
        "const circle: { self?: object } = {}; circle.self = circle;"
        " ({ [Symbol.for('Jupyter.display')]: () => ({ 'application/json': circle }) })",
        "({ [Symbol.for('Jupyter.display')]: () => ({ 'text/html': () => 1 }) })",
        "({ [Symbol.for('Jupyter.display')]: () => null })",
        "({ [Symbol.for('Jupyter.display')]: () => 'text' })",
        "({ [Symbol.for('Jupyter.display')]: 'no function' })",
        "({ [Symbol.for('nodejs.util.inspect.custom')]() { throw new Error('cannot') } })",
        "const gone = Proxy.revocable({}, {}); gone.revoke(); gone.proxy",
        "new Proxy({}, { get() { throw new Error('cannot') }, ownKeys() { throw new Error('cannot') } })",
    ],
)
def test_a_value_that_cannot_show_itself_is_told_and_harms_nothing(kernel: FrontEnd, value: str) -> None:
    cell = kernel.run(value)
    if cell.reply["status"] == "ok":
        assert cell.result
    else:
        assert cell.error["evalue"]
    assert kernel.ok("'still here'").result == "'still here'"


def test_display_of_what_is_no_json_is_told(kernel: FrontEnd) -> None:
    for data in ("1n", "(() => 1)"):
        cell = kernel.run(
            'import { currentCell } from "../interface/cell";\n'
            f"currentCell()?.display({{ 'application/json': {data} }})"
        )
        assert cell.errors or cell.contents("display_data"), "shown or refused, not lost"


def test_what_zx_ran_is_shown_as_it_printed(kernel: FrontEnd) -> None:
    cell = kernel.ok('import { $ } from "zx"\nawait $`printf "one\\\\ntwo\\\\n"`')
    assert cell.result == "one\ntwo"
    assert cell.types == ["execute_result"]


def test_a_failed_command_of_zx_is_an_error(kernel: FrontEnd) -> None:
    cell = kernel.fails('import { $ } from "zx"\nawait $`echo seen; echo wrong >&2; exit 3`')
    assert cell.error["ename"] == "ProcessOutput"
    assert "3" in cell.error["evalue"]
    assert "wrong" in cell.traceback and "seen" in cell.traceback


def test_long_values_are_cut(kernel: FrontEnd) -> None:
    for code in ("'x'.repeat(100_000_000)", "Array.from({ length: 1_000_000 }, (_, i) => i)", "new Uint8Array(1e8)"):
        cell = kernel.ok(code)
        assert cell.result and len(cell.result) < 100_000 and "more" in cell.result


def test_a_display_is_updated_in_place(kernel: FrontEnd) -> None:
    first = kernel.ok('import * as tslab from "tslab"; const shown = tslab.newDisplay(); shown.text("one")')
    assert first.types == ["display_data"]
    original = first.contents("display_data")[0]
    assert original["data"] == {"text/plain": "one"} and original["transient"]["display_id"]
    second = kernel.ok('shown.html("<b>two</b>")')
    assert second.types == ["update_display_data"]
    update = second.contents("update_display_data")[0]
    assert update["data"] == {"text/html": "<b>two</b>"}
    assert update["transient"] == original["transient"]


def test_the_display_functions_of_tslab(kernel: FrontEnd) -> None:
    code = 'import * as tslab from "tslab";\n' + "\n".join(
        f"tslab.display.{name}('data');" for name in ("html", "markdown", "svg", "latex", "javascript", "text")
    )
    bundles = [content["data"] for content in kernel.ok(code).contents("display_data")]
    assert bundles == [
        {mime: "data"}
        for mime in ("text/html", "text/markdown", "image/svg+xml", "text/latex", "text/javascript", "text/plain")
    ]
    octets = kernel.ok("tslab.display.png(new Uint8Array([137, 80, 78, 71])); tslab.display.raw('text/x', 'raw')")
    assert [content["data"] for content in octets.contents("display_data")] == [
        {"image/png": "iVBORw=="},
        {"text/x": "raw"},
    ]
    assert package_version("tslab") in (kernel.ok("tslab.versions.tslab").result or "")


def test_a_late_display_goes_to_its_cell(kernel: FrontEnd) -> None:
    cell = kernel.ok('import { display } from "tslab"; setTimeout(() => display.text("late"), 300); 0')
    kernel.ok("'another cell'")
    kernel.until(lambda: cell.contents("display_data"), "the display")
    assert cell.contents("display_data")[0]["data"] == {"text/plain": "late"}


def test_clear_output(kernel: FrontEnd) -> None:
    cell = kernel.ok(
        'import { currentCell } from "../interface/cell";\n'
        "console.log('a'); currentCell()?.clearOutput(); console.log('b');\n"
        "currentCell()?.clearOutput(true); console.log('c')"
    )
    assert cell.types == ["stream", "clear_output", "stream", "clear_output", "stream"]
    assert [content["wait"] for content in cell.contents("clear_output")] == [False, True]


PROXIES = {
    "a function": "new Proxy(() => {}, { get: () => () => 5 })",
    "an object": "new Proxy({}, { get: () => () => proxied, has: () => true })",
    "itself": "new Proxy(function () {}, { get: () => proxied, apply: () => proxied, has: () => true })",
}


@pytest.mark.parametrize("answer", PROXIES)
def test_a_proxy_that_answers_everything_is_shown(kernel: FrontEnd, answer: str) -> None:
    cell = kernel.start(f"var proxied: any = {PROXIES[answer]}; proxied")
    kernel.wait(cell)
    assert cell.result is not None, cell.describe()
    cell = kernel.start("console.log(proxied); throw proxied")
    kernel.wait(cell)
    assert cell.stdout and cell.error["ename"] == "Uncaught"


def test_a_promise_that_nobody_awaits_is_told_of_under_the_value(kernel: FrontEnd) -> None:
    kernel.ok("async function isLate() { await null; return 'late' }")
    shown = kernel.ok("isLate()")
    assert shown.types == ["execute_result", "stream"]
    assert shown.stderr == "[not awaited: write `await isLate()` in line 1]\n"
    assert kernel.ok("isLate();\n1").stderr == shown.stderr
    failed = kernel.fails("1\nisLate(); throw new Error('after it')")
    assert (failed.types, failed.error["evalue"]) == (["stream", "error"], "after it")
    assert failed.stderr == "[not awaited: write `await isLate()` in line 2]\n"
    for code in ("await isLate()", "void isLate()", "const willBe = isLate()", "willBe", "isLate().catch(() => {})"):
        assert kernel.ok(code).stderr == ""
    assert kernel.fails("const wrongly: number = 'text'; isLate()").stderr == ""
    assert kernel.ok("isLate()", silent=True).types == []
