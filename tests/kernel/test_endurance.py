"""A kernel that runs for long, is interrupted often, prints much, or loses one of its threads."""

import re
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psutil
import pytest
from conftest import Copy, Launch
from front_end import HANG, FrontEnd, Request

MEGABYTE = 2**20


def memory(kernel: FrontEnd) -> int:
    """The resident set of the kernel's process, in octets."""
    size: int = kernel.process.memory_info().rss
    return size


def cell_number(n: int) -> str:
    """Cells as a reader writes them, of which some declare a name anew and some fail."""
    return [
        f"let value{n % 40} = {n}; value{n % 40} * 2",
        f"function twice{n % 20}(x: number) {{ return x * 2 }}\ntwice{n % 20}({n})",
        f"console.log('cell', {n}); [1, 2, 3].map(x => x + {n})",
        f"await new Promise(resolve => setTimeout(resolve, 0)); ({{ n: {n}, text: 'x'.repeat(100) }})",
        f"class Thing{n % 10} {{ constructor(readonly n = {n}) {{}} }}\nnew Thing{n % 10}()",
        f"import {{ AF_INET, socket }} from '../helpers/socket'; "
        f"const s{n % 5} = socket(AF_INET); s{n % 5}.close(); {n}",
        f"throw new Error('number {n}')",
        f"const wrong{n}: number = 'text'",
    ][n % 8]


def test_two_thousand_cells_in_one_kernel(launch: Launch) -> None:
    front_end = launch()
    after_500 = 0
    for start in range(0, 2000, 50):
        cells = [
            front_end.start(cell_number(n), cell=f"cell {n % 200}", stop_on_error=False)
            for n in range(start, start + 50)
        ]
        for n, cell in enumerate(cells, start):
            front_end.wait(cell)
            assert cell.reply["execution_count"] == n + 1
            assert cell.reply["status"] == ("error" if n % 8 in (6, 7) else "ok"), cell.describe()
        front_end.check()
        front_end.requests.clear()
        # By now the compiler has read what it needs, and V8 has the space that it likes to have.
        if start == 450:
            after_500 = memory(front_end)
    assert memory(front_end) <= 1.5 * after_500


def test_fifty_interrupts_in_a_row(launch: Launch) -> None:
    front_end = launch()
    front_end.ok(
        'import { socket } from "../helpers/socket"; const waiting = socket();'
        ' await waiting.bind(["127.0.0.1", 0]); waiting.listen()'
    )
    waits = [
        "while (true) {}",
        "await new Promise(() => {})",
        "await waiting.accept()",
        "await 0; for (;;) {}",
        "for (;;) await 0",
    ]
    for n in range(50):
        cell = front_end.start(f"console.log({n}); {waits[n % 5]}")
        front_end.until(lambda sent=cell: sent.stdout, "its output")
        front_end.interrupt()
        front_end.wait(cell, 20)
        assert cell.reply["status"] == "error" and "interrupt" in cell.error["evalue"]
        assert front_end.ok(f"let sum{n} = 0; for (let i = 0; i < 10; i++) sum{n} += i; sum{n}").result == "45"
    front_end.check()


@pytest.mark.parametrize("pause", ["", "if (n % 500 === 0) await new Promise(resolve => setTimeout(resolve, 1));"])
def test_five_thousand_lines_none_lost_and_idle_after_them(kernel: FrontEnd, pause: str) -> None:
    cell = kernel.ok(f"for (let n = 0; n < 5000; n++) {{ console.log(`line ${{n}}`); {pause} }}")
    assert cell.stdout.splitlines() == [f"line {n}" for n in range(5000)]
    assert cell.iopub[-1]["content"] == {"execution_state": "idle"}
    assert cell.stderr == ""


def test_lines_of_many_cells_in_a_row_stay_apart(kernel: FrontEnd) -> None:
    cells = [kernel.start(f"for (let i = 0; i < 250; i++) console.log('{n}', i)") for n in range(20)]
    for n, cell in enumerate(cells):
        kernel.wait(cell)
        assert cell.stdout.splitlines() == [f"{n} {i}" for i in range(250)]


@contextmanager
def watched(process: psutil.Process) -> Iterator[list[int]]:
    """Notes the greatest resident set meanwhile, in octets."""
    peak = [process.memory_info().rss]
    over = threading.Event()

    def watch() -> None:
        while not over.wait(0.05):
            peak[0] = max(peak[0], process.memory_info().rss)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield peak
    finally:
        over.set()
        watcher.join()


@pytest.mark.parametrize(
    "flood",
    [
        "const line = 'x'.repeat(99); for (let n = 0; n < 2_000_000; n++) console.log(line)",
        "const page = 'y'.repeat(2_000_000); for (let n = 0; n < 100; n++) process.stdout.write(page)",
    ],
)
def test_a_flood_of_200_megabytes_is_bounded_and_said_to_be(kernel: FrontEnd, flood: str) -> None:
    kernel.ok("0")
    before = memory(kernel)
    with watched(kernel.process) as peak:
        begun = time.monotonic()
        cell = kernel.ok(flood)
        assert time.monotonic() - begun < HANG
    assert 100_000 < len(cell.stdout) < 10_000_000
    assert len(cell.contents("stream")) < 20_000
    assert re.search(r"more than [\d,]+", cell.stderr) and "not shown" in cell.stderr
    assert peak[0] - before < 300 * MEGABYTE
    after = kernel.ok("console.log('next')")
    assert (after.stdout, after.stderr) == ("next\n", "")


