"""Declarations of every kind, also exported, global and without a name."""

from pathlib import Path

import pytest
from conftest import Copy
from front_end import FrontEnd
from places import line


def test_declarations_of_every_kind(kernel: FrontEnd) -> None:
    assert (
        kernel.ok(
            "enum Level { Low = 'low', High = 'high' }\nconst enum Fast { Yes = 1 }\n[Level.High, Fast.Yes]"
        ).result
        == "[ 'high', 1 ]"
    )
    assert kernel.ok("Level.Low").result == "'low'"
    assert kernel.ok("namespace Geo { export const pi = 3; export type Unit = 'm' }\nGeo.pi").result == "3"
    assert kernel.ok("const unit: Geo.Unit = 'm'; Geo.pi").result == "3"
    assert (
        kernel.ok(
            "abstract class Animal { abstract name(): string }\n"
            "class Dog extends Animal { name() { return 'dog' } }\nnew Dog().name()"
        ).result
        == "'dog'"
    )
    assert (
        kernel.ok(
            "function over(a: string): string; function over(a: number): number; "
            "function over(a: any) { return a }\nover(1)"
        ).result
        == "1"
    )
    assert kernel.ok("over('s')").result == "'s'"
    assert kernel.ok("function* count() { yield 1; yield 2 }\n[...count()]").result == "[ 1, 2 ]"
    assert (
        kernel.ok(
            "async function* later() { yield* [1, 2] }\nconst out = []; for await (const n of later()) out.push(n); out"
        ).result
        == "[ 1, 2 ]"
    )
    assert kernel.ok("const tuple: [a: string, b?: number] = ['x']; tuple").result == "[ 'x' ]"
    assert kernel.ok("const frozen = { deep: { x: 1 } } as const satisfies object; frozen.deep.x").result == "1"
    assert (
        kernel.ok(
            "class Private { #secret = 1; static made: number; "
            "static { Private.made = 2 } peek() { return this.#secret } }\n"
            "[new Private().peek(), Private.made]"
        ).result
        == "[ 1, 2 ]"
    )
    assert kernel.ok("new Private().peek()").result == "1"
    assert (
        kernel.ok(
            "label: for (const a of [1, 2]) { for (const b of [1, 2]) { if (b === 2) continue label } }\n'labelled'"
        ).result
        == "'labelled'"
    )
    assert kernel.ok("let definite!: number; definite = 1; definite").result == "1"
    assert kernel.ok("export const exported = 'with export'; exported").result == "'with export'"
    assert kernel.ok("exported").result == "'with export'"


@pytest.mark.parametrize(
    ("declaration", "use", "shown"),
    [
        ("const clause = 1; export { clause };", "clause", "1"),
        ("let clause = 2; export { clause }; clause += 1", "clause", "3"),
        ("function clause() { return 4 }\nexport { clause, clause as other }", "clause()", "4"),
        ("class Clause { n = 5 }\nexport { Clause }; new Clause()", "new Clause()", "Clause { n: 5 }"),
        ("import { join } from 'node:path'; export { join };", "join('a', 'b')", "'a/b'"),
        ("type Clause = number; export { Clause }", "const n: Clause = 6; n", "6"),
        ("type Clause = number; export type { Clause }", "const n: Clause = 6; n", "6"),
        ("const renamed = 7; export { renamed as other }", "renamed", "7"),
        ("const clause = 8; export { clause as default }", "clause", "8"),
        ("const clause = 8; export default clause", "clause", "8"),
        ("export default function preset() { return 9 }\npreset()", "preset()", "9"),
        ("export default async function preset() { return 10 }", "await preset()", "10"),
        ("/** Its text. */ export /* so */ default class Preset { n = 11 }", "new Preset()", "Preset { n: 11 }"),
        ("export default abstract class Preset { static n = 12 }", "Preset.n", "12"),
        ("export default interface Preset { n: number }", "const p: Preset = { n: 13 }; p.n", "13"),
        ("export default function () { return 14 }", "'nothing to call'", "'nothing to call'"),
        ("export default 15", "'nothing to name'", "'nothing to name'"),
    ],
)
def test_exports_of_every_form(kernel: FrontEnd, declaration: str, use: str, shown: str) -> None:
    for _ in range(2):
        kernel.ok(declaration)
        assert kernel.ok(use).result == shown
        assert kernel.ok(use).result == shown


def test_an_export_clause_is_checked(kernel: FrontEnd) -> None:
    cell = kernel.fails("const here = 1\nexport { here, absent }")
    assert "not declared yet: `absent`" in cell.error["evalue"]


