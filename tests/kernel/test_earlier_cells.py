"""What later cells know of earlier ones."""

import pytest
from conftest import Launch
from front_end import FrontEnd
from places import line


def test_a_cell_that_throws_keeps_what_it_had_declared(kernel: FrontEnd) -> None:
    kernel.fails(
        'import { isIPv4 } from "node:net"\nconst declared = 5; let changed = 1; class Shape { sides = 3 }\n'
        "function area(n: number) { return n * declared }\nchanged = 2\nthrow new Error('after that')\nchanged = 3"
    )
    assert (
        kernel.ok("[declared, changed, new Shape().sides, area(2), isIPv4('1.2.3.4')]").result
        == "[ 5, 2, 3, 10, true ]"
    )


def test_a_cell_that_was_interrupted_keeps_what_it_had_declared(kernel: FrontEnd) -> None:
    cell = kernel.stop(
        "const survivor = 7; function total(n: number) { let s = 0; for (let i = 0; i < n; i++) s += i; return s }\n"
        "console.log('waits'); await new Promise(() => {})"
    )
    assert cell.reply["status"] == "error"
    assert kernel.ok("survivor").result == "7"
    assert kernel.ok("total(5)").result == "10", "its functions are usable"
    assert kernel.ok("let rounds = 0; while (rounds < 5) { rounds += total(2) } rounds").result == "5"


@pytest.mark.parametrize(
    ("first", "second", "shown"),
    [
        ("const x = 1", "const x = 'two'; x", "'two'"),
        ("let x = 1", "let x = [3]; x", "[ 3 ]"),
        ("var x = 1", "var x: string = 'two'; x", "'two'"),
        ("class X { a = 1 }", "class X { b = 2 }\nnew X()", "X { b: 2 }"),
        ("function f() { return 1 }", "function f(n: number) { return n }\nf(2)", "2"),
        ("const f = 1", "function f() { return 'f' }\nf()", "'f'"),
        ("function f() { return 1 }", "const f = 2; f", "2"),
        ("enum E { A }", "enum E { A = 5 }\nE.A", "5"),
        ("interface I { a: number }", "interface I { b: string }\nconst i: I = { b: 'only' }; i.b", "'only'"),
        ("type T = number", "type T = string; const t: T = 'text'; t", "'text'"),
        ('import { isIP } from "node:net"', "const isIP = 'mine'; isIP", "'mine'"),
        ("const isIP = 'mine'", 'import { isIP } from "node:net"\nisIP("::1")', "6"),
        ('import * as m from "node:net"', 'import * as m from "node:path"\nm.basename("/a/b")', "'b'"),
        ('import m from "node:path"', 'import { sep as m } from "node:path"\nm', "'/'"),
        ("class X {}", "const X = 5; X", "5"),
        ("const { a, b: [c] } = { a: 1, b: [2] }", "const [c, a] = [a, c]; [a, c]", None),
    ],
)
def test_names_may_be_declared_anew(kernel: FrontEnd, first: str, second: str, shown: str | None) -> None:
    kernel.ok(first)
    kernel.ok(first)
    if shown is None:  # a cell cannot use the name that it declares anew before it does
        assert kernel.fails(second).error["ename"] in ("ReferenceError", "TypeScriptError")
    else:
        assert kernel.ok(second).result == shown


def test_closures_and_later_cells_share_top_level_variables(kernel: FrontEnd) -> None:
    kernel.ok("let tally = 0; function increment() { tally += 1; return tally }\nconst read = () => tally")
    kernel.ok("increment(); increment()")
    assert kernel.ok("tally").result == "2"
    kernel.ok("tally = 10")
    assert kernel.ok("[read(), increment(), tally]").result == "[ 10, 11, 11 ]"
    kernel.ok("tally++; tally += 5; [tally] = [tally * 2]; ({ tally } = { tally: tally + 1 })")
    assert kernel.ok("[read(), tally]").result == "[ 35, 35 ]"
    kernel.ok("for (tally of [1, 2, 3]); ")
    assert kernel.ok("read()").result == "3"


def test_late_writes_are_seen_by_later_cells(kernel: FrontEnd) -> None:
    kernel.ok("let progress = 'begun'; setTimeout(() => { progress = 'finished' }, 100)")
    kernel.ok("await new Promise(r => setTimeout(r, 300))")
    assert kernel.ok("progress").result == "'finished'"


