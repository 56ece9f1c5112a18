"""What the reader sees of what a cell has thrown: its message, and the places in cells and helpers."""

import re

import pytest
from conftest import Copy, Launch
from front_end import FrontEnd, check_no_machine_path
from places import frames, line, lines, place, positions


def test_frames_name_cell_line_and_column(kernel: FrontEnd) -> None:
    cell = kernel.fails("const a = 1;\n\n  throw new Error('here')")
    assert cell.traceback.splitlines()[0] == "Error: here"
    assert frames(cell) == [place(cell, 3, 9)]


def test_frames_of_nested_functions(kernel: FrontEnd) -> None:
    cell = kernel.fails(
        "interface Unused { x: number }\n"  # what the compiler takes away must not move the lines
        "function inner(n: number): never {\n"
        "  if (n > 0) inner(n - 1)\n"
        "  throw new RangeError('deep')\n"
        "}\n"
        "class Outer {\n"
        "  constructor() { this.method() }\n"
        "  method(): void { [1].map(() => inner(1)) }\n"
        "  static create(): Outer { return new Outer() }\n"
        "}\n"
        "Outer.create()"
    )
    assert positions(cell) == [
        place(cell, *position) for position in [(4, 9), (3, 14), (8, 34), (8, 24), (7, 24), (9, 35), (11, 7)]
    ]
    assert [frame.split(" (")[0] for frame in frames(cell) if " (" in frame] == [
        "inner", "inner", "Outer.method", "new Outer", "Outer.create"
    ]  # fmt: skip


def test_frames_of_functions_of_earlier_cells(kernel: FrontEnd) -> None:
    earlier = kernel.ok("function thrower(): never {\n  throw new Error('from before')\n}")
    cell = kernel.fails("// a line\nthrower()")
    assert frames(cell) == [f"thrower ({place(earlier, 2, 9)})", place(cell, 2, 1)]


def test_frames_across_await(kernel: FrontEnd) -> None:
    cell = kernel.fails(
        "async function second(): Promise<void> {\n"
        "  await new Promise(resolve => setTimeout(resolve, 5))\n"
        "  throw new Error('after await')\n"
        "}\n"
        "async function first() {\n"
        "  await second()\n"
        "}\n"
        "await first()"
    )
    assert positions(cell) == [place(cell, 3, 9), place(cell, 6, 3), place(cell, 8, 1)]


def test_frames_after_syntax_that_is_compiled_away(kernel: FrontEnd) -> None:
    cell = kernel.fails(
        "enum Level { Low = 1, High }\n"
        "namespace Space { export const value = Level.High }\n"
        "abstract class Base<T> { declare x: T; constructor(protected readonly kept: T) {} }\n"
        "using disposed = { [Symbol.dispose]() {} }\n"
        "const generic = <T,>(value: T): T => { throw new Error(`generic "
        "${Space.value as number satisfies number}`) }\n"
        "type Gone = {\n"
        "  lines: string\n"
        "}\n"
        "let x: Gone | undefined; x ??= { lines: 'a' }; generic<Gone>(x!)"
    )
    assert positions(cell) == [place(cell, 5, 46), place(cell, 9, 48)]


def test_frames_of_errors_that_node_makes(kernel: FrontEnd) -> None:
    cell = kernel.fails('import { readFileSync } from "node:fs"\n\nreadFileSync("/no/such/file")')
    assert lines(cell)[-1] == line(cell, 3)
    assert "ENOENT" in cell.error["evalue"] and "code: 'ENOENT'" in cell.traceback
    later = kernel.fails('import { readFile } from "node:fs/promises"\n\nawait readFile("/no/such/file")')
    assert "ENOENT" in later.error["evalue"]
    # From Node.js 26 on, an error of fs/promises has no frames, in no program.
    has_frames = kernel.ok("Number(process.versions.node.split('.')[0]) < 26").result == "true"
    assert lines(later)[-1:] == ([line(later, 3)] if has_frames else [])


