"""The end of a kernel, and of what it has started."""

import json
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from conftest import KERNEL_NAME, Launch
from front_end import HANG, REPOSITORY, FrontEnd

# Shutting down takes at most 0.3 s by itself; the rest is for a machine that has other things to do.
SHUTDOWN = 0.3 * 5


def outlived(processes: list[psutil.Process]) -> list[psutil.Process]:
    """Which of these still run after the time that a kernel has to end. One that nobody has waited for does not."""
    deadline = time.monotonic() + SHUTDOWN
    while time.monotonic() < deadline and (running := [process for process in processes if runs(process)]):
        time.sleep(0.02)
    return running


def runs(process: psutil.Process) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@pytest.mark.parametrize("code", ["process.exit()", "process.exit(3)", "await 0; process.exit(1)"])
def test_process_exit_in_a_cell_says_what_it_did(kernel: FrontEnd, code: str) -> None:
    cell = kernel.fails(code)
    assert "exit" in cell.error["evalue"] and "kernel" in cell.error["evalue"]
    assert kernel.ok("'still here'").result == "'still here'"


def test_process_exit_in_a_callback_says_what_it_did(kernel: FrontEnd) -> None:
    cell = kernel.ok("setTimeout(() => process.exit(1), 50); 0")
    kernel.until(lambda: cell.errors, "the error")
    assert "exit" in cell.error["evalue"]


CHILD = (
    'import { spawn } from "node:child_process"; import { once } from "node:events";\n'
    "const ignores = \"process.on('SIGTERM', () => {}); setInterval(() => {}, 1000); console.log('ready')\";\n"
    "const child = spawn(process.execPath, ['--eval', ignores]); await once(child.stdout, 'data');\n"
)
OPEN = (
    CHILD
    + """
import * as dgram from "node:dgram"; import * as net from "node:net"; import { socket } from "../helpers/socket";
setInterval(() => {}, 10); setTimeout(() => {}, 1e8); dgram.createSocket("udp4").bind(0);
const listener = net.createServer(() => {}).listen(0, "127.0.0.1"); await once(listener, "listening");
const client = net.connect((listener.address() as net.AddressInfo).port, "127.0.0.1"); await once(client, "connect");
const waiting = socket(); await waiting.bind(["127.0.0.1", 0]); waiting.listen(); void waiting.accept();
console.log("open");
"""
)


@pytest.mark.parametrize(
    ("code", "restart"),
    [
        ("", False),
        ("while (true) {}", True),
        ("prompt('?')", False),
        ("Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)", True),
    ],
)
def test_shutdown_is_quick_whatever_is_open_and_whatever_runs(launch: Launch, code: str, restart: bool) -> None:
    front_end = launch()
    cell = front_end.start(f"{OPEN}{code}", allow_stdin=True)
    front_end.until(lambda: "open" in cell.stdout if code else cell.done, "its output")
    front_end.quiet(0.2)
    children = front_end.process.children(recursive=True)
    assert children
    begun = time.monotonic()
    request = front_end.send("shutdown_request", {"restart": restart}, "control")
    front_end.process.wait(HANG)
    assert time.monotonic() - begun <= SHUTDOWN
    assert not outlived(children), "a child outlived the kernel"
    front_end.quiet(0.1)
    assert request.reply == {"status": "ok", "restart": restart}


def test_shutdown_on_shell_and_by_signal(launch: Launch) -> None:
    asked, terminated = launch(), launch()
    request = asked.send("shutdown_request", {"restart": False}, "shell")
    asked.process.wait(HANG)
    asked.quiet(0.1)
    assert request.reply == {"status": "ok", "restart": False}
    terminated.ok(CHILD)
    busy = terminated.start("console.log(1); while (true) {}")
    terminated.until(lambda: busy.stdout, "its output")
    children = terminated.process.children(recursive=True)
    assert children
    terminated.process.terminate()
    terminated.process.wait(HANG)
    assert not outlived(children)


@pytest.mark.parametrize("code", ["", "console.log('open'); while (true) {}"])
def test_temporary_files_of_helpers_go_with_the_kernel(launch: Launch, tmp_path: Path, code: str) -> None:
    front_end = launch()
    file = tmp_path / "shared.jsonl"
    file.write_text("what another kernel may read")
    cell = front_end.start(
        'import { currentCell } from "../interface/cell"\n'
        + f"currentCell()?.removeAtEnd({json.dumps(str(file))}); {code}"
    )
    front_end.until(lambda: "open" in cell.stdout if code else cell.done, "its output")
    assert file.exists()
    front_end.send("shutdown_request", {"restart": False}, "control")
    front_end.process.wait(HANG)
    assert not file.exists()


PARENT = """
import sys, time
from front_end import FrontEnd, new_kernel
from pathlib import Path
front_end = FrontEnd(new_kernel(sys.argv[1], Path(sys.argv[2])))
front_end.connect()
front_end.ok(sys.argv[3])
busy = front_end.start(sys.argv[4])
front_end.until(lambda: busy.stdout, "its output")
print(front_end.process.pid, flush=True)
time.sleep(600)
"""


@pytest.mark.parametrize("code", ["await new Promise(() => {})", "while (true) {}"])
def test_the_kernel_ends_with_the_process_that_started_it(code: str) -> None:
    arguments = [KERNEL_NAME, str(REPOSITORY / "notebooks"), CHILD, f"console.log('running'); {code}"]
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, *arguments], cwd=Path(__file__).parent, stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    kernel = psutil.Process(int(parent.stdout.readline()))
    processes = [kernel, *kernel.children(recursive=True)]
    assert len(processes) > 1
    try:
        parent.kill()
        parent.wait()
        deadline = time.monotonic() + 15
        while any(map(runs, processes)) and time.monotonic() < deadline:
            time.sleep(0.1)
        assert not [process for process in processes if runs(process)]
    finally:
        for process in processes:
            if runs(process):
                process.kill()
