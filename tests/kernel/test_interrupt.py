"""An interrupt ends what the kernel does, and nothing else."""

import itertools
import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from conftest import Launch
from front_end import FrontEnd, Gate


@pytest.mark.parametrize("how", ["message", "signal"])
@pytest.mark.parametrize("code", ["await new Promise(() => {})", "while (true) {}", "await 0; for (;;) {}"])
def test_interrupt(kernel: FrontEnd, how: str, code: str) -> None:
    cell = kernel.start(f"console.log('running'); {code}")
    kernel.until(lambda: cell.stdout, "its output")
    if how == "message":
        kernel.interrupt()
    else:
        kernel.process.send_signal(signal.SIGINT)
    kernel.wait(cell)
    assert cell.reply["status"] == "error"
    assert "interrupt" in cell.error["evalue"]
    assert kernel.ok("'next'").result == "'next'"


def is_pending(process: psutil.Process, number: signal.Signals) -> bool:
    """Whether the signal has not reached the process yet. Where the system does not tell, it has."""
    status = Path(f"/proc/{process.pid}/status")
    masks = re.findall(r"^S(?:ig|hd)Pnd:\s*(\w+)", status.read_text(), re.M) if status.exists() else []
    return any(int(mask, 16) >> (number - 1) & 1 for mask in masks)


def test_interrupt_of_an_idle_kernel_harms_no_cell(kernel: FrontEnd) -> None:
    for _ in range(3):
        kernel.interrupt()
        assert kernel.ok("let turns = 0; for (; turns < 10; turns++) await 0; turns").result == "10"
        kernel.process.send_signal(signal.SIGINT)
        kernel.until(lambda: not is_pending(kernel.process, signal.SIGINT), "the signal's arrival")
        # What is asked now is read after the signal; what is asked then, after it was obeyed.
        for _ in range(2):
            kernel.ask("kernel_info_request", {}, "control")
        assert kernel.ok("for (turns = 0; turns < 10; turns++) await 0; turns").result == "10"


def test_interrupt_of_a_value_that_shows_itself_late(kernel: FrontEnd) -> None:
    """The cell's code is done then, and the cell is not."""
    cell = kernel.stop(
        "({ async [Symbol.for('Jupyter.display')]() {"
        " console.log('shows'); await new Promise(r => setTimeout(r, 1e9).unref()); return {} } })"
    )
    assert "interrupt" in cell.error["evalue"] and cell.result is None
    assert kernel.ok("'next'").result == "'next'"


def test_interrupt_of_a_user_expression(kernel: FrontEnd) -> None:
    never = "({ [Symbol.for('Jupyter.display')]: () => (console.log('waits'), new Promise(() => {})) })"
    for expression in ("(console.log('waits'), await new Promise(() => {}))", never):
        cell = kernel.start("console.log('done')", user_expressions={"before": "1", "waits": expression, "after": "2"})
        kernel.until(lambda cell=cell: "waits" in cell.stdout, "the output of the expression")
        kernel.interrupt()
        kernel.wait(cell)
        values = cell.reply["user_expressions"]
        assert (cell.reply["status"], values["before"]["status"]) == ("ok", "ok")
        assert "interrupt" in values["waits"]["evalue"]
    assert kernel.ok("'next'").result == "'next'"


# Compiling it takes some seconds.
LONG_TO_COMPILE = "console.log('ran')\n" + "\n".join(
    f"const long{n} = {{ n: {n}, next: () => [{n}, 'text'] as const }}" for n in range(3000)
)


def test_interrupt_of_a_cell_that_is_being_compiled(kernel: FrontEnd) -> None:
    kernel.ok("const long1 = 'of an earlier cell'")
    cell = kernel.start(LONG_TO_COMPILE)
    kernel.until(lambda: cell.contents("execute_input"), "its begin")
    behind = kernel.send("complete_request", {"code": "JSON.", "cursor_pos": 5})
    kernel.interrupt()
    kernel.wait(cell)
    assert "interrupt" in cell.error["evalue"]
    assert not behind.replies, "the reply does not wait for the compiler"
    kernel.wait(behind)
    assert kernel.ok("long1.toUpperCase()").result == "'OF AN EARLIER CELL'", "it did not run, and declared nothing"
    assert "long2" in kernel.fails("long2").error["evalue"]
    assert cell.stdout == ""


