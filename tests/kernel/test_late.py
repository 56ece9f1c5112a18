"""Output and errors that come late: in the cell that they belong to."""

import re

import pytest
from front_end import FrontEnd
from places import frames, line, lines

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
        'import { mkdtempSync, rmSync, watch, writeFileSync } from "node:fs"; import { tmpdir } from "node:os";\n'
        "const folder = mkdtempSync(tmpdir() + '/watched-'); let seen = false;\n"
        "const watcher = watch(folder, () => { watcher.close(); rmSync(folder, { recursive: true, force: true }); "
        "if (!seen) console.log('late'); seen = true });\n"
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


# Each is refused, on a line of its own in the cell.
FORGOTTEN = {
    "a call": "\nsocket().connect(nowhere); undefined",
    "a call through a variable": "const forgotten = socket();\nforgotten?.connect(nowhere); undefined",
    "a promise that is kept": "\nconst kept = socket().connect(nowhere); undefined",
    "a call in a list": "const listed = [\n  socket().connect(nowhere)]; undefined",
    "a call in a function that a timer calls": "setTimeout(() =>\n  socket().connect(nowhere), 10); undefined",
    "a call in a function of an earlier cell": "\nvoid inAFunction(); undefined",
    "a chain": "\nsocket().connect(nowhere)\n  .then(() => 'connected'); undefined",
    "a call of Node's": "\nvoid readFile('/nowhere/at/all'); undefined",
}


@pytest.mark.parametrize("forgotten", FORGOTTEN)
def test_an_error_of_a_promise_that_nobody_awaited_names_the_line_that_made_it(
    kernel: FrontEnd, forgotten: str
) -> None:
    kernel.ok(
        'import { readFile } from "node:fs/promises"; import { socket } from "../helpers/socket";\n'
        'const nowhere: [string, number] = ["127.0.0.1", 1];\n'
        "async function inAFunction() { await null; return socket().connect(nowhere) }"
    )
    cell = kernel.ok(FORGOTTEN[forgotten])
    kernel.until(lambda: cell.errors, "the error")
    assert "ECONNREFUSED" in cell.error["evalue"] or "ENOENT" in cell.error["evalue"]
    assert lines(cell)[-1] == line(cell, 2)
    assert kernel.ok("inAFunction.name").result == "'inAFunction'"


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


TAKEN_AWAY = {
    "those of one event": "process.removeAllListeners('uncaughtException').removeAllListeners('unhandledRejection')",
    "all": "process.removeAllListeners()",
    "each by itself": (
        "for (const event of ['uncaughtException', 'unhandledRejection'])\n"
        "  for (const listener of process.listeners(event as 'exit')) process.off(event, listener)"
    ),
}


@pytest.mark.parametrize("which", TAKEN_AWAY)
def test_late_errors_are_shown_although_a_cell_takes_all_listeners_away(kernel: FrontEnd, which: str) -> None:
    kernel.ok(TAKEN_AWAY[which])
    cell = kernel.ok(
        "setTimeout(() => { throw new RangeError('late') }, 10); Promise.reject(new TypeError('at once')); 0"
    )
    kernel.until(lambda: len(cell.errors) == 2, "both errors")
    assert {error["ename"] for error in cell.errors} == {"RangeError", "TypeError"}