def test_frames_of_errors_of_the_socket_helper(kernel: FrontEnd) -> None:
    cell = kernel.fails(
        'import { socket } from "../helpers/socket"\nconst refused = socket()\nawait refused.connect(["127.0.0.1", 1])'
    )
    assert "ECONNREFUSED" in cell.traceback
    assert line(cell, 3) in lines(cell)
    kernel.ok("refused.close()")


def test_frames_of_errors_that_were_made_elsewhere(kernel: FrontEnd) -> None:
    made = kernel.ok("const kept = new Error('made before')")
    cell = kernel.fails("throw kept")
    assert frames(cell) == [place(made, 1, 14)]


def test_a_message_of_several_lines_and_one_that_changed(kernel: FrontEnd) -> None:
    cell = kernel.fails("throw new Error('first\\n    at line (looks:1:1)\\nthird')")
    assert cell.error["evalue"] == "first\n    at line (looks:1:1)\nthird"
    assert cell.traceback.splitlines()[0] == "Error: first" and cell.traceback.splitlines()[2] == "third"
    assert frames(cell)[-1] == place(cell, 1, 7)
    changed = kernel.fails(
        "const e = new Error('short'); e.stack; e.message = 'a much longer message than before'; throw e"
    )
    assert changed.traceback.splitlines()[0] == "Error: a much longer message than before"
    assert frames(changed) == [place(changed, 1, 11)]
    assert "short" not in changed.traceback


def test_causes_are_shown_with_their_frames(kernel: FrontEnd) -> None:
    cell = kernel.fails(
        "try {\n"
        "  try { JSON.parse('{') } catch (cause) { throw new Error('middle', { cause }) }\n"
        "} catch (cause) {\n"
        "  throw new Error('outer', { cause })\n"
        "}"
    )
    text = cell.traceback
    assert text.index("Error: outer") < text.index("Error: middle") < text.index("SyntaxError: ")
    for row, column in ((4, 9), (2, 49), (2, 14)):
        assert place(cell, row, column) in text
    assert "'not an error'" in kernel.fails("throw new Error('x', { cause: 'not an error' })").traceback


def test_aggregate_errors_show_each(kernel: FrontEnd) -> None:
    cell = kernel.fails(
        "await Promise.any([\n  Promise.reject(new TypeError('one')),\n  Promise.reject(new RangeError('two')),\n"
        "  Promise.reject('three')\n])"
    )
    assert cell.error["ename"] == "AggregateError"
    assert "TypeError: one" in cell.traceback and "RangeError: two" in cell.traceback and "'three'" in cell.traceback
    assert place(cell, 2, 18) in cell.traceback and place(cell, 3, 18) in cell.traceback


def test_causes_that_go_round_in_a_circle_are_cut(kernel: FrontEnd) -> None:
    cell = kernel.fails("const round = new Error('round'); round.cause = round; throw round")
    assert cell.traceback.count("Error: round") < 30
    many = kernel.fails(
        "const all = new AggregateError([], 'all'); all.errors.push(all, all, all, all, all, all); throw all"
    )
    assert len(many.traceback) < 200_000


@pytest.mark.parametrize(
    ("thrown", "shown"),
    [
        ("'text'", "'text'"),
        ("undefined", "undefined"),
        ("null", "null"),
        ("42", "42"),
        ("{ code: 'E' }", "{ code: 'E' }"),
        ("Symbol('s')", "Symbol(s)"),
        ("() => 1", "[Function"),
    ],
)
def test_what_is_thrown_need_not_be_an_error(kernel: FrontEnd, thrown: str, shown: str) -> None:
    cell = kernel.fails(f"throw {thrown}")
    assert shown in cell.traceback and cell.error["ename"]