def test_interrupt_of_the_first_cell_while_it_is_being_compiled(launch: Launch) -> None:
    front_end = launch()
    cell = front_end.start(f"{LONG_TO_COMPILE}\nconst first = 1")
    front_end.until(lambda: cell.contents("execute_input"), "its begin")
    front_end.interrupt()
    front_end.wait(cell)
    assert "interrupt" in cell.error["evalue"] and cell.stdout == ""
    assert front_end.ok("const first = 2; first").result == "2"


def test_helpers_of_a_cell_that_was_interrupted_while_it_was_being_compiled(launch: Launch) -> None:
    front_end = launch()
    imports = 'import { socket } from "../helpers/socket"\n'
    cell = front_end.start(f"{imports}{LONG_TO_COMPILE}")
    front_end.until(lambda: cell.contents("execute_input"), "its begin")
    front_end.interrupt()
    front_end.wait(cell)
    assert cell.reply["status"] == "error"
    front_end.ok(f"{imports}socket().close()")


def test_interrupt_aborts_what_is_queued(kernel: FrontEnd) -> None:
    cell = kernel.start("console.log('running'); await new Promise(() => {})")
    queued = kernel.start("'not reached'")
    kernel.until(lambda: cell.stdout, "its output")
    kernel.arrive()
    kernel.interrupt()
    kernel.wait(cell)
    kernel.wait(queued)
    assert (cell.reply["status"], queued.reply["status"]) == ("error", "aborted")


ENDLESS = {
    "recursion": "const fib = (n: number): number => (n < 2 ? n : fib(n - 1) + fib(n - 2)); fib(60)",
    "nested forEach": "const many = Array.from({ length: 1e5 }, () => 0); many.forEach(() => many.forEach(() => {}))",
    "a regular expression": "/^(a+)+$/.test('a'.repeat(50) + 'b')",
    "replace with a regular expression": "('a'.repeat(50) + 'b').replace(/^(a+)+$/, '')",
    "eval": "eval('while (true);')",
    "new Function": "new Function('for (;;);')()",
    "a vm script": "require('node:vm').runInNewContext('while (true);')",
    "sort": "const wait = Array.from({ length: 1e5 }, (_, n) => n % 7);\n"
    "wait.sort((a, b) => { wait.slice().sort((c, d) => c - d); return a - b })",
    "Array.from": "Array.from({ length: 1e9 }, (_, n) => { Math.sqrt(n) })",
    "a generator": "Array.from({ length: 1e9 }, () => [...'abc'])",
    "execSync": "require('node:child_process').execSync('sleep 1000; true')",
    "execSync of a shell that leaves a command behind": "require('node:child_process')\n"
    "  .execSync('sleep 1000 & sleep 1000')",
    "spawnSync": "require('node:child_process').spawnSync('sleep', ['1000'], { stdio: 'inherit' })",
    "a child that heeds no SIGINT": "require('node:child_process').spawnSync(\"trap '' INT; sleep 1000; true\",\n"
    "{ shell: true })",
    "Atomics.wait": "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)",
}

PLACES = {
    "at once": "{}",
    "after await": "await new Promise(resolve => setTimeout(resolve, 1)); {}",
    "after a microtask": "await null; {}",
    "in a timeout": "await new Promise<void>(resolve => setTimeout(() => {{ {} ; resolve() }}, 1))",
    "in an immediate": "await new Promise<void>(resolve => setImmediate(() => {{ {} ; resolve() }}))",
    "in a tick": "await new Promise<void>(resolve => process.nextTick(() => {{ {} ; resolve() }}))",
    "in a microtask": "await new Promise<void>(resolve => queueMicrotask(() => {{ {} ; resolve() }}))",
    "in a server": "const listening = require('node:net').createServer(() => {{ {} }}).listen(0);\n"
    "await require('node:events').once(listening, 'listening');\n"
    "require('node:net').connect(listening.address().port);\n"
    "await new Promise(() => {{}})",
    "in a file's callback": "require('node:fs').stat('.', () => {{ {} }}); await new Promise(() => {{}})",
    "in a stream": "for await (const part of require('node:stream').Readable.from(['a', 'b'])) {{ {} }}",
    "in an event": "const target = new EventTarget(); target.addEventListener('x', () => {{ {} }});\n"
    "target.dispatchEvent(new Event('x')); await new Promise(() => {{}})",
    "in AsyncLocalStorage": "new (require('node:async_hooks').AsyncLocalStorage)().run(1, () => {{ {} }})",
    "in a message": 'const {{ port1, port2 }} = new MessageChannel(); port1.on("message", () => {{ {} }});\n'
    "port2.postMessage(1); await new Promise(() => {{}})",
    "in a socket's poll": "const {{ createServer }} = await import('../helpers/socket');\n"
    "const waiting = await createServer(['127.0.0.1', 0]);\n"
    "const other = await (await import('../helpers/socket')).createConnection(waiting.getsockname());\n"
    "void other; await waiting.accept(); {}",
}


