"""An interrupt cancels what a cell waits for."""

import pytest
from front_end import FrontEnd, Request

INTERRUPTIBLE = {
    "accept": "const [peer] = await waiting.accept()",
    "recv": "await connected.recv(1)",
    "recvfrom": "await connected.recvfrom(1)",
    "a send that nobody takes": "await connected.sendall(new Uint8Array(100_000_000))",
    "a loop of waits": "while (true) { try { await waiting.accept() } catch (error) { throw error } }",
    "two waits at once": "await Promise.all([waiting.accept(), connected.recv(1)])",
    "a promise that no one settles": "await new Promise(() => {})",
    "a long timer": "await new Promise(resolve => setTimeout(resolve, 1e8))",
    "a timer with the cell's signal": "await sleep(1e8, undefined, { signal: currentCell()?.signal })",
    "an event with the cell's signal": "await once(new EventEmitter(), 'never', { signal: currentCell()?.signal })",
    "fetch with the cell's signal": (
        "await fetch(`http://127.0.0.1:${waiting.getsockname()[1]}/`, { signal: currentCell()?.signal })"
    ),
    "a command of zx": "await $`sleep 1000`",
    "an endless loop": "while (true) {}",
    "an endless loop after an await": "await 0; for (;;) {}",
    "an endless loop after a timer": "await new Promise(resolve => setTimeout(resolve, 20)); do {} while (true)",
    "an endless loop in a callback": "setTimeout(() => { while (true) {} }, 0); await new Promise(() => {})",
    "an endless loop of awaits": "for (;;) await null",
    "an endless loop of timers": "for (;;) await new Promise(resolve => setTimeout(resolve, 1))",
    "an endless loop that catches": "for (;;) { try { while (true) {} } catch {} }",
    "an endless loop of for-of": "for (const _ of (function* () { for (;;) yield 1 })());",
    "an endless loop of for-await": "for await (const _ of (async function* () { for (;;) yield 1 })());",
    "an endless loop of for-in and labels": "outer: for (;;) { for (const _ in { a: 1 }) continue outer }",
    "an endless loop in a function of an earlier cell": "spin()",
    "an endless loop in a class": "class Spin { static { for (;;); } }",
}

SET_UP = """
import { EventEmitter, once } from "node:events"; import { setTimeout as sleep } from "node:timers/promises";
import { $ } from "zx"; import { createConnection, socket } from "../helpers/socket";
import { currentCell } from "../interface/cell";
$.verbose = false; function spin(): never { for (;;); }
const waiting = socket(); await waiting.bind(["127.0.0.1", 0]); waiting.listen();
const connected = await createConnection(waiting.getsockname()); const [accepted] = await waiting.accept();
"""


def interrupted(kernel: FrontEnd, code: str, **flags: object) -> Request:
    """Runs a cell until it is well on its way, and interrupts it."""
    cell = kernel.start(f"console.log('running');\n{code}", **flags)
    kernel.until(lambda: cell.stdout, "its output")
    kernel.quiet(0.2)
    assert not cell.done, cell.describe()
    kernel.interrupt()
    kernel.wait(cell, 20)
    return cell


@pytest.mark.parametrize("what", INTERRUPTIBLE)
def test_interrupt_ends_what_a_cell_waits_for(kernel: FrontEnd, what: str) -> None:
    kernel.ok(SET_UP)
    cell = interrupted(kernel, INTERRUPTIBLE[what])
    assert cell.reply["status"] == "error"
    # zx says of a command how it ended, which is by the same interrupt.
    assert "interrupt" in cell.error["evalue"] or "SIGINT" in cell.error["evalue"], cell.traceback
    assert kernel.ok("let after = 0; while (after < 1000) after++; await null; after").result == "1000"
    kernel.ok("spin.name; for (const open of [connected, accepted, waiting]) open.close()")


def test_an_interrupted_accept_leaves_the_connection_to_the_next(kernel: FrontEnd) -> None:
    kernel.ok(SET_UP)
    for turn in range(5):
        assert interrupted(kernel, "await waiting.accept()").reply["status"] == "error"
        cell = kernel.ok(
            f"const visit{turn} = createConnection(waiting.getsockname());\n"
            f"const [peer{turn}] = await waiting.accept(); await (await visit{turn}).sendall('hello');\n"
            f"(await peer{turn}.recv(5)).decode()"
        )
        assert cell.result == "'hello'"


def test_an_interrupted_recv_leaves_the_octets_to_the_next(kernel: FrontEnd) -> None:
    kernel.ok(SET_UP)
    interrupted(kernel, "await connected.recv(100)")
    assert (
        kernel.ok("await accepted.sendall('all of it'); (await connected.recv(100)).decode()").result == "'all of it'"
    )


def test_a_cell_may_clean_up_when_it_is_interrupted(kernel: FrontEnd) -> None:
    kernel.ok(SET_UP)
    cell = interrupted(kernel, "try { await waiting.accept() } finally { console.log('finally') }")
    assert cell.reply["status"] == "error" and "finally" in cell.stdout
    assert "interrupt" in cell.error["evalue"]


def test_an_interrupt_of_one_cell_does_not_touch_what_another_left_running(kernel: FrontEnd) -> None:
    kernel.ok(SET_UP)
    server = kernel.ok(
        "void (async () => { for (let n = 1; n < 4; n++) { const [peer] = await waiting.accept();"
        " console.log('served', n); await peer.sendall(`${n}`); peer.close() } })()"
    )
    assert interrupted(kernel, "await new Promise(() => {})").reply["status"] == "error"
    assert interrupted(kernel, "while (true) {}").reply["status"] == "error"
    for n in (1, 2, 3):
        cell = kernel.ok(
            "const visitor = await createConnection(waiting.getsockname()); (await visitor.recv(9)).decode()"
        )
        assert cell.result == f"'{n}'"
    kernel.until(lambda: "served 3" in server.stdout, "the server's log")
    assert server.stdout == "served 1\nserved 2\nserved 3\n" and not server.errors


def test_children_of_zx_end_with_an_interrupt(kernel: FrontEnd) -> None:
    kernel.ok('import { $ } from "zx"')
    for command in ("sleep 1000", "sh -c 'sleep 1001 | cat'", "trap '' INT TERM; sleep 1002; sleep 1003"):
        cell = kernel.start(f"console.log('running'); await $`sh -c ${{{command!r}}}`")
        kernel.until(lambda sent=cell: sent.stdout and kernel.children(), "its children")
        kernel.quiet(0.3)
        kernel.interrupt()
        kernel.wait(cell, 20)
        assert cell.reply["status"] == "error"
        kernel.until(lambda: not kernel.children(), "the end of its children", 10)


def test_children_of_an_earlier_cell_go_on(kernel: FrontEnd) -> None:
    kernel.ok('import { spawn } from "node:child_process"; const child = spawn("sleep", ["1000"])')
    interrupted(kernel, "await new Promise(() => {})")
    assert kernel.children()
    kernel.ok("child.kill()")
    kernel.until(lambda: not kernel.children(), "the end of the child", 10)
