"""What a reader does that stock tslab has no right answer to, one test each.

Run with stock tslab's kernelspec in KERNEL_NAME, every one of them fails. How fast a kernel starts is in `make bench`.
"""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import Launch, SharedKernel
from front_end import HANG, MACHINE_PATHS, FrontEnd, plain


@pytest.fixture
def reader(shared_kernel: SharedKernel) -> Iterator[FrontEnd]:
    """A kernel for one test after the other; that all it says is well-formed is for other files to test."""
    yield shared_kernel.front_end()
    if not shared_kernel.is_usable():
        shared_kernel.give_up()


def test_imports_a_helper_from_the_folder_of_the_notebooks(reader: FrontEnd) -> None:
    assert reader.ok('import { AF_INET } from "../helpers/socket"\nAF_INET').result == "2"


def test_edits_a_helper_that_another_helper_imports(launch: Launch, tmp_path: Path) -> None:
    (tmp_path / "outer.ts").write_text('import { word } from "./inner";\nexport const said = `said ${word}`;\n')
    (tmp_path / "inner.ts").write_text('export const word = "before";\n')
    reader = launch(tmp_path)
    shown = 'import { said } from "./outer"\nconsole.log(said)'
    assert reader.ok(shown).stdout == "said before\n"
    (tmp_path / "inner.ts").write_text('export const word = "afterwards";\n')
    assert reader.ok(shown).stdout == "said afterwards\n"


def test_ends_a_cell_with_an_expression(reader: FrontEnd) -> None:
    cell = reader.ok("[20 + 1, 'two']")
    [result] = cell.contents("execute_result")
    assert result["data"]["text/plain"] == "[ 21, 'two' ]"
    assert result["execution_count"] == cell.reply["execution_count"]
    assert cell.stdout == ""


def test_throws_in_a_cell(reader: FrontEnd) -> None:
    cell = reader.run("const declared = 'before'\nthrow new RangeError('out of reach')")
    assert (cell.error["ename"], cell.error["evalue"]) == ("RangeError", "out of reach")
    assert not MACHINE_PATHS.search(cell.traceback + plain(cell.stderr))
    assert reader.ok("console.log(declared)").stdout == "before\n"


def test_runs_the_next_cell_right_after_an_error_that_is_allowed(reader: FrontEnd) -> None:
    reader.run("throw new Error('allowed')")
    assert reader.run("console.log('goes on')").stdout == "goes on\n"


@pytest.mark.parametrize(
    "code",
    [
        "for await (const n of [1, 2]) console.log(n)",
        "await using held = { async [Symbol.asyncDispose]() { console.log(2) } }\nconsole.log(1)",
    ],
)
def test_uses_for_await_alone_and_await_using(reader: FrontEnd, code: str) -> None:
    assert reader.run(code).stdout == "1\n2\n"


@pytest.mark.parametrize(
    "code",
    [
        "setTimeout(() => { void Promise.reject(new TypeError('late')) }, 100)",
        "import { EventEmitter } from 'node:events'\n"
        "setTimeout(() => new EventEmitter().emit('error', new TypeError('late')), 100)",
    ],
)
def test_sees_what_fails_after_the_cell_has_ended(reader: FrontEnd, code: str) -> None:
    cell = reader.ok(f"{code}\n0")
    reader.ok("'another cell'")
    reader.until(lambda: cell.errors, "the late error")
    assert (cell.error["ename"], cell.error["evalue"]) == ("TypeError", "late")


def test_reads_a_servers_log_line_under_the_servers_cell(reader: FrontEnd) -> None:
    server = reader.ok(
        "import * as net from 'node:net'\n"
        "const server = net.createServer(c => { console.log('a client came'); c.end() })\n"
        "await new Promise<void>(done => server.listen(0, '127.0.0.1', () => done()))\n"
        "const port = (server.address() as net.AddressInfo).port\n"
        "console.log(port)"
    )
    client = reader.ok(
        "await new Promise(ended => net.connect(port, '127.0.0.1').on('close', ended).resume()); server.close()"
    )
    reader.until(lambda: "a client came" in server.stdout + client.stdout, "the log line")
    assert "a client came" in server.stdout and "a client came" not in client.stdout


def test_interrupts_a_wait_and_it_takes_no_later_connection(reader: FrontEnd) -> None:
    reader.ok(
        'import { socket } from "../helpers/socket"\nconst listener = socket()\n'
        'await listener.bind(["127.0.0.1", 0])\nlistener.listen()'
    )
    waits = reader.start("console.log(listener.getsockname()[1])\nawait listener.accept()")
    reader.until(lambda: waits.stdout.endswith("\n"), "the port")
    port = int(waits.stdout)
    reader.kernel.interrupt_kernel()
    reader.wait(waits)
    assert waits.reply["status"] == "error"
    with socket.create_connection(("127.0.0.1", port)) as client:
        accepted = reader.ok("const [conn, from] = await listener.accept(); from[1]")
        assert accepted.result == str(client.getsockname()[1])


def test_interrupts_an_endless_loop_after_an_await(reader: FrontEnd) -> None:
    cell = reader.start("console.log('begun'); await 0; while (true) {}")
    reader.until(lambda: cell.stdout, "its output")
    reader.kernel.interrupt_kernel()
    reader.wait(cell)
    assert cell.reply["status"] == "error"
    assert reader.ok("console.log('goes on')").stdout == "goes on\n"


def test_shuts_the_kernel_down_while_a_server_listens(launch: Launch) -> None:
    reader = launch()
    listening = reader.ok(
        "import * as net from 'node:net'\nconst server = net.createServer()\n"
        "await new Promise<void>(done => server.listen(0, '127.0.0.1', () => done()))\n"
        "console.log((server.address() as net.AddressInfo).port)"
    )
    reader.send("shutdown_request", {"restart": False}, "control")
    # By itself: nobody kills it here, as jupyter_client would after 2.5 s.
    reader.process.wait(HANG)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", int(listening.stdout)))