ODD_ERRORS = {
    "no stack": "const e = new Error('odd'); delete e.stack; throw e",
    "a stack that is no text": "const e = new Error('odd'); (e as { stack: unknown }).stack = 42; throw e",
    "a stack that throws": "throw Object.defineProperty(new Error('odd'), 'stack', { get() { throw 1 } })",
    "a message that throws": "throw Object.defineProperty(new Error(), 'message', "
    "{ get() { throw new Error('odd') } })",
    "a message that is no text": "throw Object.assign(new Error(), { message: { odd: 1 } })",
    "a name that is no text": "throw Object.assign(new Error('odd'), { name: 5 })",
    "a name that is a symbol": "throw Object.assign(new Error('odd'), { name: Symbol('odd') })",
    "no name": "throw Object.assign(new Error('odd'), { name: '' })",
    "no prototype": "throw Object.setPrototypeOf(new Error('odd'), null)",
    "frozen": "throw Object.freeze(new Error('odd'))",
    "a revoked proxy": "const r = Proxy.revocable({}, {}); r.revoke(); throw r.proxy",
    "a proxy of an error": "throw new Proxy(new Error('odd'), {})",
    "a proxy that throws": "throw new Proxy({}, { get() { throw 'odd' }, getPrototypeOf() { throw 'odd' } })",
    "of another realm": "throw (require('node:vm') as typeof import('node:vm')).runInNewContext('new Error(\"odd\")')",
    "with properties that throw": "throw Object.defineProperty(new Error('odd'), 'x', "
    "{ enumerable: true, get() { throw 1 } })",
    "a cause that throws": "throw Object.defineProperty(new Error('odd'), 'cause', { get() { throw 1 } })",
    "errors that are no list": "throw Object.assign(new AggregateError([], 'odd'), { errors: 5 })",
    "a DOMException": "throw new DOMException('odd', 'AbortError')",
    "a stack overflow": "function odd(): void { odd() }\nodd()",
    "frames formatted by the cell": "Error.prepareStackTrace = (_, sites) => sites; throw new Error('odd')",
    "formatting that throws": "Error.prepareStackTrace = () => { throw 1 }; throw new Error('odd')",
    "frames switched off": "Error.stackTraceLimit = 0; throw new Error('odd')",
    "a class without a name": "throw new (class extends Error {})('odd')",
    "a hostile toStringTag": "throw { get [Symbol.toStringTag]() { throw 'odd' } }",
    "a hostile inspect": "throw { [Symbol.for('nodejs.util.inspect.custom')]() { throw 'odd' } }",
    "a false ProcessOutput": "throw { [Symbol.toStringTag]: 'ProcessOutput', toString() { throw 'odd' } }",
}


@pytest.mark.parametrize("what", ODD_ERRORS)
def test_odd_errors_are_shown_somehow_and_harm_nothing(kernel: FrontEnd, what: str) -> None:
    kernel.ok("const usual = Error.prepareStackTrace, usualLimit = Error.stackTraceLimit")
    cell = kernel.fails(ODD_ERRORS[what])
    assert isinstance(cell.error["ename"], str) and isinstance(cell.error["evalue"], str)
    assert cell.error["traceback"] and all(isinstance(line, str) for line in cell.error["traceback"])
    late = kernel.ok(f"setTimeout(() => {{ {ODD_ERRORS[what]} }}, 10); undefined")
    kernel.until(lambda: late.errors, "the same error in a callback")
    kernel.ok("Error.prepareStackTrace = usual; Error.stackTraceLimit = usualLimit")
    plain = kernel.fails("throw new Error('plain')")
    assert plain.error["evalue"] == "plain"


def test_frames_survive_a_cell_that_formats_its_own(kernel: FrontEnd) -> None:
    """As libraries do that look for their caller: they set the formatter, and put back what was there."""
    kernel.ok(
        "const formatter = Error.prepareStackTrace; Error.prepareStackTrace = (_, sites) => sites;\n"
        "const sites = new Error().stack; Error.prepareStackTrace = formatter"
    )
    cell = kernel.fails("throw new Error('formatted as before')")
    assert frames(cell) == [place(cell, 1, 7)]


