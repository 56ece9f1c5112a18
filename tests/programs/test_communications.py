"""The programs of *Socket Communications*: http-get, message-server, flow-server and flow-client, each against the
others and against the same in Python."""

import errno
import signal
import socket
import struct
import time

import pytest
from commands import assert_wrong_usage, execute, in_general, in_python, ours, serving, start

GETTERS = {"typescript": ours("http-get"), "python": in_python("http_get")}
MESSAGE_SERVERS = {"typescript": ours("message-server"), "python": in_python("message_server")}
FLOW_SERVERS = {"typescript": ours("flow-server"), "python": in_python("flow_server")}
FLOW_CLIENTS = {"typescript": ours("flow-client"), "python": in_python("flow_client")}


@pytest.mark.parametrize("getter", GETTERS)
def test_all_of_a_page_that_comes_in_uneven_pieces(getter: str) -> None:
    with serving(in_python("web_server")) as server:
        finished = execute(*GETTERS[getter], "localhost", server.port)
        assert (finished.returncode, finished.stdout, finished.stderr) == (0, "19427\n", "")
        assert server.read_to("waiting")[1] == rf"received b'GET / HTTP/1.1\r\nHost: localhost:{server.port}\r\n\r\n'"


@pytest.mark.parametrize("getter", ["http-get", "node-http-get"])
@pytest.mark.parametrize(
    ("host", "port", "field"),
    [
        ("localhost", 80, "localhost"),
        ("localhost", 0, "localhost:PORT"),
        ("::1", 80, "[::1]"),
        ("::1", 0, "[::1]:PORT"),
    ],
)
def test_the_request(getter: str, host: str, port: int, field: str) -> None:
    with (
        listening_at(host, port) as listener,
        start(*ours(getter), host, own_port := str(listener.getsockname()[1])) as client,
    ):
        connection, _ = listener.accept()
        with connection, connection.makefile("rb") as request:
            assert request.read().decode() == f"GET / HTTP/1.1\r\nHost: {field.replace('PORT', own_port)}\r\n\r\n"
        assert client.communicate() == ("0\n", "")


def listening_at(host: str, port: int) -> socket.socket:
    """A listening socket; a system that does not give the address skips the test."""
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        if error.errno not in (errno.EACCES, errno.EADDRINUSE, errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT):
            raise
        pytest.skip(f"{host} port {port}: {error.strerror}")


def test_a_page_that_breaks_off() -> None:
    with (
        socket.create_server(("localhost", 0)) as listener,
        start(*ours("http-get"), "localhost", str(listener.getsockname()[1])) as client,
    ):
        connection, _ = listener.accept()
        with connection:
            while connection.recv(1024):
                pass
            connection.sendall(b"HTTP/1.1 200 OK\r\n")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        output, errors = client.communicate()
    assert (client.returncode, output) == (1, "")
    assert errors.startswith("http-get: recv ECONNRESET")


@pytest.mark.parametrize("server", MESSAGE_SERVERS)
def test_message_received(server: str) -> None:
    with serving(MESSAGE_SERVERS[server], "0") as running:
        for _ in range(2):
            with running.connect() as client:
                client.sendall(b"Hi, server")
                assert client.recv(32) == b"message received"
                assert client.recv(32) == b""
            assert in_general(running.read_to("waiting")) == [
                "connection from [ 'HOST', PORT ]",
                "received b'Hi, server'",
                "waiting for a connection",
            ]


@pytest.mark.parametrize("server", MESSAGE_SERVERS)
def test_what_the_server_leaves_unread_resets_the_connection(server: str) -> None:
    with serving(MESSAGE_SERVERS[server], "0") as running, running.connect() as client:
        client.sendall(b"This message is longer than sixteen octets.")
        assert "received b'This message is '" in running.read_to("waiting")  # and has closed the connection
        assert client.recv(32) == b"message received"
        with pytest.raises((ConnectionResetError, BrokenPipeError)):
            client.sendall(b"Is there anybody?")


@pytest.mark.parametrize("server", FLOW_SERVERS)
@pytest.mark.parametrize("client", FLOW_CLIENTS)
def test_the_exercise(server: str, client: str) -> None:
    with serving(FLOW_SERVERS[server], "0") as running:
        finished = execute(*FLOW_CLIENTS[client], running.port)
        assert (finished.returncode, finished.stdout, finished.stderr) == (0, "received b'Yes, I hear you.'\n", "")
        assert in_general([running.read(), running.read()]) == [
            "connection from [ 'HOST', PORT ]",
            "received b'Hey, can you hear me?'",
        ]
        assert running.process.wait() == 0


def test_no_answer() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        start(*ours("flow-client"), str(listener.getsockname()[1])) as client,
    ):
        connection, _ = listener.accept()
        with connection:
            while connection.recv(32):
                pass
        output, errors = client.communicate()
    assert (client.returncode, output) == (1, "")
    assert errors == "flow-client: the server closed without an answer\n"


@pytest.fixture
def port_of_the_text() -> str:
    """50000, once no client has it: it is one of the ports that a system gives to clients, and keeps for a minute."""
    end = time.monotonic() + 70
    while True:
        with socket.socket() as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                trial.bind(("127.0.0.1", 50000))
                return "50000"
            except OSError:
                if time.monotonic() > end:
                    raise
        time.sleep(0.2)


@pytest.mark.parametrize("server", ["message-server", "flow-server"])
def test_the_port_of_the_text(server: str, port_of_the_text: str) -> None:
    with serving(ours(server), port_of_the_text):
        second = execute(*ours(server))
        assert second.returncode == 1
        assert "EADDRINUSE 127.0.0.1:50000" in second.stderr


def test_the_client_finds_the_port_of_the_text(port_of_the_text: str) -> None:
    with serving(ours("flow-server"), port_of_the_text):
        assert execute(*ours("flow-client")).stdout == "received b'Yes, I hear you.'\n"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_server_cleanly(number: signal.Signals) -> None:
    with serving(ours("message-server"), "0") as server, server.connect():
        server.read_to("connection from")
        server.process.send_signal(number)
        assert server.process.wait() == 0
        assert server.process.stderr is not None
        assert server.process.stderr.read() == ""


@pytest.mark.parametrize(
    ("program", "arguments", "reason", "usage"),
    [
        ("http-get", [], "expected 1 or 2 arguments, got 0", "HOST [PORT]"),
        ("message-server", ["localhost", "0"], "expected 0 or 1 argument, got 2", "[PORT]"),
        ("flow-server", ["http"], 'PORT must be a whole number from 0 to 65535, not "http"', "[PORT]"),
        ("flow-client", ["--port", "1"], "Unknown option '--port'", "[PORT]"),
    ],
)
def test_wrong_usage(program: str, arguments: list[str], reason: str, usage: str) -> None:
    assert_wrong_usage(ours(program), arguments, reason, usage)
