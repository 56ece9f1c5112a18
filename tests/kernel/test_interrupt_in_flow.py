"""Interrupts while data flow: what a call has taken from the system, the cell gets; what went out, it knows of."""

import hashlib
import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from conftest import Launch
from front_end import HANG, FrontEnd

# How many interrupts each call meets. Before the loops of the helpers were left alone, one was too many.
INTERRUPTS = int(os.environ.get("INTERRUPTS", "50"))

# The stream of every connection, again and again. Its length is prime, so that no gap leaves it as it was.
BLOCK = bytes((7 * n + (n >> 8)) & 255 for n in range(65_521))

SET_UP = """
import { createHash } from "node:crypto";
import { createConnection, MSG_WAITALL, socket } from "../helpers/socket";
const block = Uint8Array.from({ length: 65_521 }, (_, n) => (7 * n + (n >> 8)) & 255);
const hash = createHash("sha256"), view = new Uint8Array(1000);
let taken = 0, turn = 0;
function take(octets: Uint8Array): void {
  if (octets.length === 0) throw new RangeError("the stream ended");
  taken += octets.length; hash.update(octets);
}
"""

RECEIVING = {
    "recv": "take(await stream.recv(50))",
    "recvInto": "take(view.subarray(0, await stream.recvInto(view)))",
    "MSG_WAITALL": "take(await stream.recv(700, MSG_WAITALL))",
    "MSG_WAITALL for more than the system holds": "take(await stream.recv(100_000, MSG_WAITALL))",
}


class Beside(threading.Thread):
    """Work beside the test. `stopped` is to become true once it should end; its failure is the test's."""

    def __init__(self, work: Callable[["Beside"], None]) -> None:
        super().__init__(daemon=True)
        self.work = work
        self.stopped = False
        self.count = 0
        self.hash = hashlib.sha256()
        self.failure: Exception | None = None
        self.start()

    def run(self) -> None:
        try:
            self.work(self)
        except Exception as error:
            self.failure = error

    def note(self, octets: bytes) -> None:
        self.count += len(octets)
        self.hash.update(octets)

    def end(self) -> None:
        self.stopped = True
        self.join(HANG)
        assert not self.is_alive() and self.failure is None, self.failure