def test_a_front_end_that_disconnects_while_a_cell_prints(launch: Launch) -> None:
    stays = launch()
    leaves = FrontEnd(stays.kernel)
    leaves.connect()
    cell = leaves.start(
        "for (let n = 0; n < 20; n++) { console.log(n); await new Promise(r => setTimeout(r, 50)) }\nlet done = true"
    )
    leaves.until(lambda: cell.stdout, "its output")
    leaves.close()

    def printed() -> str:
        return "".join(message["content"]["text"] for message in stays.others if message["msg_type"] == "stream")

    stays.until(lambda: "19\n" in printed(), "the rest of its output")
    assert printed().split() == [str(n) for n in range(20)]
    assert stays.ok("done").result == "true"
    waits = FrontEnd(stays.kernel)
    waits.connect()
    asks = waits.start("prompt('nobody will answer')", allow_stdin=True)
    waits.until(lambda: asks.inputs, "the question")
    waits.close()
    stays.interrupt()
    stays.until(lambda: [message for message in stays.others if message["msg_type"] == "error"], "its end")
    assert stays.ok("'goes on'").result == "'goes on'"


def test_a_front_end_that_does_not_listen_costs_no_more_than_the_limit(launch: Launch) -> None:
    front_end = launch()
    deaf = FrontEnd(front_end.kernel)
    deaf.connect()
    front_end.ok("0")
    before = memory(front_end)
    for _ in range(3):
        front_end.ok("for (let n = 0; n < 200_000; n++) console.log('x'.repeat(99))")
        front_end.requests.clear()
    assert memory(front_end) - before < 100 * MEGABYTE
    deaf.close()


# --- A thread of the kernel ends ---

CRASHES = {
    "throws": "throw new Error('made to crash')",
    "exits": "process.exit(1)",
}


THREADS = {"compiler": "compile/thread.js", "messaging": "messaging/thread.js"}


def crash_on(copy: Copy, thread: str, how: str) -> None:
    """Changes a thread's program so that it crashes when a message to it has these words."""
    program = copy.compiled / THREADS[thread]
    program.write_text(
        'require("node:worker_threads").parentPort.addEventListener("message", (event) => {\n'
        f'  if (!require("node:util").inspect(event.data, {{ depth: 9 }}).includes("crash the {thread}")) return;\n'
        "  event.stopImmediatePropagation();\n"
        f"  {CRASHES[how]};\n"
        "});\n" + program.read_text()
    )


@pytest.mark.parametrize("how", CRASHES)
def test_the_compiler_crashes_and_a_restart_heals_it(launch: Launch, copy: Copy, how: str) -> None:
    crash_on(copy, "compiler", how)
    front_end = launch(copy.notebooks, copy.kernelspecs)
    front_end.ok("let before = 1")
    running = front_end.fails("// crash the compiler\nbefore")
    assert "restart" in running.error["evalue"]
    following = front_end.fails("before")
    assert "restart" in following.error["evalue"]
    for msg_type in ("complete_request", "inspect_request", "is_complete_request"):
        assert "status" in front_end.ask(msg_type, {"code": "bef", "cursor_pos": 3, "detail_level": 0})
    assert front_end.ask("kernel_info_request", {})["status"] == "ok"
    restarted(front_end)


@pytest.mark.parametrize("how", CRASHES)
def test_the_messaging_thread_crashes_and_a_restart_heals_it(launch: Launch, copy: Copy, how: str) -> None:
    crash_on(copy, "messaging", how)
    front_end = launch(copy.notebooks, copy.kernelspecs)
    front_end.ok("let before = 1")
    front_end.start("console.log('crash the messaging'); while (true) {}")
    # The process ends, which Jupyter watches for: its restarter and its heartbeat tell the front end.
    front_end.process.wait(HANG)
    assert not front_end.kernel.is_alive()
    restarted(front_end)


def restarted(front_end: FrontEnd) -> None:
    front_end.kernel.restart_kernel(now=True)
    again = FrontEnd(front_end.kernel)
    try:
        again.connect()
        fresh: Request = again.ok("'healed'")
        assert (fresh.result, fresh.reply["execution_count"]) == ("'healed'", 1)
        again.check()
    finally:
        again.close()


def test_a_package_that_changed_its_shape_is_told_loudly(launch: Launch, copy: Copy) -> None:
    """tslab's converter is no public interface: should a newer one lack a part, the first cell says which."""
    modules = copy.folder / "node_modules"
    real = modules.resolve()
    modules.unlink()
    modules.mkdir()
    for entry in real.iterdir():
        if entry.name != "tslab":
            (modules / entry.name).symlink_to(entry)
    shutil.copytree(real / "tslab", modules / "tslab")
    converter = modules / "tslab" / "dist" / "converter.js"
    exported = "exports.isCompleteCode = isCompleteCode;"
    text = converter.read_text()
    assert exported in text
    converter.write_text(text.replace(exported, "delete exports.isCompleteCode;"))
    front_end = launch(copy.notebooks, copy.kernelspecs)
    cell = front_end.fails("1 + 1")
    assert "isCompleteCode" in cell.traceback and "tslab" in cell.traceback
