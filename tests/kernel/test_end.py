"""The end of a kernel, and of what it has started."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from conftest import KERNEL_NAME, Launch
from front_end import HANG, REPOSITORY, Content, FrontEnd, Request
from jupyter_client.connect import write_connection_file
from jupyter_client.kernelspec import KernelSpecManager
from processes import running, wait_for_end


def wait_for_reply(front_end: FrontEnd, request: Request) -> Content:
    """The reply to what has ended the kernel: it may still be on its way when the process is gone."""
    deadline = time.monotonic() + HANG
    while not request.replies:
        assert time.monotonic() < deadline, "the kernel ended without a reply"
        front_end.pump(0.05)
    return request.reply


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
def test_shutdown_ends_all_whatever_is_open_and_whatever_runs(launch: Launch, code: str, restart: bool) -> None:
    front_end = launch()
    cell = front_end.start(f"{OPEN}{code}", allow_stdin=True)
    front_end.until(lambda: "open" in cell.stdout if code else cell.done, "its output")
    front_end.until(lambda: cell.inputs if "prompt" in code else True, "the question")
    children = front_end.process.children(recursive=True)
    assert children
    request = front_end.send("shutdown_request", {"restart": restart}, "control")
    front_end.process.wait(HANG)
    wait_for_end(children)
    assert wait_for_reply(front_end, request) == {"status": "ok", "restart": restart}


def test_shutdown_on_shell_and_by_signal(launch: Launch) -> None:
    asked, terminated = launch(), launch()
    request = asked.send("shutdown_request", {"restart": False}, "shell")
    asked.process.wait(HANG)
    assert wait_for_reply(asked, request) == {"status": "ok", "restart": False}
    terminated.ok(CHILD)
    busy = terminated.start("console.log(1); while (true) {}")
    terminated.until(lambda: busy.stdout, "its output")
    children = terminated.process.children(recursive=True)
    assert children
    terminated.process.terminate()
    terminated.process.wait(HANG)
    wait_for_end(children)


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
        [sys.executable, "-c", PARENT, *arguments],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert parent.stdout is not None
    kernel = psutil.Process(int(parent.stdout.readline()))
    processes = [kernel, *kernel.children(recursive=True)]
    assert len(processes) > 1
    try:
        parent.kill()
        parent.wait()
        wait_for_end(processes)
    finally:
        for process in running(processes):
            process.kill()


def run_by_hand(connection: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Starts a kernel that is to end by itself, and waits for that."""
    node, main, _ = KernelSpecManager().get_kernel_spec(KERNEL_NAME).argv
    return subprocess.run(
        [node, main, str(connection)],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=HANG,
        check=False,
    )


# The second one has Node refuse workers.
REFUSING = ["--frozen-intrinsics", "--permission --allow-fs-read=*"]


@pytest.mark.parametrize("options", REFUSING)
def test_options_that_leave_the_kernel_no_way_to_start_are_said_in_one_line(tmp_path: Path, options: str) -> None:
    node = KernelSpecManager().get_kernel_spec(KERNEL_NAME).argv[0]
    if subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout.startswith("v20."):
        options = options.replace("--permission", "--experimental-permission")
    connection = tmp_path / "connection.json"
    write_connection_file(str(connection))
    (line,) = run_by_hand(connection, NODE_OPTIONS=options).stderr.splitlines()
    assert line.startswith(f'kernel: cannot start with NODE_OPTIONS="{options}": ')


def test_a_port_that_is_taken_is_said_in_one_line(tmp_path: Path) -> None:
    connection = tmp_path / "connection.json"
    _, information = write_connection_file(str(connection))
    with socket.create_server(("127.0.0.1", information["shell_port"])) as other:
        ended = run_by_hand(connection)
        address = f"tcp://127.0.0.1:{other.getsockname()[1]}"
    assert ended.stderr == f"kernel: cannot start: Address already in use: {address}\n"
    assert ended.returncode == -signal.SIGKILL, "ZeroMQ has not aborted the process"
