"""The programs that a Node.js developer would write, with streams of node:net: node-echo-server, node-echo-client and
node-http-get, each against the same with sockets and against Python."""

import signal
import socket
import struct
import time

import psutil
import pytest
from commands import COMPILED, assert_wrong_usage, execute, in_python, ours, serving

SERVERS = {"node": ours("node-echo-server"), "sockets": ours("echo-server"), "python": in_python("echo_server")}
CLIENTS = {"node": ours("node-echo-client"), "sockets": ours("echo-client"), "python": in_python("echo_client")}

TRANSCRIPT = """\
connecting to localhost port PORT
sending b'This is the message.  It will be repeated.'
received b'This is the mess'
received b'age.  It will be'
received b' repeated.'
closing socket
"""


@pytest.mark.parametrize(
    ("server", "client"),
    [("node", "sockets"), ("node", "python"), ("node", "node"), ("sockets", "node"), ("python", "node")],
)
def test_both_print_what_the_text_prints(server: str, client: str) -> None:
    with serving(SERVERS[server]) as running:
        finished = execute(*CLIENTS[client], "localhost", running.port)
        assert (finished.returncode, finished.stderr) == (0, "")
        # A server that sends what it has got, and not 16 octets at a time, can be asked for pieces of 16 all the same.
        assert finished.stdout == TRANSCRIPT.replace("PORT", running.port)


def test_a_page_that_comes_in_uneven_pieces() -> None:
    with serving(in_python("web_server")) as server:
        finished = execute(*ours("node-http-get"), "localhost", server.port)
        assert (finished.returncode, finished.stdout, finished.stderr) == (0, "19427\n", "")
        assert server.read_to("waiting")[1] == rf"received b'GET / HTTP/1.1\r\nHost: localhost:{server.port}\r\n\r\n'"


def test_many_clients_at_once_and_all_of_what_they_send() -> None:
    message = bytes(range(256)) * 4096
    with serving(SERVERS["node"]) as server:
        clients = [server.connect() for _ in range(3)]
        for client in reversed(clients):
            client.sendall(b"x")
            assert client.recv(1) == b"x"
        with clients[0] as client:
            # As much as fits into the buffers of both systems and both programs at least, so that nobody waits.
            client.sendall(message[:65536])
            client.shutdown(socket.SHUT_WR)
            echoed = b""
            while data := client.recv(65536):
                echoed += data
        assert echoed == message[:65536]
        for client in clients:
            client.close()


def patient_server() -> list[str]:
    """The server, with all the time that a timer can have for its clients to finish."""
    server = COMPILED / "programs" / "node-echo-server.js"
    source = server.read_text()
    assert "const GRACE = 2000;" in source
    patient = server.with_name("node-echo-server-patient.js")
    patient.write_text(source.replace("const GRACE = 2000;", "const GRACE = 2 ** 31 - 1;"))
    return ["node", str(patient)]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_server_when_its_clients_are_done(number: signal.Signals) -> None:
    with serving(patient_server()) as server, server.connect() as client:
        server.read_to("connection from")
        server.process.send_signal(number)
        wait_until_refused(int(server.port))
        client.sendall(b"still here")
        assert client.recv(16) == b"still here"
        client.close()
        assert server.process.wait() == 0
        assert server.process.stderr is not None
        assert server.process.stderr.read() == ""


def test_a_client_that_is_not_done_is_cut_off_after_two_seconds() -> None:
    with serving(SERVERS["node"]) as server, server.connect() as client:
        server.read_to("connection from")
        told = time.monotonic()
        server.process.send_signal(signal.SIGTERM)
        assert client.recv(16) == b""
        assert time.monotonic() - told > 1.99
        assert server.process.wait() == 0
        assert server.process.stderr is not None
        assert server.process.stderr.read() == ""


def test_a_client_that_has_reset_before_the_server_sees_it() -> None:
    with serving(SERVERS["node"]) as server:
        server.process.send_signal(signal.SIGSTOP)
        while psutil.Process(server.process.pid).status() != psutil.STATUS_STOPPED:
            time.sleep(0.001)
        with server.connect() as rude:
            rude.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        server.process.send_signal(signal.SIGCONT)
        with server.connect() as client:
            port = client.getsockname()[1]
            assert server.read() == f"connection from [ '127.0.0.1', {port} ]"
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait() == 0
        assert server.process.stderr is not None
        assert server.process.stderr.read() == ""


def wait_until_refused(port: int) -> None:
    while True:
        try:
            socket.create_connection(("localhost", port)).close()
        except ConnectionRefusedError:
            return
        except ConnectionResetError:
            pass  # it was in the queue when the server closed it


def test_nobody_listens() -> None:
    with socket.socket() as unused:
        unused.bind(("localhost", 0))
        port = str(unused.getsockname()[1])
        for name in ("node-echo-client", "node-http-get"):
            finished = execute(*ours(name), "127.0.0.1", port)
            assert (finished.returncode, finished.stderr.count("\n")) == (1, 1)
            assert "ECONNREFUSED" in finished.stderr


def test_a_server_that_closes_early() -> None:
    with serving(ours("message-server"), "0") as server:
        finished = execute(*ours("node-echo-client"), "127.0.0.1", server.port)
    assert finished.returncode == 1
    assert finished.stdout.splitlines()[-1] == "closing socket"
    assert len(finished.stderr.splitlines()) == 1
    assert finished.stderr.startswith("node-echo-client: ")


@pytest.mark.parametrize("name", ["node-echo-client", "node-echo-server"])
def test_wrong_usage(name: str) -> None:
    assert_wrong_usage(ours(name), ["localhost"], "expected 2 arguments, got 1", "HOST PORT")
