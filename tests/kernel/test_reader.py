"""What the reader sees of a cell: its value, its output, its errors; in the cell that they belong to."""

import json
import re
import time
from pathlib import Path

import pytest
from conftest import Copy, Launch
from front_end import FrontEnd, Request, check_no_machine_path


def frames(cell: Request) -> list[str]:
    """The places that the error's traceback names, in order."""
    return [line.strip().removeprefix("at ") for line in cell.traceback.splitlines() if line.startswith("    at ")]


def positions(cell: Request) -> list[str]:
    """The same without the names of functions."""
    return [re.sub(r"^.* \(|\)$", "", frame) for frame in frames(cell)]


def lines(cell: Request) -> list[str]:
    """The same without the columns: TypeScript moves the call of an imported function to its parenthesis."""
    return [frame.rpartition(":")[0] for frame in positions(cell)]


def line(cell: Request, number: int) -> str:
    return f"cell [{cell.reply['execution_count']}]:{number}"


def place(cell: Request, line: int, column: int) -> str:
    return f"cell [{cell.reply['execution_count']}]:{line}:{column}"


# --- Out[n] ---


@pytest.mark.parametrize(
    ("code", "shown"),
    [
        ("6 * 7", "42"),
        ("6 * 7;", "42"),
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


@pytest.mark.parametrize(
    "code",
    [
        "undefined",
        "void 0",
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


# --- Output ---


def test_output_arrives_in_order_on_its_stream(kernel: FrontEnd) -> None:
    cell = kernel.ok(
        "console.log('a'); console.error('b'); process.stdout.write('c'); "
        "console.warn('%s-%d', 'd', 5); console.info([1]);"
        "process.stderr.write(Buffer.from('é'), () => console.log('written')); "
        "console.table([{ x: 1 }]); console.dir({ y: 2 })"
    )
    kernel.until(lambda: "written" in cell.stdout, "the callback of write")
    assert cell.stdout.startswith("a\nc[ 1 ]\n")
    assert "│ x" in cell.stdout and "{ y: 2 }" in cell.stdout
    assert cell.stderr == "b\nd-5\né"
    texts = [content["text"] for content in cell.contents("stream")]
    assert texts[:3] == ["a\n", "b\n", "c"]


def test_characters_are_whole_however_they_were_written(kernel: FrontEnd) -> None:
    cell = kernel.ok(
        "for (const octet of Buffer.from('😀é')) process.stdout.write(Buffer.from([octet]));\n"
        "process.stdout.write('e9', 'hex'); process.stdout.write('8J+YgA==', 'base64'); "
        "process.stdout.write('\\ud800|')"
    )
    assert "😀é" in cell.stdout
    cell.stdout.encode()


def test_half_a_character_does_not_reach_the_front_end(kernel: FrontEnd) -> None:
    """A lone surrogate is no Unicode text: a notebook that holds one cannot be stored."""
    for code in (
        "console.log('\\ud83d')",
        "'\\udc00'",
        "throw new Error('\\ud83d')",
        "process.stdout.write('😀'.repeat(2_500_000).slice(1))",
        "({ [Symbol.for('Jupyter.display')]: () => ({ 'text/html': '\\ud83d' }) })",
    ):
        cell = kernel.run(code)
        json.dumps([message["content"] for message in [*cell.iopub, *cell.replies]], ensure_ascii=False).encode()


def test_output_flows_while_a_loop_computes(kernel: FrontEnd) -> None:
    cell = kernel.start("for (let n = 0; ; n++) if (n % 1000 === 0) console.log(n)")
    kernel.until(lambda: cell.stdout.count("\n") > 3, "output")
    assert not cell.done
    kernel.interrupt()
    kernel.wait(cell)


def test_output_before_a_blocking_call_is_seen(kernel: FrontEnd) -> None:
    cell = kernel.start(
        'import { execFileSync } from "node:child_process";\nconsole.log("before"); execFileSync("sleep", ["3"])'
    )
    kernel.until(lambda: cell.stdout == "before\n", "what was printed before the call", seconds=20)
    assert not cell.done
    kernel.wait(cell)


def test_a_flood_is_bounded_and_said_to_be(kernel: FrontEnd) -> None:
    cell = kernel.ok("const line = 'x'.repeat(99); for (let n = 0; n < 2_000_000; n++) console.log(line)")
    assert 100_000 < len(cell.stdout) < 10_000_000
    assert re.search(r"more than [\d,]+", cell.stderr) and "not shown" in cell.stderr
    assert len(cell.contents("stream")) < 20_000
    after = kernel.ok("console.log('next')")
    assert (after.stdout, after.stderr) == ("next\n", "")


def test_a_flood_on_stderr_and_one_that_comes_late_are_bounded(kernel: FrontEnd) -> None:
    errors = kernel.ok("for (let n = 0; n < 500_000; n++) console.error('e'.repeat(99))")
    assert len(errors.stderr) < 10_000_000
    late = kernel.ok("setTimeout(() => { for (let n = 0; n < 500_000; n++) console.log('l'.repeat(99)) }, 50); 0")
    kernel.until(lambda: len(late.stdout) > 100_000, "the late flood")
    kernel.ok("await new Promise(resolve => setTimeout(resolve, 500))")
    kernel.quiet(0.5)
    assert len(late.stdout) < 10_000_000
    assert "not shown" in late.stderr


def test_a_flood_of_errors_and_of_displays_is_bounded(kernel: FrontEnd) -> None:
    rejections = kernel.ok("for (let n = 0; n < 50_000; n++) Promise.reject(new Error(`number ${n}`)); 0")
    kernel.ok("await new Promise(resolve => setTimeout(resolve, 100))")
    kernel.quiet(0.5)
    assert 1 <= len(rejections.errors) < 10_000
    displays = kernel.run(
        'import { display } from "tslab"; for (let n = 0; n < 50_000; n++) display.text("x".repeat(1000))'
    )
    shown = sum(len(content["data"]["text/plain"]) for content in displays.contents("display_data"))
    assert shown < 20_000_000
    assert kernel.ok("'still here'").result == "'still here'"


def test_an_error_of_any_length_is_bounded(kernel: FrontEnd) -> None:
    cell = kernel.fails("throw new Error('long '.repeat(20_000_000))")
    assert len(cell.error["evalue"]) + len("".join(cell.error["traceback"])) < 10_000_000


# --- Late output and late errors ---


LATE = {
    "a timer": "setTimeout(() => console.log('late'), 300)",
    "an interval": "const ticks = setInterval(() => { console.log('late'); clearInterval(ticks) }, 300)",
    "a promise": "void new Promise<void>(resolve => setTimeout(resolve, 300)).then(() => console.log('late'))",
    "an async function": "void (async () => { await new Promise(r => setTimeout(r, 300)); console.log('late') })()",
    "setImmediate": "setTimeout(() => setImmediate(() => process.nextTick(() => "
    "queueMicrotask(() => console.log('late')))), 300)",
    "a data listener of an accepted socket": (
        'import * as net from "node:net";\n'
        "const server = net.createServer(socket => socket.on('data', data => { console.log('late'); "
        "server.close(); socket.end() }));\n"
        "server.listen(0, '127.0.0.1', () => setTimeout(() => {\n"
        "  net.connect((server.address() as net.AddressInfo).port, '127.0.0.1').end('data') }, 300))"
    ),
    "a request handler of http": (
        'import * as http from "node:http"; import type { AddressInfo } from "node:net";\n'
        "const server = http.createServer((request, response) => { request.on('data', () => {}).on('end', () => {\n"
        "  console.log('late'); response.end(); server.close() }) }).listen(0, '127.0.0.1', () => setTimeout(() => {\n"
        "  http.request({ port: (server.address() as AddressInfo).port, method: 'POST' }).end('body') }, 300))"
    ),
    "the answer to fetch": (
        'import * as http from "node:http"; import type { AddressInfo } from "node:net";\n'
        "const server = http.createServer((_, response) => setTimeout(() => response.end('ok'), "
        "300)).listen(0, '127.0.0.1', async () => {\n"
        "  const answer = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}`); "
        "await answer.text();\n"
        "  console.log('late'); server.close() })"
    ),
    "a datagram": (
        'import * as dgram from "node:dgram"; const receiver = dgram.createSocket("udp4");\n'
        "receiver.on('message', () => { console.log('late'); receiver.close() });\n"
        "receiver.bind(0, '127.0.0.1', () => setTimeout(() => receiver.send('x', "
        "receiver.address().port, '127.0.0.1'), 300))"
    ),
    "an event of a child": (
        "import { spawn } from \"node:child_process\";\nspawn('sleep', ['0.3']).on('exit', () => console.log('late'))"
    ),
    "the output of a child": (
        'import { spawn } from "node:child_process";\n'
        "spawn('sh', ['-c', 'sleep 0.3; echo x']).stdout.on('data', () => console.log('late'))"
    ),
    "a worker's message": (
        'import { Worker } from "node:worker_threads";\n'
        "new Worker(\"setTimeout(() => require('worker_threads').parentPort.postMessage(1), 300)\", { eval: true })"
        ".on('message', () => console.log('late'))"
    ),
    "a message port": (
        "import { MessageChannel } from 'node:worker_threads'; const { port1, port2 } = new MessageChannel(); "
        "port1.on('message', () => { console.log('late'); port1.close() });\n"
        "setTimeout(() => port2.postMessage(1), 300)"
    ),
    "a file that changes": (
        'import { watch, writeFileSync, mkdtempSync } from "node:fs"; import { tmpdir } from "node:os";\n'
        "const folder = mkdtempSync(tmpdir() + '/watched-'); let seen = false;\n"
        "const watcher = watch(folder, () => { watcher.close(); if (!seen) console.log('late'); seen = true });\n"
        "setTimeout(() => writeFileSync(folder + '/file', ''), 300)"
    ),
    "a stream": (
        'import { Readable } from "node:stream";\n'
        "Readable.from((async function* () { await new Promise(r => setTimeout(r, 300)); "
        "yield 1 })()).on('data', () => console.log('late'))"
    ),
    "an emitter that another cell fires": (
        'import { EventEmitter } from "node:events"; const shout = new EventEmitter();\n'
        "(globalThis as { shout?: EventEmitter }).shout = shout; "
        "void (async () => { await new Promise(r => shout.once('x', r)); console.log('late') })()"
    ),
    "a helper's socket": (
        'import { socket } from "../helpers/socket"; const listening = socket(); '
        'await listening.bind(["127.0.0.1", 0]); listening.listen();\n'
        "void (async () => { const [peer] = await listening.accept(); await peer.recv(1); "
        "console.log('late'); peer.close(); listening.close() })();\n"
        "setTimeout(async () => { const client = socket(); await client.connect(listening.getsockname()); "
        "await client.sendall('x'); client.close() }, 300)"
    ),
}


@pytest.mark.parametrize("source", LATE)
def test_late_output_goes_to_the_cell_that_started_the_work(kernel: FrontEnd, source: str) -> None:
    cell = kernel.ok(f"{LATE[source]}; undefined")
    newer = kernel.ok("(globalThis as { shout?: { emit(name: string): void } }).shout?.emit('x'); console.log('newer')")
    kernel.until(lambda: cell.stdout, "the late output")
    assert (cell.stdout, newer.stdout) == ("late\n", "newer\n")
    assert not newer.errors and not cell.errors


def test_a_servers_log_stays_under_the_servers_cell(kernel: FrontEnd) -> None:
    server = kernel.ok(
        'import * as net from "node:net"; import { once } from "node:events";\n'
        "const logging = net.createServer(socket => { console.log('connected');\n"
        "  socket.on('data', data => console.log(`got ${data}`)); socket.on('end', () => console.log('ended'));\n"
        "  socket.on('close', () => console.log('closed')); socket.end() }).listen(0, '127.0.0.1');\n"
        "await once(logging, 'listening'); const loggingPort = (logging.address() as net.AddressInfo).port"
    )
    client = kernel.ok(
        "const visitor = net.connect(loggingPort, '127.0.0.1'); "
        "visitor.on('close', () => console.log('client closed'));\n"
        "visitor.on('connect', () => console.log('client connected')); visitor.end('hello'); "
        "await once(visitor, 'close'); logging.close()"
    )
    kernel.until(lambda: "closed" in server.stdout, "the server's log")
    assert server.stdout.splitlines() == ["connected", "got hello", "ended", "closed"]
    kernel.until(lambda: "client closed" in client.stdout, "the client's log")
    assert client.stdout == "client connected\nclient closed\n"


LATE_ERRORS = {
    "a timer": "setTimeout(() => { throw new TypeError('late') }, 300)",
    "a rejected promise": "void (async () => { await new Promise(r => setTimeout(r, 300)); "
    "throw new TypeError('late') })()",
    "a promise rejected at once": "Promise.reject(new TypeError('late'))",
    "a chain of promises": "new Promise(r => setTimeout(r, "
    "300)).then(() => 1).then(() => { throw new TypeError('late') })",
    "nextTick": "setTimeout(() => process.nextTick(() => { throw new TypeError('late') }), 300)",
    "a microtask": "setTimeout(() => queueMicrotask(() => { throw new TypeError('late') }), 300)",
    "an error event": (
        'import { EventEmitter } from "node:events"; const emitter = new EventEmitter();\n'
        "setTimeout(() => emitter.emit('error', new TypeError('late')), 300)"
    ),
    "a connection's handler": (
        'import * as net from "node:net";\n'
        "const server = net.createServer(socket => { server.close(); "
        "socket.destroy(); throw new TypeError('late') });\n"
        "server.listen(0, '127.0.0.1', () => setTimeout(() => {\n"
        "  net.connect((server.address() as net.AddressInfo).port, '127.0.0.1').on('error', () => {}) }, 300))"
    ),
    "a data listener": (
        'import * as net from "node:net";\n'
        "const server = net.createServer(socket => socket.on('data', () => { server.close(); "
        "socket.destroy(); throw new TypeError('late') }));\n"
        "server.listen(0, '127.0.0.1', () => setTimeout(() => {\n"
        "  net.connect((server.address() as net.AddressInfo).port, '127.0.0.1').on('error', () => {}).end('x') }, 300))"
    ),
    "a request handler": (
        'import * as http from "node:http"; import type { AddressInfo } from "node:net";\n'
        "const server = http.createServer((request) => { server.close(); "
        "request.destroy(); throw new TypeError('late') });\n"
        "server.listen(0, '127.0.0.1', () => setTimeout(() => {\n"
        "  http.get({ port: (server.address() as AddressInfo).port }).on('error', () => {}) }, 300))"
    ),
}


@pytest.mark.parametrize("source", LATE_ERRORS)
def test_late_errors_are_shown_in_the_cell_that_started_the_work(kernel: FrontEnd, source: str) -> None:
    cell = kernel.ok(f"{LATE_ERRORS[source]}; undefined")
    newer = kernel.ok("console.log('newer')")
    kernel.until(lambda: cell.errors, "the late error")
    assert (cell.error["ename"], cell.error["evalue"]) == ("TypeError", "late")
    assert any(frame.endswith(")") or "cell [" in frame for frame in frames(cell))
    assert re.search(rf"cell \[{cell.reply['execution_count']}\]:\d+:\d+", cell.traceback)
    assert newer.types == ["stream"]
    assert kernel.ok("'still here'").result == "'still here'"


def test_an_address_in_use_is_an_error_of_the_cell_that_asked_for_it(kernel: FrontEnd) -> None:
    first = kernel.ok(
        'import * as net from "node:net"; import { once } from "node:events";\n'
        "const holder = net.createServer().listen(0, '127.0.0.1'); await once(holder, 'listening');\n"
        "const heldPort = (holder.address() as net.AddressInfo).port"
    )
    second = kernel.ok("net.createServer().listen(heldPort, '127.0.0.1'); undefined")
    kernel.until(lambda: second.errors, "the error")
    assert "EADDRINUSE" in second.error["evalue"]
    assert not first.errors
    kernel.ok("holder.close()")


def test_a_rejection_that_is_handled_later_in_the_cell_is_no_error(kernel: FrontEnd) -> None:
    cell = kernel.ok(
        "const failing = (async () => { throw new Error('handled') })();\n"
        "await new Promise(r => setTimeout(r, 100));\n"
        "await failing.catch((error: Error) => error.message)"
    )
    assert cell.result == "'handled'"


def test_what_is_thrown_late_need_not_be_an_error(kernel: FrontEnd) -> None:
    for thrown in ("undefined", "null", "'text'", "{ code: 5 }", "Symbol('s')", "0n"):
        cell = kernel.ok(f"setTimeout(() => {{ throw {thrown} }}, 10); Promise.reject({thrown}); undefined")
        kernel.until(lambda sent=cell: len(sent.errors) == 2, "both errors")


# --- Errors ---


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
    for line, column in ((4, 9), (2, 49), (2, 14)):
        assert place(cell, line, column) in text
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
    kernel.ok("const usual = Error.prepareStackTrace")
    cell = kernel.fails(ODD_ERRORS[what], seconds=20)
    assert isinstance(cell.error["ename"], str) and isinstance(cell.error["evalue"], str)
    assert cell.error["traceback"] and all(isinstance(line, str) for line in cell.error["traceback"])
    late = kernel.ok(f"setTimeout(() => {{ {ODD_ERRORS[what]} }}, 10); undefined")
    kernel.until(lambda: late.errors, "the same error in a callback", seconds=20)
    kernel.ok("Error.prepareStackTrace = usual; Error.stackTraceLimit = 10")
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


# --- Type errors ---


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


def test_syntax_errors_show_the_line_and_a_marker(kernel: FrontEnd) -> None:
    cell = kernel.fails("const a = 1\nconst = 2")
    assert re.search(rf"cell \[{cell.reply['execution_count']}\]:2:7 - error TS\d+", cell.traceback)
    assert "~" in cell.traceback


def test_errors_at_the_ends_of_a_cell(kernel: FrontEnd) -> None:
    first = kernel.fails("unknownName")
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
    assert "TS2345" in kernel.fails("parseInt(5)").traceback
    assert kernel.ok("let unused = 1; function f(unusedToo: number) {}").types == []


def test_all_errors_are_shown_not_the_first_only(kernel: FrontEnd) -> None:
    cell = kernel.fails("\n".join(f"const wrong{n}: number = 'text {n}'" for n in range(1, 13)))
    assert cell.traceback.count("TS2322") == 12


# --- What later cells know of earlier ones ---


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
    cell = kernel.start(
        "const survivor = 7; function total(n: number) { let s = 0; for (let i = 0; i < n; i++) s += i; return s }\n"
        "console.log('waits'); await new Promise(() => {})"
    )
    kernel.until(lambda: cell.stdout, "its output")
    kernel.interrupt()
    kernel.wait(cell)
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
    assert "absent" in cell.error["evalue"] and line(cell, 2) in cell.traceback


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


# --- Syntax at top level ---


@pytest.mark.parametrize(
    ("code", "shown"),
    [
        ("for await (const n of [Promise.resolve(1)]) { console.log(n) }", "1\n"),
        ("for await (const n of (async function* () { yield 1; yield 2 })()) console.log(n)", "1\n2\n"),
        (
            "await using held = { async [Symbol.asyncDispose]() { console.log('disposed') } }\nconsole.log('used')",
            "used\ndisposed\n",
        ),
        ("using held = { [Symbol.dispose]() { console.log('disposed') } }\nconsole.log('used')", "used\ndisposed\n"),
        (
            "{ await using a = { async [Symbol.asyncDispose]() { console.log('a') } } }\nconsole.log('after')",
            "a\nafter\n",
        ),
        ("const { a = await Promise.resolve(1) } = {} as { a?: number }; console.log(a)", "1\n"),
        ("if (await Promise.resolve(true)) console.log('then')", "then\n"),
        ("console.log(`${await Promise.resolve('t')}`)", "t\n"),
        ("console.log([await 1, ...(await Promise.resolve([2]))])", "[ 1, 2 ]\n"),
        ("console.log(await (await Promise.resolve({ f: async () => 3 })).f())", "3\n"),
        ("class C { x = 1; static y = 2 }\nconsole.log(await new C().x)", "1\n"),
        ("switch (await 1) { case 1: console.log('one'); break; default: console.log('other') }", "one\n"),
        ("while (await Promise.resolve(false)) {}\nconsole.log('past')", "past\n"),
        (
            "try { await Promise.reject(new Error('x')) } catch { console.log('caught') "
            "} finally { console.log(await 'f') }",
            "caught\nf\n",
        ),
        ("const f = async () => { await null; return 4 }\nconsole.log(await f())", "4\n"),
        ("export {}; console.log('module')", "module\n"),
        ("var hoisted = 1; { var hoisted2 = 2 }\nconsole.log(hoisted, hoisted2)", "1 2\n"),
        ("console.log(early()); function early() { return 'hoisted' }", "hoisted\n"),
        ("'use strict'; console.log('strict')", "strict\n"),
        ("console.log('crlf');\r\nconsole.log('lines')\r\n", "crlf\nlines\n"),
        ("\ufeffconsole.log('bom')", "bom\n"),
        ("const ünïcode = 'ü'; console.log(ünïcode)", "ü\n"),
        ("console.log('\\u2028'.length, '\u2028'.length)", "1 1\n"),
        ("console.log(typeof require, typeof exports, typeof globalThis)", "function object object\n"),
    ],
)
def test_syntax_at_top_level(kernel: FrontEnd, code: str, shown: str) -> None:
    cell = kernel.ok(code)
    assert cell.stdout == shown


def test_dispose_errors_and_order(kernel: FrontEnd) -> None:
    cell = kernel.fails(
        "await using one = { async [Symbol.asyncDispose]() { console.log('one') } }\n"
        "using two = { [Symbol.dispose]() { console.log('two') } }\n"
        "throw new Error('between')"
    )
    assert cell.stdout == "two\none\n" and cell.error["evalue"] == "between"


def test_imports_of_every_form(kernel: FrontEnd) -> None:
    assert (
        kernel.ok('import path, { basename, type ParsedPath } from "node:path"\n[path.sep, basename("/x/y")]').result
        == "[ '/', 'y' ]"
    )
    assert kernel.ok("const parsed: ParsedPath = path.parse('/a.b'); parsed.ext").result == "'.b'"
    assert kernel.ok('import fs, * as all from "node:fs"\nfs.existsSync === all.existsSync').result == "true"
    assert (
        kernel.ok(
            'import type { Server } from "node:net"\nimport type * as http from "node:http"\n'
            "let typed: Server | http.Server | undefined\ntyped"
        ).types
        == []
    )
    assert kernel.ok('import "node:events"\n1').result == "1"
    assert kernel.ok('const dynamic = await import("node:os"); typeof dynamic.hostname()').result == "'string'"
    assert kernel.ok('const required = require("node:url"); typeof required.parse').result == "'function'"
    assert (
        kernel.ok(
            'import { $, type ProcessOutput } from "zx"\nconst ran: ProcessOutput = await $`true`; ran.exitCode'
        ).result
        == "0"
    )
    assert kernel.ok('export { sep as separator } from "node:path"\n1').result == "1"


def test_an_import_is_usable_in_later_cells_and_closures(kernel: FrontEnd) -> None:
    kernel.ok('import { AF_INET, socket } from "../helpers/socket"\nconst open = () => socket(AF_INET)')
    assert kernel.ok("const opened = open(); opened.close(); ({ AF_INET })").result == "{ AF_INET: 2 }"


# --- Helpers that change ---


def test_a_changed_helper_is_new_in_the_next_cell(edited: FrontEnd, helpers: Copy) -> None:
    helpers.helper("greeting.ts", "export const greet = (): string => 'hello';\n")
    assert edited.ok('import { greet } from "../helpers/greeting"\ngreet()').result == "'hello'"
    for text in ("goodbye", "welcome back", "hello"):
        helpers.helper("greeting.ts", f"export const greet = (): string => '{text}';\n")
        assert edited.ok('import { greet } from "../helpers/greeting"\ngreet()').result == f"'{text}'"
    helpers.helper("greeting.ts", "export const greet = (name: string): string => `hello ${name}`;\n")
    assert "TS2554" in edited.fails('import { greet } from "../helpers/greeting"\ngreet()').traceback
    assert edited.ok('import { greet } from "../helpers/greeting"\ngreet("you")').result == "'hello you'"


def test_a_changed_helper_of_a_helper_is_new_in_the_next_cell(edited: FrontEnd, helpers: Copy) -> None:
    helpers.helper("deep/base.ts", "export const base = 1;\n")
    helpers.helper("deep/middle.ts", 'export { base } from "./base";\nexport const middle = "m";\n')
    helpers.helper(
        "deep/index.ts", 'import { base, middle } from "./middle";\nexport const top = () => `${middle}${base}`;\n'
    )
    code = 'import { top } from "../helpers/deep"\ntop()'
    assert edited.ok(code).result == "'m1'"
    helpers.helper("deep/base.ts", "export const base = 22;\n")
    assert edited.ok(code).result == "'m22'"
    helpers.helper("deep/base.ts", "export const base: string = 'three';\n")
    assert edited.ok(code).result == "'mthree'"
    helpers.helper("deep/middle.ts", 'export { base } from "./base";\nexport const middle = "changed";\n')
    assert edited.ok(code).result == "'changedthree'"


def test_an_unchanged_helper_keeps_its_state(edited: FrontEnd, helpers: Copy) -> None:
    helpers.helper("state.ts", "export const state = { n: 0 };\nconsole.log('evaluated');\n")
    helpers.helper("other.ts", "export const other = 1;\n")
    assert edited.ok('import { state } from "../helpers/state"\nstate.n += 1').stdout == "evaluated\n"
    helpers.helper("other.ts", "export const other = 2;\n")
    again = edited.ok(
        'import { state } from "../helpers/state"\nimport { other } from "../helpers/other"\n[state.n, other]'
    )
    assert (again.result, again.stdout) == ("[ 1, 2 ]", "")


def test_errors_of_a_helper_name_its_file_and_line(edited: FrontEnd, helpers: Copy) -> None:
    helpers.helper(
        "thrower.ts",
        "type Gone = number;\n\nexport function fail(n: Gone): never {\n  throw new Error(`no ${n}`);\n}\n",
    )
    cell = edited.fails('import { fail } from "../helpers/thrower"\nfail(1)')
    assert frames(cell)[0] == "fail (helpers/thrower.ts:4:9)"
    assert lines(cell) == ["helpers/thrower.ts:4", line(cell, 2)]
    helpers.helper(
        "thrower.ts",
        "// moved\n\n\nexport async function fail(n: number) {\n  await null;\n  throw new Error(`no ${n}`);\n}\n",
    )
    cell = edited.fails('import { fail } from "../helpers/thrower"\nawait fail(1)')
    assert positions(cell)[0] == "helpers/thrower.ts:6:9" and lines(cell)[-1] == line(cell, 2)
    helpers.helper("thrower.ts", "export const fail = () => {};\n\nthrow new Error('while it is loaded');\n")
    cell = edited.fails('import { fail } from "../helpers/thrower"\nfail()')
    assert frames(cell)[0] == "helpers/thrower.ts:3:7"
    helpers.helper("thrower.ts", "export const fail = () => 'mended';\n")
    assert edited.ok('import { fail } from "../helpers/thrower"\nfail()').result == "'mended'"


def test_type_errors_of_helpers_are_shown_in_their_file(edited: FrontEnd, helpers: Copy) -> None:
    helpers.helper("inner.ts", "export const inner: number = 'no number';\n")
    helpers.helper("outer.ts", 'import { inner } from "./inner";\n\nexport const outer: string = inner;\n')
    cell = edited.fails('import { outer } from "../helpers/outer"\nouter; const wrong: boolean = 5')
    for text in ("helpers/inner.ts:1:14", "helpers/outer.ts:3:14", f"{place(cell, 2, 14)}", "~~~~~"):
        assert text in cell.traceback
    assert cell.traceback.count("TS2322") == 3
    check_no_machine_path(cell.traceback)
    assert str(helpers.folder) not in cell.traceback
    helpers.helper("inner.ts", "export const inner = 'text';\n")
    assert edited.ok('import { outer } from "../helpers/outer"\nouter').result == "'text'"
    helpers.helper("inner.ts", "export const inner = ;\n")
    assert "helpers/inner.ts:1:22" in edited.fails('import { outer } from "../helpers/outer"\nouter').traceback


def test_a_helper_that_is_missing_may_come_and_one_that_is_there_may_go(edited: FrontEnd, helpers: Copy) -> None:
    code = 'import { here } from "../helpers/late"\nhere'
    assert "TS2307" in edited.fails(code).traceback
    helpers.helper("late.ts", "export const here = 'now';\n")
    assert edited.ok(code).result == "'now'"
    (helpers.helpers / "late.ts").unlink()
    assert "TS2307" in edited.fails(code).traceback
    helpers.helper("late.ts", "export const here = 'again';\n")
    assert edited.ok(code).result == "'again'"


def test_helpers_are_imported_dynamically_and_in_circles(edited: FrontEnd, helpers: Copy) -> None:
    helpers.helper("left.ts", 'import { right } from "./right";\nexport const left = () => `l${right}`;\n')
    helpers.helper(
        "right.ts", 'import { left } from "./left";\nexport const right = "r";\nexport const both = () => left();\n'
    )
    assert edited.ok('import { both } from "../helpers/right"\nboth()').result == "'lr'"
    helpers.helper("lazy.ts", "export const lazy = 1;\n")
    assert edited.ok('const lazily = await import("../helpers/lazy"); lazily.lazy').result == "1"
    helpers.helper("lazy.ts", "export const lazy = 22;\n")
    assert edited.ok('(await import("../helpers/lazy")).lazy').result == "22"
    helpers.helper("indirect.ts", 'export const indirect = async () => (await import("./lazy")).lazy;\n')
    assert edited.ok('import { indirect } from "../helpers/indirect"\nawait indirect()').result == "22"
    helpers.helper("script.js", "exports.plain = 'javascript';\n")
    assert edited.ok('const { plain } = require("../helpers/script.js"); plain').result == "'javascript'"


def test_json_is_imported_and_may_change(edited: FrontEnd, helpers: Copy) -> None:
    helpers.helper("data.json", '{"name": "first", "list": [1, 2]}')
    code = 'import data from "../helpers/data.json"\n[data.name, data.list.length]'
    assert edited.ok(code).result == "[ 'first', 2 ]"
    helpers.helper("data.json", '{"name": "second", "list": []}')
    assert edited.ok(code).result == "[ 'second', 0 ]"
    helpers.helper("reads.ts", 'import data from "./data.json";\nexport const name = data.name;\n')
    assert edited.ok('import { name } from "../helpers/reads"\nname').result == "'second'"


def test_helpers_have_default_exports_and_classes(edited: FrontEnd, helpers: Copy) -> None:
    helpers.helper("both.ts", "export default class Main { readonly kind = 'main' }\nexport const side = 's';\n")
    assert (
        edited.ok('import Main, { side } from "../helpers/both"\n[new Main().kind, side]').result == "[ 'main', 's' ]"
    )
    assert (
        edited.ok('import Other, * as both from "../helpers/both"\n[both.default === Other, both.side]').result
        == "[ true, 's' ]"
    )
    assert edited.ok("class Sub extends Main { own = 1 }\nnew Sub().kind").result == "'main'"


def test_an_endless_loop_in_a_helper_is_interrupted(edited: FrontEnd, helpers: Copy) -> None:
    helpers.helper("endless.ts", "export function forever(): never {\n  for (;;);\n}\n")
    cell = edited.start('import { forever } from "../helpers/endless"\nconsole.log("in"); forever()')
    edited.until(lambda: cell.stdout, "its output")
    edited.interrupt()
    edited.wait(cell)
    assert cell.reply["status"] == "error"
    assert edited.ok("'next'").result == "'next'"


def test_late_output_of_helpers_goes_to_the_cell_that_called_them(edited: FrontEnd, helpers: Copy) -> None:
    helpers.helper("logger.ts", "export const log = (text: string) => void setTimeout(() => console.log(text), 200);\n")
    first = edited.ok('import { log } from "../helpers/logger"\nlog("one")')
    second = edited.ok('log("two")')
    edited.until(lambda: first.stdout and second.stdout, "both lines")
    assert (first.stdout, second.stdout) == ("one\n", "two\n")


# --- Stable under time ---


def test_ten_cells_of_late_output_do_not_mix(kernel: FrontEnd) -> None:
    cells = [
        kernel.ok(
            f"const beat{n} = setInterval(() => console.log('{n}'), 5); "
            f"setTimeout(() => clearInterval(beat{n}), 400); 0"
        )
        for n in range(10)
    ]
    time.sleep(0.5)
    kernel.quiet(0.3)
    for n, cell in enumerate(cells):
        assert set(cell.stdout.split()) == {str(n)}