def test_every_way_to_use_an_earlier_name(kernel: FrontEnd) -> None:
    kernel.ok(
        "const used = 1; const key = 'k'; class Used<T> { constructor(readonly v: T) {} }\ntype Alias<T> = { v: T }"
    )
    assert kernel.ok("const o = { used, key }; o").result == "{ used: 1, key: 'k' }"
    assert kernel.ok("({ [key]: used, ...{ key }, m() { return used } }).m()").result == "1"
    assert kernel.ok("`${used}` + key").result == "'1k'"
    assert kernel.ok("const { v = used } = {} as { v?: number }; v").result == "1"
    assert kernel.ok("const f = (n = used) => ({ used: n, key }); f()").result == "{ used: 1, key: 'k' }"
    assert kernel.ok("class Derived extends Used<Alias<number>> {}\nnew Derived({ v: used }).v").result == "{ v: 1 }"
    assert kernel.ok("{ const used = 'inner'; console.log({ used }) }").stdout == "{ used: 'inner' }\n"
    assert kernel.ok("typeof used + typeof Used").result == "'numberfunction'"
    assert kernel.ok("(used as number)!.toFixed(1)").result == "'1.0'"
    assert kernel.ok("let t: typeof used = 1; t").result == "1"
    assert kernel.ok("function g(used: string) { return { used } }\ng('parameter')").result == "{ used: 'parameter' }"
    assert kernel.ok("[used].map(n => ({ n, key }))").result == "[ { n: 1, key: 'k' } ]"


def test_a_property_of_an_earlier_cells_value_may_be_given_another_name(kernel: FrontEnd) -> None:
    kernel.ok("const both = { door: 1, key: 'k', deep: [{ door: 2 }] }; function make() { return both }")
    assert kernel.ok("const { door: first, ...rest } = make(); [first, rest.key]").result == "[ 1, 'k' ]"
    assert kernel.ok("const { deep: [{ door: second }] } = both; second").result == "2"
    assert kernel.ok("const { door: third = 3 } = await Promise.resolve(both); third").result == "1"
    assert kernel.ok("let fourth = 0; ({ door: fourth } = both); fourth").result == "1"
    assert kernel.ok("const f = ({ key: k }: typeof both) => k; f({ ...both, key: 'other' })").result == "'other'"
    assert kernel.ok("const another: typeof both = { door: 4, key: '', deep: [] }; another.door").result == "4"


def test_names_that_an_object_has_anyway(kernel: FrontEnd) -> None:
    for name in (
        "toString",
        "constructor",
        "hasOwnProperty",
        "valueOf",
        "then",
        "length",
        "name",
        "arguments_",
        "$",
        "_",
    ):
        kernel.ok(f"const {name} = 'mine'")
        assert kernel.ok(name).result == "'mine'"
        kernel.ok(f"let {name} = 5; function later() {{ return {name} }}")
        assert kernel.ok("later()").result == "5"


def test_names_that_begin_with_underscores(kernel: FrontEnd) -> None:
    assert kernel.ok("const _one = 1, __two = 2, ___three = 3; [_one, __two, ___three]").result == "[ 1, 2, 3 ]"
    assert kernel.ok("[_one, __two, ___three]").result == "[ 1, 2, 3 ]"


def test_names_that_node_has_too(launch: Launch) -> None:
    """A cell may declare any of them, as a module may; or is told why not."""
    front_end = launch()
    for name in (
        "exports",
        "require",
        "module",
        "__filename",
        "global",
        "process",
        "Array",
        "Error",
        "Promise",
        "Object",
    ):
        cell = front_end.ok(f"{{ const {name} = 'in a block'; {name}.length }}")
        cell = front_end.run(f"const {name} = 'mine'; {name}")
        if cell.reply["status"] == "ok":
            assert cell.result == "'mine'"
        else:
            assert name in cell.error["evalue"]
        assert front_end.ok("1 + 1").result == "2"


