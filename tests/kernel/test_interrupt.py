"""An interrupt ends what the kernel does, and nothing else."""

import re
import signal
from pathlib import Path

import psutil
import pytest
from conftest import Launch
from front_end import FrontEnd


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
    for milliseconds in (4_000, 10**9):
        cell = kernel.start(
            "({ async [Symbol.for('Jupyter.display')]() {"
            f" console.log('shows'); await new Promise(r => setTimeout(r, {milliseconds}).unref()); return {{}} }} }})"
        )
        kernel.until(lambda cell=cell: cell.stdout, "its output")
        kernel.interrupt()
        kernel.wait(cell, seconds=3)
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
    cell = front_end.start("console.log('ran'); const first = 1")
    front_end.until(lambda: cell.contents("execute_input"), "its begin")
    front_end.interrupt()
    front_end.wait(cell)
    assert "interrupt" in cell.error["evalue"] and cell.stdout == ""
    assert front_end.ok("const first = 2; first").result == "2"


def test_helpers_of_a_cell_that_was_interrupted_while_it_was_being_compiled(launch: Launch) -> None:
    front_end = launch()
    imports = 'import { socket } from "../helpers/socket"\n'
    cell = front_end.start(imports)
    front_end.until(lambda: cell.contents("execute_input"), "its begin")
    front_end.interrupt()
    front_end.wait(cell)
    assert cell.reply["status"] == "error"
    assert front_end.ok(f"{imports}socket().close()").types == []


def test_interrupt_aborts_what_is_queued(kernel: FrontEnd) -> None:
    cell = kernel.start("console.log('running'); await new Promise(() => {})")
    queued = kernel.start("'not reached'")
    kernel.until(lambda: cell.stdout, "its output")
    kernel.arrive()
    kernel.interrupt()
    kernel.wait(cell)
    kernel.wait(queued)
    assert (cell.reply["status"], queued.reply["status"]) == ("error", "aborted")


CANNOT_BE_ENDED = {
    "a recursion": "const fib = (n: number): number => (n < 2 ? n : fib(n - 1) + fib(n - 2)); fib(60)",
    "a regular expression": "/^(a+)+$/.test('a'.repeat(50) + 'b')",
    "a call that waits": "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)",
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
def test_an_endless_chain_that_a_cell_has_left_behind_is_told_of(launch: Launch, links: str) -> None:
    front_end = launch()
    front_end.ok(ENDLESS_CHAINS[links])
    waiting = front_end.start("'not reached'")
    front_end.arrive()
    front_end.interrupt()
    front_end.until(lambda: "Restart Kernel" in waiting.stderr, "what would help")


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