def test_global_declarations(kernel: FrontEnd) -> None:
    kernel.ok("declare global { var everywhere: number }\nglobalThis.everywhere = 5")
    assert kernel.ok("everywhere += 1; [everywhere, { everywhere }]").result == "[ 6, { everywhere: 6 } ]"
    cell = kernel.fails("declare global { var somewhere: number }\nconst wrong: number = 'text'")
    assert "TS2322" in cell.error["evalue"] and line(cell, 2) in cell.traceback
    assert kernel.ok("const __global = 6; __global").result == "6"
    assert kernel.ok("__global").result == "6"


def test_namespaces_and_ambient_blocks_are_known_until_they_are_declared_anew(kernel: FrontEnd) -> None:
    kernel.ok(
        "namespace Kept { export const pi = 3; export type Unit = 'm' }\n"
        "function merged() { return 1 }\nnamespace merged { export const n = 5 }\n"
        "declare global { var known: number }\ndeclare global { interface Array<T> { second(): T } }\n"
        "globalThis.known = 1; Array.prototype.second = function () { return this[1] }"
    )
    kernel.ok('declare module "node:net" { interface Socket { extra?: number } }\nimport * as net from "node:net"')
    for n in range(2, 4):
        assert kernel.ok("const unit: Kept.Unit = 'm'; Kept.pi").result == "3"
        assert kernel.ok("merged() + merged.n").result == "6"
        assert kernel.ok("[3, 4].second()").result == "4"
        assert kernel.ok("known += 1; known").result == f"{n}"
        assert kernel.ok("const extra: number | undefined = new net.Socket().extra; 0").result == "0"
    kernel.ok("namespace Kept { export const e = 2 }")
    kernel.ok("declare global { var known: string }\nglobalThis.known = 'text'")
    kernel.ok("0")
    assert kernel.ok("[Kept.e, known.length, [5, 6].second()]").result == "[ 2, 4, 6 ]"
    assert "pi" in kernel.fails("Kept.pi").error["evalue"]
    kernel.ok("const Kept = 'a name'")
    assert kernel.ok("Kept.length").result == "6"


def test_values_whose_types_have_no_name(kernel: FrontEnd, tmp_path: Path) -> None:
    """A declaration of such a value cannot be written down, which must not keep the cell from running."""
    kernel.ok("const Anonymous = class { private hidden = 1; shown = 2 }; const instance = new Anonymous()")
    assert kernel.ok("instance.shown").result == "2"
    kernel.ok("function local() { class Inner { x = 1 } return new Inner() }\nconst inner = local()")
    assert kernel.ok("inner.x").result == "1"
    kernel.ok("const unique = Symbol('u'); const keyed = { [unique]: 3 }")
    assert kernel.ok("keyed[unique]").result == "3"
    kernel.ok("const recursive = { get self() { return this }, n: 4 }")
    assert kernel.ok("recursive.self.n").result == "4"
    kernel.ok('import * as net from "node:net"; const made = net.createServer(); const bound = made.listen.bind(made)')
    assert kernel.ok("typeof bound").result == "'function'"
    kernel.ok('import { $ } from "zx"; const command = $`true`; const output = await command')
    assert kernel.ok("output.exitCode").result == "0"


def test_values_of_types_that_a_helper_keeps_to_itself(edited: FrontEnd, helpers: Copy) -> None:
    helpers.helper(
        "secretive.ts",
        "interface Hidden { value: number }\nclass Unexported { constructor(readonly "
        "n: number) {} twice() { return this.n * 2 } }\n"
        "const brand = Symbol('brand');\n"
        "export const make = (): Hidden => ({ value: 5 });\nexport const build = () => new Unexported(4);\n"
        "export const branded = () => ({ [brand]: 1, plain: 6 });\n"
        "export const mixin = () => class { protected p = 1; q = 2 };\n",
    )
    edited.ok(
        'import { make, build, branded, mixin } from "../helpers/secretive"\n'
        "const made = make(); const built = build(); const marked = branded(); const Mixed = mixin()"
    )
    assert edited.ok("[made.value, built.twice(), marked.plain, new Mixed().q]").result == "[ 5, 8, 6, 2 ]"


def test_a_variable_may_be_declared_twice_by_var(kernel: FrontEnd) -> None:
    assert kernel.ok("var twice = 1; { var twice = 2 }\ntwice").result == "2"
    assert kernel.ok("twice + 1").result == "3"


def test_a_variable_without_a_type_has_that_of_what_is_assigned(kernel: FrontEnd) -> None:
    assert "TS2339" in kernel.fails("let evolving; evolving = 5; evolving.toUpperCase()").error["evalue"]
    kernel.ok("let gathered = []; gathered.push(1); const first: number = gathered[0]")