@pytest.mark.parametrize("what", ENDLESS)
def test_an_interrupt_ends_whatever_runs(kernel: FrontEnd, what: str) -> None:
    kernel.ok("let kept = 'kept'")
    cell = kernel.stop(f"{{ console.log('running'); {ENDLESS[what]} }}")
    assert "interrupt" in cell.error["evalue"] and cell.stderr == ""
    assert kernel.ok("kept").result == "'kept'"


def test_an_interrupt_of_a_call_that_waits_for_a_child_spares_others(kernel: FrontEnd) -> None:
    kernel.ok("const other = require('node:child_process').spawn('cat', { stdio: 'pipe' }); undefined")
    kernel.stop(f"{{ console.log('running'); {ENDLESS['execSync']} }}")
    shown = kernel.ok("other.stdin.write('on'); String((await require('node:events').once(other.stdout, 'data'))[0])")
    assert shown.result == "'on'"
    kernel.ok("other.kill()")


def test_an_interrupt_ends_what_is_shown_without_end(kernel: FrontEnd) -> None:
    getter = "get [Symbol.toStringTag]() { console.log('running'); eval('while (true);'); return '' }"
    cell = kernel.stop(f"({{ {getter} }})")
    assert "interrupt" in cell.error["evalue"] and cell.stderr == ""


@pytest.mark.parametrize(("place", "what"), list(zip(PLACES, itertools.cycle(["eval", "recursion"]))))
def test_an_interrupt_ends_what_runs_anywhere(kernel: FrontEnd, place: str, what: str) -> None:
    work = f"console.log('running'); {ENDLESS[what]};"
    cell = kernel.stop(f"{{ {PLACES[place].format(work)} }}")
    assert "interrupt" in cell.error["evalue"] and cell.stderr == ""
    assert kernel.ok("await new Promise(resolve => setTimeout(resolve, 1)); 'next'").result == "'next'"


def test_sockets_outlive_an_interrupt_of_whatever_runs(kernel: FrontEnd) -> None:
    kernel.ok(
        "const { createServer: echo, connect: to } = require('node:net');\n"
        "const echoing = echo((socket: any) => socket.pipe(socket)).listen(0);\n"
        "const line = to(echoing.address().port);\n"
        "const { createServer: listening, createConnection: connected } = await import('../helpers/socket');\n"
        "const own = await listening(['127.0.0.1', 0]), there = await connected(own.getsockname());\n"
        "const [here] = await own.accept(); undefined"
    )
    for what in ("eval", "a regular expression", "recursion"):
        kernel.stop(f"{{ console.log('running'); {ENDLESS[what]} }}")
        kernel.stop(f"{{ await null; console.log('running'); {ENDLESS[what]} }}")
        shown = kernel.ok(
            "line.write('over'); const [answer] = await require('node:events').once(line, 'data');\n"
            "await there.sendall('still'); [String(answer), String(await here.recv(5))]"
        )
        assert shown.result == "[ 'over', 'still' ]"
    kernel.ok("line.destroy(); echoing.close(); here.close(); there.close(); own.close()")


WAITS_FOR_PIPE = {
    "readFileSync": "fs.readFileSync(pipe)",
    "readFileSync of a text": "fs.readFileSync(pipe, 'utf8')",
    "readFileSync of a URL": "fs.readFileSync(require('node:url').pathToFileURL(pipe))",
    "openSync": "fs.openSync(pipe)",
    "openSync to write": "fs.openSync(pipe, 'w')",
    "writeFileSync": "fs.writeFileSync(pipe, 'text')",
    "appendFileSync": "fs.appendFileSync(pipe, 'text')",
    "createReadStream": "for await (const part of fs.createReadStream(pipe)) console.log(part)",
}