def test_no_message_of_an_error_names_a_place_of_this_machine(kernel: FrontEnd) -> None:
    for code in (
        "require('no-such-package')",
        'import x from "no-such-package"',
        'import x from "../helpers/no-such-helper"',
        'import { nothing } from "../helpers/socket"',
        "await import('no-such-package' as string)",
        "require('../helpers/no-such-helper')",
        "JSON.parse('{')",
        "new Function('throw new Error(1)')()",
        "eval('throw new Error(2)')",
        "eval('(')",
        "new RegExp('(')",
        "const x: string = process.env",
        "structuredClone(() => 1)",
        'import { $ } from "zx"; await $`no-such-command-here`',
        'import { $ } from "zx"; await $`exit 5`.pipe($`cat`)',
        'import { spawnSync, execSync } from "node:child_process"; execSync("exit 5")',
        'import * as net from "node:net"; net.createServer().listen(-1)',
        'import { socket } from "../helpers/socket"; socket(99, 99, 99)',
        'import { socket } from "../helpers/socket"; await socket().bind(["256.0.0.1.", 1])',
        "console.trace('traced'); process.emitWarning('warned'); throw new Error('x')",
        "Buffer.alloc(-1)",
        "new (require('node:worker_threads').Worker)('/no/such/file.js'); "
        "await new Promise(r => setTimeout(r, 300)); throw 1",
        "import.meta.url; throw new Error('meta')",
        "throw new Error((new Error('inner').stack))",
    ):
        cell = kernel.run(code)
        assert cell.reply["status"] == "error", code
        for shown in [*cell.errors, cell.reply]:
            check_no_machine_path(shown["evalue"] + "".join(shown["traceback"]))
        check_no_machine_path(cell.stderr)


def test_the_readers_own_frame_is_there_below_many_of_a_library(kernel: FrontEnd) -> None:
    deep = "(function deep(n) { if (n > 0) return deep(n - 1); throw new Error('deep') })"
    cell = kernel.fails(
        "import { runInThisContext } from 'node:vm'\n"
        f"const deep = runInThisContext({deep!r}.replaceAll('\\\\', ''), {{ filename: 'library.js' }})\n"
        "deep(30)"
    )
    assert re.search(r"cell \[\d+\]:3:1", cell.traceback), cell.traceback


def test_console_trace_prints_a_trace(kernel: FrontEnd) -> None:
    cell = kernel.ok("function traced() { console.trace('here', 1) }\ntraced()")
    assert re.fullmatch(
        r"Trace: here 1\n    at traced \(cell \[\d+\]:1:29\)\n    at cell \[\d+\]:2:1\n", cell.stderr
    ), cell.stderr


# In the cell that declares or imports the name, and in a later one.
NAMED = [
    ("let unsetYet: any\nunsetYet()", "unsetYet is not a function"),
    ("unsetYet()", "unsetYet is not a function"),
    ("new unsetYet()", "unsetYet is not a constructor"),
    ("unsetYet`text`", "unsetYet is not a function"),
    ("for (const each of unsetYet) {}", "unsetYet is not iterable"),
    ("[...unsetYet]", "unsetYet is not iterable"),
    ("const { partOfIt } = unsetYet", "Cannot destructure property 'partOfIt' of 'unsetYet' as it is undefined."),
    ("const usesUnset = () => unsetYet()\nusesUnset()", "unsetYet is not a function"),
    ("let holdsNothing: any = {}\nholdsNothing.within()", "holdsNothing.within is not a function"),
    ("holdsNothing.within()", "holdsNothing.within is not a function"),
    ("holdsNothing.exports()", "holdsNothing.exports is not a function"),
    ("import { AF_INET as ofSockets } from '../helpers/socket'; (ofSockets as any)()", "AF_INET is not a function"),
    ("(ofSockets as any)()", "ofSockets is not a function"),
    ("import { EOL } from 'node:os'; new (EOL as any)()", "EOL is not a constructor"),
    ("import pathModule from 'node:path'; (pathModule as any)()", "node_path is not a function"),
    ("import * as wholeOs from 'node:os'; (wholeOs as any).within()", "wholeOs.within is not a function"),
    (
        "const promisesAny = async (): Promise<any> => ({});\n(await promisesAny())()",
        "(intermediate value) is not a function",
    ),
    ("(await promisesAny()).within()", "(intermediate value).within is not a function"),
    ("const [ofPromised] = await promisesAny()", "(intermediate value) is not iterable"),
    ("const { within } = (await promisesAny()).within", "of '(intermediate value).within' as it is undefined."),
    ("const [ofPromise] = promisesAny() as any", "(intermediate value) is not iterable"),
    ("(import.meta as any).within()", "import.meta.within is not a function"),
]