@pytest.mark.parametrize(
    ("declaration", "name"),
    [
        ("const require = 3", "require"),
        ("let require = 3", "require"),
        ("const exports = 1", "exports"),
        ("function exports() {}", "exports"),
        ("class require {}", "require"),
        ("export const require = 3", "require"),
        ("{ var require = 1 }", "require"),
        ("const { a: [exports] } = { a: [1] }", "exports"),
        ("import { join as require } from 'node:path'", "require"),
        ("const __checkInterrupt = 1", "__checkInterrupt"),
        ("const __lastValue = 1", "__lastValue"),
    ],
)
def test_names_that_the_kernel_needs_are_refused_and_stay(kernel: FrontEnd, declaration: str, name: str) -> None:
    cell = kernel.fails(f"console.log('ran')\n{declaration}\nconst beside = 5; 'value'")
    assert cell.error["ename"] == "TypeScriptError" and f"'{name}'" in cell.error["evalue"]
    assert line(cell, 2) in cell.traceback and cell.stdout == ""
    assert kernel.ok("require('path').join('a', 'b')").result == "'a/b'"
    assert kernel.ok("typeof exports").result == "'object'"
    assert "beside" in kernel.fails("beside").error["evalue"]


def test_names_that_the_kernel_needs_may_be_declared_elsewhere(kernel: FrontEnd) -> None:
    assert kernel.ok("type require = number; const typed: require = 1; typed").result == "1"
    assert kernel.ok("{ const require = 2; console.log(require) }").stdout == "2\n"
    assert kernel.ok("function needs(require: number) { return require }\nneeds(3)").result == "3"


def test_earlier_functions_see_functions_and_classes_that_were_declared_anew(kernel: FrontEnd) -> None:
    kernel.ok(
        "function step() { return 1 }\nclass Part { n = 1; static twin() { return new Part() } }\n"
        "function walk() { return step() + new Part().n }\nconst part = () => class extends Part {}\n"
        "const held = () => ({ step, other: step })"
    )
    assert kernel.ok("[walk(), new (part())().n, held().step(), Part.twin().n]").result == "[ 2, 1, 1, 1 ]"
    kernel.ok("function step() { return 10 }\nclass Part { n = 20 }")
    assert kernel.ok("[walk(), new (part())().n, held().step(), held().other()]").result == "[ 30, 20, 10, 10 ]"
    kernel.ok("const step = () => 100")
    assert kernel.ok("walk()").result == "120"


def test_a_function_calls_itself_and_others_without_this(kernel: FrontEnd) -> None:
    kernel.ok(
        "function fib(n: number): number { return n < 2 ? n : fib(n - 1) + fib(n - 2) }\n"
        "function owner(this: unknown) { return this }\nconst owned = () => owner()"
    )
    assert kernel.ok("const kept = fib; [kept(10), owned()]").result == "[ 55, undefined ]"
    kernel.ok("function fib(n: number) { return -1 }")
    assert kernel.ok("[kept(10), fib(10)]").result == "[ 55, -1 ]"


def test_variables_of_blocks_are_known_to_later_cells(kernel: FrontEnd) -> None:
    kernel.ok(
        "{ var inBlock = 1 }\nfor (var i = 0; i < 3; i++) { var last = [i] }\nfor (var each of ['x', 'y']);\n"
        "if (i) { var { a, b: [c] } = { a: 'a', b: [new Map([[1, 2]])] } }\nswitch (i) { case 3: var chosen = true }"
    )
    assert kernel.ok("[inBlock, i, last, each, a, chosen]").result == "[ 1, 3, [ 2 ], 'y', 'a', true ]"
    assert kernel.ok("c.get(1)").result == "2"
    assert "TS2322" in kernel.fails("const text: string = inBlock").traceback
    assert kernel.ok("inBlock += 1; inBlock").result == "2"
    kernel.ok("const reads = () => [late, i]; { var late = 1; for (var i = 5; i < 7; i++); }")
    kernel.ok("late = 2; i = 0")
    assert kernel.ok("reads()").result == "[ 2, 0 ]"
    assert kernel.ok("var twice = 1; { var twice = 2 } twice").result == "2"
    assert kernel.ok("{ var { twice, c: [c2 = 3, ...more] = [] } = { twice: 4 } as any } [twice, c2, more]").result == (
        "[ 4, 3, [] ]"
    )


def test_a_function_of_an_earlier_cell_is_called_without_this(kernel: FrontEnd) -> None:
    kernel.ok("function itsThis(this: unknown, ..._: unknown[]) { return this }; const has = new Map([[1, 2]]).has")
    for call in ("itsThis()", "itsThis?.()", "itsThis!()", "(itsThis as any)()", "(itsThis)()", "itsThis``"):
        assert kernel.ok(f"{call} === undefined").result == "true", call
    assert "called on incompatible receiver undefined" in kernel.fails("(has as any)(1)").error["evalue"]
    kernel.ok("const thing = { itsThis }")
    assert kernel.ok("thing.itsThis() === thing").result == "true"