# Here somebody has opened the pipe to write, and says nothing.
WAITS_FOR_WRITER = {
    "readFileSync": "fs.readFileSync(pipe)",
    "readFileSync of a text": "fs.readFileSync(pipe, 'utf8')",
    "readFileSync of what is open": "fs.readFileSync(fs.openSync(pipe), 'utf8')",
    "readSync": "fs.readSync(fs.openSync(pipe), new Uint8Array(10))",
}


@pytest.fixture
def pipe(tmp_path: Path, kernel: FrontEnd) -> Iterator[Path]:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    kernel.ok(f"var fs = require('node:fs'), pipe = {str(path)!r}; undefined")
    yield path
    # Whoever should still wait for it.
    os.close(os.open(path, os.O_RDWR | os.O_NONBLOCK))


@pytest.mark.parametrize("what", WAITS_FOR_PIPE)
def test_an_interrupt_ends_what_waits_for_a_named_pipe(kernel: FrontEnd, pipe: Path, what: str) -> None:
    cell = kernel.stop(f"console.log('running'); {WAITS_FOR_PIPE[what]}")
    assert "interrupt" in cell.error["evalue"] and cell.stderr == ""
    assert kernel.ok("'next'").result == "'next'"


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="only Linux opens anew what is open")
@pytest.mark.parametrize("what", WAITS_FOR_WRITER)
def test_an_interrupt_ends_what_waits_for_a_silent_writer(kernel: FrontEnd, pipe: Path, what: str) -> None:
    writer = os.open(pipe, os.O_RDWR)
    try:
        cell = kernel.stop(f"console.log('running'); {WAITS_FOR_WRITER[what]}")
        assert "interrupt" in cell.error["evalue"] and cell.stderr == ""
    finally:
        os.close(writer)


def test_what_goes_through_a_named_pipe_comes_whole(kernel: FrontEnd, pipe: Path) -> None:
    kernel.ok("const { spawn: begins } = require('node:child_process'); undefined")
    for encoding, shown in (("", "<Buffer 61 62 c3 a9 63>"), (", 'utf8'", "'abéc'"), (", 'latin1'", "'abÃ©c'")):
        kernel.ok("begins('sh', ['-c', 'exec > \"$0\"; printf ab; sleep 0.1; printf éc', pipe]); undefined")
        assert kernel.ok(f"fs.readFileSync(pipe{encoding})").result == shown
    kernel.ok("const copies = begins('cat', [pipe]); const copied = copies.stdout.toArray(); undefined")
    kernel.ok("fs.writeFileSync(pipe, 'aé', 'latin1')")
    assert kernel.ok("Buffer.concat(await copied)").result == "<Buffer 61 e9>"


# What is begun in the system waits for whoever it was told to wait for.
CANNOT_BE_ENDED = {
    "one call that computes": "(2n ** 60_000_000n - 1n) ** 9n > 0n",
}


@pytest.mark.parametrize("what", CANNOT_BE_ENDED)
def test_an_interrupt_that_cannot_end_the_cell_says_so(launch: Launch, what: str) -> None:
    front_end = launch()
    cell = front_end.start(f"console.log('running'); {CANNOT_BE_ENDED[what]}")
    front_end.until(lambda: cell.stdout, "its output")
    front_end.interrupt()
    front_end.until(lambda: "Restart Kernel" in cell.stderr, "what would help")
    assert not cell.done


ENDLESS_CHAINS = {
    "ticks": "const turn = (): void => process.nextTick(turn); turn(); 0",
    "microtasks": "const turn = (): void => queueMicrotask(turn); turn(); 0",
    "promises": "const turn = async (): Promise<void> => { await null; return turn() }; void turn(); 0",
}


@pytest.mark.parametrize("links", ENDLESS_CHAINS)
def test_an_endless_chain_that_a_cell_has_left_behind_ends(kernel: FrontEnd, links: str) -> None:
    kernel.ok(ENDLESS_CHAINS[links])
    waiting = kernel.start("'reached'")
    kernel.arrive()
    kernel.interrupt()
    kernel.wait(waiting)
    assert kernel.ok("'next'").result == "'next'"