def test_errors_have_no_names_but_the_readers(kernel: FrontEnd) -> None:
    for code, said in NAMED:
        cell = kernel.fails(code)
        assert cell.error["evalue"].endswith(said), (code, cell.error["evalue"])
        assert cell.traceback.startswith(f"TypeError: {cell.error['evalue']}\n")
    printed = kernel.ok("try { unsetYet() } catch (error) { console.log(error) }").stdout
    assert printed.startswith("TypeError: unsetYet is not a function\n")
    own = kernel.fails("throw new TypeError('exports.main is not a function: package.json')")
    assert "main is not a function: package.json" in own.error["evalue"]


# Each calls `note` with an error of V8's, by the ways in which code gets to see one.
SEEN = {
    "catch": "try { hollow() } catch (error) { note(error) }",
    "catch of its parts": "try { hollow() } catch ({ message }: any) { note({ message }) }",
    "catch in a function": "const inside = () => { try { hollow() } catch (error) { note(error) } }; inside()",
    "catch of another function's": "const throws = () => hollow(); try { throws() } catch (error) { note(error) }",
    "catch of a promise": "const later = async () => hollow(); await later().catch(note)",
    "then": "await Promise.resolve().then(() => hollow()).then(null, note)",
    "allSettled": "const [settled]: any = await Promise.allSettled([(async () => hollow())()]); note(settled.reason)",
    "any": "await Promise.any([(async () => hollow())()]).catch(({ errors: [error] }) => note(error))",
    "an executor": "await new Promise(() => hollow()).catch(note)",
    "a library": "import assert from 'node:assert'\n"
    "assert.throws(() => hollow(), error => { note(error); return true })",
    "a stream": "import { finished, Readable } from 'node:stream'\n"
    "const stream = Readable.from((async function* () { yield hollow() })()).resume()\n"
    "await new Promise<void>(done => finished(stream, error => { note(error); done() }))",
    "a class": "class Filled { part = hollow() }; try { new Filled() } catch (error) { note(error) }",
    "a generator": "function* gives() { yield hollow() }; try { [...gives()] } catch (error) { note(error) }",
    "a parameter": "function given(part = hollow()) {}; try { given() } catch (error) { note(error) }",
    "a text": "try { hollow() } catch (error) { note({ message: String(error).replace('TypeError: ', '') }) }",
    "a stack": "try { hollow() } catch (error: any) { note({ message: error.stack.match(/(?<=: ).*/)[0] }) }",
    "printed": "import { format } from 'node:util'\n"
    "try { hollow() } catch (error) { note({ message: format(error).match(/(?<=: ).*/)?.[0] }) }",
    "a helper": "import { calls } from '../helpers/calls-nothing'; try { calls() } catch (error) { note(error) }",
    "a helper that breaks": "await import('../helpers/breaks').catch(note)",
}