@contextmanager
def peer(**options: int) -> Iterator[socket.socket]:
    """A listening socket that waits for the kernel."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(HANG)
        for name, value in options.items():
            listening.setsockopt(socket.SOL_SOCKET, getattr(socket, name), value)
        yield listening


def connections(kernel: FrontEnd) -> int:
    """How many sockets of the Internet the kernel has open, in whatever state, but for those on which it listens to its
    front ends (ZeroMQ makes these connections when it likes): other descriptors come and go by themselves. Where no
    /proc tells of them, all count."""
    folder = Path(f"/proc/{kernel.process.pid}")
    if not folder.exists():
        return kernel.process.num_fds()
    channels = {getattr(kernel.kernel, f"{channel}_port") for channel in ("shell", "iopub", "stdin", "control", "hb")}
    # Of a path that has a line break in it the rest is a line of its own.
    rows = [line.split() for line in (folder / "net" / "unix").read_text("latin-1").splitlines()[1:]]
    others = {row[6] for row in rows if len(row) > 6}
    for line in (folder / "net" / "tcp").read_text().splitlines()[1:]:
        _, local, _, _, _, _, _, _, _, inode, *_ = line.split()
        if int(local.split(":")[1], 16) in channels:
            others.add(inode)
    names = []
    for file in (folder / "fd").iterdir():
        with suppress(FileNotFoundError):  # closed meanwhile
            names.append(str(file.readlink()))
    return sum(name.startswith("socket:") and name[8:-1] not in others for name in names)


def interrupt_often(kernel: FrontEnd, turn: str) -> None:
    """Runs a cell that takes turns without end, until its work is under way, and interrupts it; again and again."""
    for _ in range(INTERRUPTS):
        cell = kernel.start(f"{turn}; console.log('flows'); while (true) {{ {turn} }}")
        kernel.until(lambda cell=cell: cell.stdout or cell.done, "its output")
        kernel.interrupt()
        kernel.wait(cell)
        assert "interrupt" in cell.error["evalue"], cell.traceback
        kernel.requests.clear()


@pytest.mark.parametrize("call", RECEIVING)
def test_no_octet_that_was_received_is_lost(launch: Launch, call: str) -> None:
    kernel = launch()
    kernel.ok(SET_UP)
    before = connections(kernel)
    with peer() as listening:
        kernel.ok(f'const stream = await createConnection(["127.0.0.1", {listening.getsockname()[1]}]); undefined')
        connection, _ = listening.accept()

    def send(beside: Beside) -> None:
        sizes = (1, 50, 999, 1, 1, 2500)
        turn = 0
        while not beside.stopped:
            at = beside.count % len(BLOCK)
            piece = BLOCK[at : at + sizes[turn % len(sizes)]]
            connection.sendall(piece)
            beside.note(piece)
            turn += 1
        connection.shutdown(socket.SHUT_WR)

    with connection:
        connection.settimeout(HANG)
        sender = Beside(send)
        interrupt_often(kernel, RECEIVING[call])
        sender.stopped = True
        received = kernel.ok(
            "for (let last; last = await stream.recv(65_536), last.length > 0; ) take(last);\n"
            "stream.close(); `${taken} ${hash.digest('hex')}`"
        ).result
        sender.end()
    assert received == repr(f"{sender.count} {sender.hash.hexdigest()}")
    kernel.until(lambda: connections(kernel) == before, "the end of all connections")


def test_no_octet_goes_out_that_send_does_not_tell_of(launch: Launch) -> None:
    kernel = launch()
    kernel.ok(SET_UP)
    before = connections(kernel)
    # Little room, so that many a call waits with a part of its octets taken.
    with peer(SO_RCVBUF=20_000) as listening:
        kernel.ok(
            f'const stream = await createConnection(["127.0.0.1", {listening.getsockname()[1]}]);\n'
            "let sent = 0; undefined"
        )
        connection, _ = listening.accept()

    def receive(beside: Beside) -> None:
        while octets := connection.recv(16_384):
            beside.note(octets)

    with connection:
        connection.settimeout(HANG)
        receiver = Beside(receive)
        interrupt_often(kernel, "sent += await stream.send(block.subarray(sent % block.length))")
        sent = kernel.ok("stream.close(); sent").result
        receiver.end()
    expected = hashlib.sha256()
    for start in range(0, receiver.count, len(BLOCK)):
        expected.update(BLOCK[: receiver.count - start])
    assert (sent, receiver.hash.hexdigest()) == (str(receiver.count), expected.hexdigest())
    kernel.until(lambda: connections(kernel) == before, "the end of all connections")


def test_no_connection_is_lost(launch: Launch) -> None:
    kernel = launch()
    kernel.ok(SET_UP)
    before = connections(kernel)
    address = kernel.ok(
        "const waiting = socket(); await waiting.bind(['127.0.0.1', 0]); waiting.listen();\n"
        "let accepted = 0; waiting.getsockname()[1]"
    ).result
    assert address

    def visit(beside: Beside) -> None:
        while not beside.stopped:
            with socket.create_connection(("127.0.0.1", int(address)), HANG) as visitor:
                beside.count += 1
                assert visitor.recv(1) == b""

    visitors = [Beside(visit) for _ in range(3)]
    turn = "const [visitor] = await waiting.accept(); accepted++; visitor.close()"
    interrupt_often(kernel, f"{{ {turn} }}")
    last = kernel.start(f"while (true) {{ {turn} }}")
    for visitor in visitors:
        visitor.stopped = True
    kernel.until(lambda: not any(visitor.is_alive() for visitor in visitors), "the end of the visits")
    kernel.interrupt()
    kernel.wait(last)
    for visitor in visitors:
        visitor.end()
    assert kernel.ok("waiting.close(); accepted").result == str(sum(visitor.count for visitor in visitors))
    kernel.until(lambda: connections(kernel) == before, "the end of all connections")


def test_what_another_cell_has_left_running_loses_nothing_and_goes_on(launch: Launch) -> None:
    kernel = launch()
    kernel.ok(SET_UP)
    with peer() as listening:
        kernel.ok(f'const stream = await createConnection(["127.0.0.1", {listening.getsockname()[1]}]); undefined')
        connection, _ = listening.accept()

    def send(beside: Beside) -> None:
        while not beside.stopped:
            connection.sendall(BLOCK)
            beside.note(BLOCK)
        connection.shutdown(socket.SHUT_WR)

    with connection:
        connection.settimeout(HANG)
        background = kernel.ok(
            f"void (async () => {{ while (true) {RECEIVING['recv']} }})().catch(error => console.log(String(error)))"
        )
        sender = Beside(send)
        for _ in range(5 * INTERRUPTS):
            # Without a cell between, a second one would be meant for what is left running.
            kernel.interrupt()
            kernel.ok("0")
        kernel.stop("console.log('waits'); await new Promise(() => {})")
        sender.end()
        kernel.until(lambda: background.stdout, "its end")
        assert background.stdout == "RangeError: the stream ended\n"
    assert kernel.ok("`${taken} ${hash.digest('hex')}`").result == repr(f"{sender.count} {sender.hash.hexdigest()}")