def test_what_follows_an_interrupted_wait_does_not_run(kernel: FrontEnd, gate: Gate) -> None:
    cell = kernel.stop(
        f"const opens = async () => {{ {gate.code} }}; const waits = [opens()];\n"
        "try { console.log('running'); await waits[0]; console.log('not reached') }\n"
        "finally { console.log('cleans'); await null; console.log('up') }"
    )
    gate.open()
    kernel.until(lambda: "up" in cell.stdout, "the end of what waited")
    assert cell.stdout == "running\ncleans\nup\n"


def test_a_second_interrupt_ends_what_cells_have_left_running(kernel: FrontEnd) -> None:
    sleeps = "await new Promise(resolve => setTimeout(resolve, 20))"  # what is printed is to be read as fast
    loop = f"void (async () => {{ while (true) {{ {sleeps}; console.log('turn') }} }})()"
    left = [
        kernel.ok(loop),
        kernel.ok(
            f"async function* turns() {{ while (true) yield {sleeps} }}\n"
            "void (async () => { for await (const turn of turns()) console.log('turn', turn) })()"
        ),
    ]
    kernel.interrupt()
    kernel.ok("'a cell between'")
    kernel.interrupt()
    seen = [len(cell.stdout) for cell in left]
    kernel.until(
        lambda: all(len(cell.stdout) > before for cell, before in zip(left, seen, strict=True)), "another turn"
    )
    assert not any(cell.errors for cell in left)
    kernel.interrupt()
    kernel.until(lambda: all(cell.errors for cell in left), "their ends")
    assert all("interrupt" in cell.error["evalue"] for cell in left)
    assert kernel.ok("'next'").result == "'next'"


# Each calls `noted` again and again. What each begins gives its result to the next.
CHAINS_OF_CALLS = {
    "fs": "const link = () => { noted(); fs.stat('.', link) }; link()",
    "fs/promises": "const link = (): any => { noted(); return fs.promises.stat('.').then(link) }; void link()",
    "fs/promises, also if it fails": "const link = () => { noted(); fs.promises.stat('.').then(link, link) }; link()",
    "an async function": "const loop = async () => { for (;;) { noted(); await fs.promises.stat('.') } }; void loop()",
    "one that catches": "const loop = async () => { for (;;) try { noted(); await fs.promises.stat('.') } catch {} };\n"
    "void loop()",
    "dns": "const link = () => { noted(); dns.lookup('localhost', link) }; link()",
    "crypto": "const link = () => { noted(); crypto.randomBytes(16, link) }; link()",
    "webcrypto": "const { subtle } = crypto; const octets = new Uint8Array(8)\n"
    "const link = (): any => { noted(); subtle.digest('SHA-256', octets).then(link) }; link()",
    "zlib": "const link = () => { noted(); zlib.deflate('text', link) }; link()",
    "commands": "const link = () => { noted(); exec('true', link) }; link()",
    "connections": "const link = () => { noted(); net.connect(1).on('error', () => {}).on('close', link) }; link()",
    "requests": "const answering = http.createServer((_: any, answer: any) => answer.end('text')).listen(0)\n"
    "const link = () => { noted(); http.get(address(), (answer: any) => answer.resume().on('end', link)) }\n"
    "const address = () => ({ port: answering.address().port })\n"
    "answering.on('listening', link).unref()",
    "fetch": "const serving = http.createServer((_: any, answer: any) => answer.end('text')).listen(0)\n"
    "const link = (): any => { noted(); fetch(place()).then(answer => answer.text()).then(link) }\n"
    "const place = () => `http://127.0.0.1:${serving.address().port}`\n"
    "serving.on('listening', link).unref()",
    "workers": "const link = () => { noted(); new Worker('', { eval: true }).on('exit', link) }; link()",
    "aborting signals": "const link = () => { noted(); AbortSignal.timeout(5).onabort = link }; link()",
    "timers that are waited for": "const link = (): any => { noted(); sleep(5).then(link, link) }; link()",
    "timers and calls": "const link = () => { noted(); setTimeout(() => fs.stat('.', link), 1) }; link()",
    "helpers": "const { createConnection } = await import('../helpers/socket')\n"
    "const link = (): any => { noted(); createConnection(['127.0.0.1', 1]).then(link, link) }; link()",
}
NODE_MODULES = (
    "const [fs, dns, crypto] = ['fs', 'dns', 'crypto'].map(name => require(name))\n"
    "const [zlib, net, http] = ['zlib', 'net', 'http'].map(name => require(name))\n"
    "const { exec } = require('node:child_process'), { Worker } = require('node:worker_threads')\n"
    "const { setTimeout: sleep } = require('node:timers/promises')\n"
)