@pytest.mark.parametrize("how", SEEN)
def test_what_the_readers_code_catches_has_no_names_but_the_readers(edited: FrontEnd, helpers: Copy, how: str) -> None:
    helpers.helper("holds-nothing.ts", "export let hollow: any\n")
    nothing = "import { hollow } from './holds-nothing'\n"
    helpers.helper("calls-nothing.ts", f"{nothing}export function calls() {{ hollow() }}\n")
    helpers.helper("breaks.ts", f"{nothing}hollow()\n")
    noting = "let hollow: any, noted: any\nconst note = (error: any) => { noted = error.message }"
    # In the cell that declares the name, and in a later one.
    for cell in (f"{noting}\n{SEEN[how]}\nnoted", f"{SEEN[how]}\nnoted"):
        assert edited.ok(cell).result == "'hollow is not a function'", cell


def test_the_readers_own_messages_stay_as_they_are(kernel: FrontEnd) -> None:
    own = "exports.main of package.json is not what it says"
    kernel.ok(
        "let itsOwn: any, frozen = Object.freeze(new TypeError('it is not a function'))\n"
        "const fails = (error: unknown) => { String(itsOwn); throw error }"
    )
    kernel.ok(f"try {{ fails(new TypeError({own!r})) }} catch (error: any) {{ itsOwn = error.message }}")
    assert kernel.ok("itsOwn").result == repr(own)
    kernel.ok("try { fails(frozen) } catch (error) { itsOwn = error === frozen }")
    assert kernel.ok("itsOwn").result == "true"
    for thrown in ("undefined", "'text'", "new Proxy(new TypeError('exports.x is not a function'), {})"):
        kernel.ok(
            f"const thrown: any = {thrown}\ntry {{ fails(thrown) }} catch (error) {{ itsOwn = error === thrown }}"
        )
        assert kernel.ok("itsOwn").result == "true", thrown


def test_frames_have_no_names_but_the_readers(kernel: FrontEnd) -> None:
    for code, name in (
        ("let assigned: any\nassigned = () => { throw new Error('in it') }\nassigned()", "assigned"),
        ("let holder: any = {}\nholder.part = () => { throw new Error('in it') }\nholder.part()", "holder.part"),
        ("let Made: any\nMade = class { part() { throw new Error('in it') } }\nnew Made().part()", "Made.part"),
    ):
        cell = kernel.fails(code)
        assert re.search(rf"    at {name} \(cell \[\d+\]:2:\d+\)\n", cell.traceback), cell.traceback
        assert "exports" not in cell.traceback


def test_exports_have_no_names_but_the_readers(launch: Launch) -> None:
    front_end = launch()
    front_end.ok("7;")
    front_end.ok("7")
    names = front_end.ok("Object.keys(exports).filter(name => /^(?:ts|__)/.test(name)).join()").result
    assert names == "'__esModule'"


def test_places_in_an_object_alone(kernel: FrontEnd) -> None:
    cell = kernel.fails("{ a: 1, b: (() => { throw new Error('in it') })() }")
    assert frames(cell) == [place(cell, 1, 27), place(cell, 1, 48)]
    below = kernel.fails("{\n  a: (() => { throw new Error('in it') })() }")
    assert frames(below) == [place(below, 2, 21), place(below, 2, 42)]
    wrong = kernel.fails("{ a: 1, b: (5).nothing }")
    assert f"cell [{wrong.reply['execution_count']}]:1:16 - error TS2339" in wrong.traceback


def test_a_comment_behind_a_call_hides_no_place(kernel: FrontEnd) -> None:
    for comment in ("", " // with a comment", " /* with another */"):
        cell = kernel.ok(f"(async () => {{ await null; throw new Error('after a wait') }})(){comment}")
        kernel.until(lambda cell=cell: cell.errors, "the error")
        assert frames(cell) == [place(cell, 1, 34)]
        assert "undefined" not in cell.traceback
