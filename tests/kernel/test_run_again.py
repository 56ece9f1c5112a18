"""A cell that runs again makes room for itself: what it has opened and left running ends."""

import socket

import pytest
from conftest import Launch
from front_end import FrontEnd
from ports import free_port


def answers(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(5)
        return probe.connect_ex(("127.0.0.1", port)) == 0


SERVERS = {
    "a helper's socket": (
        'import {{ socket }} from "../helpers/socket"\n'
        'const s{n} = socket(); await s{n}.bind(["127.0.0.1", {port}]); s{n}.listen(); undefined'
    ),
    "a helper's socket that waits": (
        'import {{ socket }} from "../helpers/socket"\n'
        'const s{n} = socket(); await s{n}.bind(["127.0.0.1", {port}]); s{n}.listen();\n'
        "void s{n}.accept().catch(() => {{}})"
    ),
    "createServer of the helper": (
        'import {{ createServer }} from "../helpers/socket"\n'
        'const s{n} = await createServer(["127.0.0.1", {port}]); undefined'
    ),
    "node:net": (
        'import * as net from "node:net"; import {{ once }} from "node:events"\n'
        'const s{n} = net.createServer(c => c.write("x")).listen({port}, "127.0.0.1"); '
        'await once(s{n}, "listening")\nundefined'
    ),
    "node:http": (
        'import * as http from "node:http"; import {{ once }} from "node:events"\n'
        'const s{n} = http.createServer().listen({port}, "127.0.0.1"); await once(s{n}, "listening")\nundefined'
    ),
}


@pytest.mark.parametrize("kind", SERVERS)
def test_a_server_cell_runs_again_and_again(kernel: FrontEnd, kind: str) -> None:
    port, other = free_port(), free_port()
    kernel.ok(SERVERS[kind].format(n=2, port=other), cell=f"{kind}, other")
    for _ in range(4):
        kernel.ok(SERVERS[kind].format(n=1, port=port), cell=kind)
        assert answers(port)
        kernel.ok(
            f'import {{ connect }} from "node:net"; const guest = connect({port}, "127.0.0.1"); undefined', cell="guest"
        )
    assert answers(other), "no other cell's socket is touched"
    for name in (kind, f"{kind}, other", "guest"):
        kernel.ok("undefined", cell=name)
    assert not answers(port) and not answers(other)


@pytest.mark.parametrize("kind", ["a helper's socket", "node:net"])
def test_without_a_cell_id_nothing_is_closed(kernel: FrontEnd, kind: str) -> None:
    port = free_port()
    code = SERVERS[kind].format(n=3, port=port)
    kernel.ok(code)
    again = kernel.run(code)
    kernel.until(lambda: again.errors, "the error")
    assert "EADDRINUSE" in again.traceback
    assert answers(port)


@pytest.mark.parametrize("kind", ["a helper's socket", "node:net"])
def test_a_cell_that_does_not_compile_closes_nothing(kernel: FrontEnd, kind: str) -> None:
    port = free_port()
    code = SERVERS[kind].format(n=4, port=port)
    kernel.ok(code, cell="compiles")
    for wrong in (f"{code}\nconst wrong: number = 'text'", f"{code}\nconst = 1"):
        kernel.fails(wrong, cell="compiles")
        assert answers(port)
    kernel.ok(code, cell="compiles")
    assert answers(port)
    kernel.fails("throw new Error('compiles, and so makes room')", cell="compiles")
    assert not answers(port)


def test_what_a_cell_opened_late_or_before_it_failed_is_closed_too(kernel: FrontEnd) -> None:
    port, late = free_port(), free_port()
    code = (
        'import * as net from "node:net"; import { once } from "node:events"\n'
        f'const early = net.createServer().listen({port}, "127.0.0.1"); await once(early, "listening")\n'
        f'setTimeout(() => net.createServer().listen({late}, "127.0.0.1"), 100)\n'
        "throw new Error('with a server open')"
    )
    for _ in range(3):
        failed = kernel.fails(code, cell="fails")
        assert failed.error["evalue"] == "with a server open"
        kernel.until(lambda: answers(late), "the late server")
        assert answers(port) and answers(late)
        assert len(failed.errors) == 1
    kernel.ok("0", cell="fails")
    assert not answers(port) and not answers(late)


def test_datagram_sockets_make_room(kernel: FrontEnd) -> None:
    port = free_port()
    node = (
        'import * as dgram from "node:dgram"; import { once } from "node:events"\n'
        f'const d = dgram.createSocket("udp4"); d.bind({port}, "127.0.0.1"); await once(d, "listening")\nundefined'
    )
    helper = (
        'import { AF_INET, SOCK_DGRAM, socket } from "../helpers/socket"\n'
        f'const h = socket(AF_INET, SOCK_DGRAM); await h.bind(["127.0.0.1", {port}])'
    )
    for code in (node, helper):
        for _ in range(3):
            kernel.ok(code, cell="datagrams")
    kernel.ok("0", cell="datagrams")


def test_connections_of_a_cell_are_closed(kernel: FrontEnd) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        server.settimeout(20)
        codes = (
            f'import {{ connect }} from "node:net"; const c = connect({port}, "127.0.0.1"); '
            f'c.on("error", () => {{}}); undefined',
            f'import {{ createConnection }} from "../helpers/socket"; '
            f'const h = await createConnection(["127.0.0.1", {port}])',
        )
        for code in codes:
            kernel.ok(code, cell="connection")
            peer, _ = server.accept()
            with peer:
                kernel.ok("0", cell="connection")
                peer.settimeout(20)
                assert peer.recv(1) == b"", "the cell's end is closed"


def test_intervals_of_a_cell_end(kernel: FrontEnd) -> None:
    first = kernel.ok("const beat = setInterval(() => console.log('first'), 10); 0", cell="beat")
    other = kernel.ok(
        'import * as timers from "node:timers"; timers.setInterval(() => console.log("other"), 10); 0', cell="x"
    )
    kernel.until(lambda: "first" in first.stdout and "other" in other.stdout, "both beats")
    second = kernel.ok("setInterval(() => console.log('second'), 10); 0", cell="beat")
    kernel.until(lambda: "second" in second.stdout, "the new beat")
    kernel.quiet(0.2)
    count = first.stdout.count("first")
    others = other.stdout.count("other")
    kernel.quiet(0.3)
    assert first.stdout.count("first") == count
    assert other.stdout.count("other") > others
    kernel.ok("0", cell="beat")
    kernel.ok("0", cell="x")
    kernel.quiet(0.2)
    counts = len(second.stdout), len(other.stdout)
    kernel.quiet(0.3)
    assert counts == (len(second.stdout), len(other.stdout))


def test_children_of_a_cell_end_before_it_runs_again(kernel: FrontEnd) -> None:
    kernel.ok('import { spawn } from "node:child_process"; spawn("sleep", ["1000"]); 0', cell="child")
    assert len(kernel.children()) == 1
    kernel.ok("0", cell="child")
    kernel.until(lambda: not kernel.children(), "the end of the child", 10)


def test_what_was_closed_already_is_no_trouble(kernel: FrontEnd) -> None:
    code = (
        'import * as net from "node:net"; import * as dgram from "node:dgram"; import { once } from "node:events";\n'
        'import { socket } from "../helpers/socket"; const h = socket(); h.close(); h.close();\n'
        "const n = net.createServer().listen(0); await once(n, 'listening'); n.close(); await once(n, 'close');\n"
        "const d = dgram.createSocket('udp4'); d.close(); await once(d, 'close'); "
        "clearInterval(setInterval(() => {}, 5)); 0"
    )
    for _ in range(3):
        cell = kernel.ok(code, cell="closed")
        assert cell.types == ["execute_result"]


def test_a_socket_that_moved_to_another_cell_belongs_to_the_one_that_opened_it(kernel: FrontEnd) -> None:
    port = free_port()
    kernel.ok(
        'import { socket } from "../helpers/socket"; async function open(port: number) {\n'
        '  const made = socket(); await made.bind(["127.0.0.1", port]); made.listen(); return made }',
        cell="function",
    )
    kernel.ok(f"const opened = await open({port})", cell="caller")
    kernel.ok("0", cell="function")
    assert answers(port)
    kernel.ok("0", cell="caller")
    assert not answers(port)


def test_a_cell_that_still_runs_in_the_background_is_stopped_by_its_sockets_end(kernel: FrontEnd) -> None:
    port = free_port()
    code = (
        'import { socket } from "../helpers/socket"\n'
        f'const busy = socket(); await busy.bind(["127.0.0.1", {port}]); busy.listen()\n'
        "void (async () => { for (;;) { const [peer] = await busy.accept(); peer.close(); console.log('served') } })()"
        ".catch((error: Error) => console.log('ended'))"
    )
    cells = [kernel.ok(code, cell="background") for _ in range(3)]
    assert answers(port)
    kernel.until(lambda: "served" in cells[2].stdout, "the log of the newest")
    assert [cell.stdout for cell in cells] == ["ended\n", "ended\n", "served\n"]
    kernel.ok("0", cell="background")


# --- Restart ---


def test_restart_frees_every_port_at_once(launch: Launch) -> None:
    front_end = launch()
    ports = [free_port() for _ in SERVERS]
    for n, (kind, port) in enumerate(zip(SERVERS, ports, strict=True)):
        front_end.ok(SERVERS[kind].format(n=n, port=port))
    assert all(map(answers, ports))
    front_end.kernel.restart_kernel()
    assert not any(map(answers, ports))
    again = FrontEnd(front_end.kernel)
    again.connect()
    try:
        for n, (kind, port) in enumerate(zip(SERVERS, ports, strict=True)):
            again.ok(SERVERS[kind].format(n=n, port=port))
        again.quiet(0.2)
        assert not [error for request in again.requests.values() for error in request.errors]
    finally:
        again.close()


LEFT_RUNNING = {
    "a chain of timeouts": "const again = (): void => { beats.count++; setTimeout(again, 5) }; again(); 0",
    "an interval": "setInterval(() => beats.count++, 5); 0",
    "a loop that sleeps": (
        'import { setTimeout as sleep } from "node:timers/promises"\n'
        "void (async () => { for (;;) { beats.count++; await sleep(5) } })(); 0"
    ),
    "a loop over an interval": (
        'import { setInterval as every } from "node:timers/promises"\n'
        "void (async () => { for await (const beat of every(5)) beats.count++ })(); 0"
    ),
    "a loop that waits by the scheduler": (
        'import { scheduler } from "node:timers/promises"\n'
        "void (async () => { for (;;) { beats.count++; await scheduler.wait(5) } })(); 0"
    ),
    "a loop that sleeps by promisify": (
        'import { promisify } from "node:util"\n'
        "void (async () => { for (;;) { beats.count++; await promisify(setTimeout)(5) } })(); 0"
    ),
    "a chain of immediates": "const next = (): void => { beats.count++; setImmediate(next) }; next(); 0",
    "a timeout that is set anew": ("const anew = setTimeout(() => { beats.count++; anew.refresh() }, 5); 0"),
    "a loop that waits for immediates": (
        'import { setImmediate as turn } from "node:timers/promises"\n'
        "void (async () => { for (;;) { beats.count++; await turn() } })(); 0"
    ),
    "a loop that yields to others": (
        'import { scheduler } from "node:timers/promises"\n'
        "void (async () => { for (;;) { beats.count++; await scheduler.yield() } })(); 0"
    ),
    "a chain of promises of timeouts": (
        "const onwards = (): Promise<void> => new Promise(resolve => setTimeout(resolve, 5))\n"
        "  .then(() => { beats.count++; return onwards() }); void onwards(); 0"
    ),
    "messages between two ports": (
        "const { port1, port2 } = new MessageChannel()\n"
        "port1.on('message', () => { beats.count++; port2.postMessage(0) }); port2.postMessage(0); 0"
    ),
    "messages that are broadcast": (
        "const [one, two] = [new BroadcastChannel('x'), new BroadcastChannel('x')]\n"
        "one.onmessage = () => { beats.count++; two.postMessage(0) }; two.postMessage(0); 0"
    ),
    "a child": (
        'import { spawn } from "node:child_process"\n'
        "const child = spawn(process.execPath, ['-e', 'setInterval(() => console.log(1), 5)'])\n"
        "child.stdout.on('data', () => beats.count++); 0"
    ),
    "a worker": (
        'import { Worker } from "node:worker_threads";\n'
        "new Worker('setInterval(() => require(`worker_threads`).parentPort.postMessage(1), 5)', "
        "{ eval: true }).on('message', () => beats.count++); 0"
    ),
    "a worker that computes": (
        'import { Worker } from "node:worker_threads";\n'
        "new Worker('const { parentPort } = require(`worker_threads`); for (;;) parentPort.postMessage(1)', "
        "{ eval: true }).on('message', () => beats.count++); 0"
    ),
}


@pytest.mark.parametrize("what", LEFT_RUNNING)
def test_what_a_cell_has_left_running_ends_when_it_runs_again(kernel: FrontEnd, what: str) -> None:
    kernel.ok("var beats = { count: 0 }")
    kernel.ok(LEFT_RUNNING[what], cell="left-running")
    kernel.ok("while (beats.count < 3) await new Promise(resolve => setTimeout(resolve, 5))")
    kernel.ok("'nothing left'", cell="left-running")
    kernel.ok("const before = beats.count")
    kernel.ok("await new Promise(resolve => setTimeout(resolve, 300))")
    assert kernel.ok("beats.count - before").result == "0"


@pytest.mark.parametrize("what", LEFT_RUNNING)
def test_what_a_cell_has_left_running_ends_at_a_second_interrupt(kernel: FrontEnd, what: str) -> None:
    kernel.ok("var beats = { count: 0 }")
    left = kernel.ok(LEFT_RUNNING[what])
    kernel.ok("while (beats.count < 3) await new Promise(resolve => setTimeout(resolve, 5))")
    kernel.interrupt()
    kernel.ok("var before = beats.count; while (beats.count === before) await new Promise(r => setTimeout(r, 5))")
    kernel.interrupt()
    kernel.interrupt()
    # A child says itself how it has ended.
    kernel.until(lambda: left.errors or what == "a child", "what has become of it")
    assert all("interrupt" in error["evalue"] for error in left.errors)
    kernel.ok("before = beats.count; await new Promise(resolve => setTimeout(resolve, 300))")
    assert kernel.ok("beats.count - before").result == "0"


def test_a_chain_that_waited_for_something_else_does_not_go_on_either(kernel: FrontEnd) -> None:
    kernel.ok("let goOn = () => {}, went = false, chained = 0")
    chain = "const onward = (): void => { chained++; setTimeout(onward, 5) }"
    kernel.ok(f"void new Promise<void>(r => goOn = r).then(() => {{ {chain}; went = true; onward() }})", cell="chain")
    kernel.ok("'nothing left'", cell="chain")
    kernel.ok("goOn(); while (!went) await new Promise(resolve => setTimeout(resolve, 5))")
    kernel.ok("await new Promise(resolve => setTimeout(resolve, 100))")
    assert kernel.ok("chained").result == "1"


def test_a_worker_runs_the_text_of_a_cells_function(kernel: FrontEnd) -> None:
    code = (
        'import { Worker } from "node:worker_threads"\n'
        "const sum = async (count: number) => {\n"
        "  let sum = 0; const add = async (n: number) => { sum += n }\n"
        "  for (let n = 1; n <= count; n++) await add(n)\n"
        "  const late = add(0); await late; const { availableParallelism } = await import('node:os')\n"
        "  try { return sum * Math.sign(availableParallelism()) } catch (error) { return error } }\n"
        "const answer = (worker: Worker) => new Promise((resolve, reject) =>\n"
        "  worker.once('message', resolve).once('error', reject))\n"
        "await answer(new Worker(`(${sum})(4).then(sum => require('worker_threads').parentPort.postMessage(sum))`,\n"
        "  { eval: true }))"
    )
    assert kernel.ok(code, cell="worker").result == "10"
    assert "__" not in kernel.ok("String(sum)").result


def test_a_cell_that_runs_twice_at_once_is_still_recorded(launch: Launch) -> None:
    """What it recorded the first time is written some time later."""
    front_end = launch()
    code = 'import { socket } from "../helpers/socket"; const twice = socket(); twice.close()'
    again = [front_end.start(code, cell="twice") for _ in range(3)]
    for request in again:
        front_end.wait(request)
    port = free_port()
    front_end.ok(
        "import { existsSync, readFileSync } from 'node:fs'\n"
        "import { usualFolder } from '../helpers/record/record-folder'\n"
        f"const recorded = socket(); await recorded.bind(['127.0.0.1', {port}]); recorded.listen()\n"
        "const file = `${usualFolder()}/${process.pid}.jsonl`\n"
        f"while (!existsSync(file) || !readFileSync(file, 'utf8').includes('{port}'))\n"
        "  await new Promise(resolve => setTimeout(resolve, 5))"
    )