@pytest.mark.parametrize("how", ["a second interrupt", "another run of its cell"])
@pytest.mark.parametrize("calls", CHAINS_OF_CALLS)
def test_a_chain_of_calls_that_a_cell_has_left_behind_ends(kernel: FrontEnd, calls: str, how: str) -> None:
    kernel.ok("var turns = 0; var noted = () => { turns += 1 }")
    left = kernel.ok(f"{{ {NODE_MODULES}{CHAINS_OF_CALLS[calls]} }}\nundefined", cell="chain")

    def turns() -> int:
        # When this is answered, whatever had come before has been dealt with.
        return int(kernel.ok("await new Promise(resolve => setTimeout(resolve, 20)); turns").result or "")

    begun = turns()
    kernel.until(lambda: turns() > begun, "another turn")
    if how == "a second interrupt":
        kernel.interrupt()
        kernel.interrupt()
    else:
        kernel.ok("undefined", cell="chain")
    last = -1
    while last != (last := turns()):
        pass
    assert all("interrupt" in error["evalue"] or how != "a second interrupt" for error in left.errors)
    assert kernel.ok("'next'").result == "'next'"


@pytest.mark.parametrize("how", ["a second interrupt", "another run of its cell"])
def test_helpers_go_on_for_others_when_what_a_cell_has_left_behind_ends(kernel: FrontEnd, how: str) -> None:
    kernel.ok(
        "import { AF_INET, MSG_DONTWAIT, SOCK_DGRAM, socket } from '../helpers/socket'\n"
        "const idle = socket(AF_INET, SOCK_DGRAM); const look = () => idle.recv(1, MSG_DONTWAIT).catch(() => {})"
    )
    # Of calls that come back at once, one in many waits for a turn of the event loop.
    kernel.ok("void (async () => { for (;;) await look() })()", cell="busy")
    if how == "a second interrupt":
        kernel.interrupt()
        kernel.interrupt()
    else:
        kernel.ok("undefined", cell="busy")
    cell = kernel.start("for (let n = 0; n < 1000; n++) await look(); 'went on'")
    kernel.wait(cell)
    assert cell.result == "'went on'"
    kernel.ok("idle.close()")


# Each catches the interrupt, and tries again.
TRYING_AGAIN = {
    "a loop": "for (;;) try { await createConnection(['127.0.0.1', 1]) } catch {}",
    "a function": "const again = async (): Promise<void> => {\n"
    "  try { await createConnection(['127.0.0.1', 1]) } catch { return again() } }; await again()",
    "catch": "const again = (): Promise<unknown> => createConnection(['127.0.0.1', 1]).catch(again); await again()",
    "accept": "const listening = await createServer(['127.0.0.1', 0])\n"
    "const again = (): Promise<unknown> => listening.accept().catch(again); await again()",
    "getaddrinfo": "const again = (): any => getaddrinfo('localhost', 1).then(again, again); await again()",
    "poll": "const again = (): any => poll([], 0.01).then(again, again); await again()",
}


@pytest.mark.parametrize("how", TRYING_AGAIN)
def test_an_interrupt_ends_what_catches_it_and_tries_again(kernel: FrontEnd, how: str) -> None:
    imports = (
        "import { createConnection, createServer, getaddrinfo } from '../helpers/socket'\n"
        "import { poll } from '../helpers/poll'\n"
    )
    cell = kernel.stop(f"{imports}{{ console.log('running'); {TRYING_AGAIN[how]} }}")
    assert "interrupt" in cell.error["evalue"]
    assert kernel.ok("'next'").result == "'next'"


def test_an_interrupt_that_is_obeyed_says_nothing_more(kernel: FrontEnd) -> None:
    cells = []
    for code in ("while (true) {}", "await new Promise(() => {})", "prompt('?')"):
        cell = kernel.start(f"console.log('running'); {code}", allow_stdin=True)
        kernel.until(lambda cell=cell: cell.stdout, "its output")
        kernel.interrupt()
        kernel.wait(cell)
        cells.append(cell)
    kernel.interrupt()
    # Longer than an interrupt may take to be obeyed.
    kernel.quiet(2)
    assert [cell.stderr for cell in cells] == ["", "", ""] and kernel.state == "idle"
