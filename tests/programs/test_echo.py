"""programs/echo-server.ts and echo-client.ts as commands, each against the other and against the same in Python: the
text's own lines, usage, failures, Ctrl-C."""

import signal
import socket
import struct
import subprocess

import pytest
from commands import ROOT, SERVED, assert_wrong_usage, execute, in_general, in_python, ours, serving, start

SERVERS = {"typescript": ours("echo-server"), "python": in_python("echo_server")}
CLIENTS = {"typescript": ours("echo-client"), "python": in_python("echo_client")}

# What the text prints for the client.
TRANSCRIPT = """\
connecting to localhost port PORT
sending b'This is the message.  It will be repeated.'
received b'This is the mess'
received b'age.  It will be'
received b' repeated.'
closing socket
"""


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("server", SERVERS)
def test_both_print_what_the_text_prints(server: str, client: str) -> None:
    with serving(SERVERS[server]) as running:
        for _ in range(2):
            finished = execute(*CLIENTS[client], "localhost", running.port)
            assert finished.returncode == 0, finished.stderr
            assert finished.stdout == TRANSCRIPT.replace("PORT", running.port)
            assert finished.stderr == ""
            assert in_general(running.read_to("waiting")) == SERVED


def test_the_command_that_the_lesson_gives() -> None:
    with serving(SERVERS["python"]) as server:
        finished = execute("npx", "ts-node", "programs/echo-client.ts", "localhost", server.port)
        assert finished.stdout == TRANSCRIPT.replace("PORT", server.port), finished.stderr
        assert finished.returncode == 0


@pytest.mark.parametrize("program", [SERVERS["typescript"], CLIENTS["typescript"]])
@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ([], "expected 2 arguments, got 0"),
        (["localhost"], "expected 2 arguments, got 1"),
        (["localhost", "10000", "more"], "expected 2 arguments, got 3"),
        (["localhost", "http"], 'PORT must be a whole number from 0 to 65535, not "http"'),
        (["localhost", "65536"], 'PORT must be a whole number from 0 to 65535, not "65536"'),
        (["localhost", "1e4"], 'PORT must be a whole number from 0 to 65535, not "1e4"'),
        (["localhost", "-1"], "Unknown option '-1'"),
        (["localhost", "10000", "--verbose"], "Unknown option '--verbose'"),
    ],
)
def test_wrong_usage(program: list[str], arguments: list[str], reason: str) -> None:
    assert_wrong_usage(program, arguments, reason, "HOST PORT")


def test_help() -> None:
    finished = execute(*CLIENTS["typescript"], "--help")
    assert (finished.returncode, finished.stdout) == (0, "usage: npx ts-node programs/echo-client.ts HOST PORT\n")


def assert_one_line(finished: subprocess.CompletedProcess[str], *words: str) -> None:
    """The program failed, and said why in one line that has these words."""
    assert finished.returncode == 1
    assert len(finished.stderr.splitlines()) == 1, finished.stderr
    for word in words:
        assert word in finished.stderr


def test_nobody_listens() -> None:
    with socket.socket() as unused:
        unused.bind(("localhost", 0))
        port = str(unused.getsockname()[1])
        finished = execute(*CLIENTS["typescript"], "localhost", port)
    assert_one_line(finished, "echo-client: ", "ECONNREFUSED", port)


def test_the_port_is_taken() -> None:
    with socket.create_server(("localhost", 0)) as other:
        port = str(other.getsockname()[1])
        assert_one_line(execute(*SERVERS["typescript"], "localhost", port), "echo-server: ", "EADDRINUSE", port)


@pytest.mark.parametrize("program", [SERVERS["typescript"], CLIENTS["typescript"]])
def test_a_name_that_does_not_exist(program: list[str]) -> None:
    assert_one_line(execute(*program, "no-such-host.invalid", "10000"), "no-such-host.invalid")


def test_a_server_that_closes_early() -> None:
    with (
        socket.create_server(("localhost", 0)) as listener,
        start(*CLIENTS["typescript"], "localhost", str(listener.getsockname()[1])) as client,
    ):
        connection, _ = listener.accept()
        with connection:
            message = connection.recv(42, socket.MSG_WAITALL)
            connection.sendall(message[:20])
        output, errors = client.communicate()
    assert output.splitlines()[-1] == "closing socket"
    assert_one_line(
        subprocess.CompletedProcess([], client.returncode, output, errors), "the server closed after 20 of 42 octets"
    )


def test_what_the_server_prints_follows_the_pieces_that_arrive() -> None:
    with serving(SERVERS["typescript"]) as server, server.connect() as client:
        for piece in (b"This is ", b"the message.  It will be repeated."):
            client.sendall(piece)
            assert client.recv(len(piece), socket.MSG_WAITALL) == piece
        client.shutdown(socket.SHUT_WR)
        received = [line for line in server.read_to("no data") if line.startswith("received")]
        assert received == [
            "received b'This is '",
            "received b'the message.  It'",
            "received b' will be repeate'",
            "received b'd.'",
            "received b''",
        ]


def test_a_client_that_breaks_off_does_not_end_the_server() -> None:
    with serving(SERVERS["typescript"]) as server:
        with server.connect() as rude:
            rude.sendall(b"x")
            assert rude.recv(1) == b"x"
            rude.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        assert server.process.stderr is not None
        assert "ECONNRESET" in server.process.stderr.readline()
        assert execute(*CLIENTS["python"], "localhost", server.port).returncode == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("with_client", [False, True])
def test_a_signal_ends_the_server_cleanly(number: signal.Signals, with_client: bool) -> None:
    with serving(SERVERS["typescript"]) as server, socket.socket() as client:
        if with_client:
            client.connect(("localhost", int(server.port)))
            server.read_to("connection from")
        server.process.send_signal(number)
        assert server.process.wait() == 0
        assert server.process.stderr is not None
        assert server.process.stderr.read() == ""
        # With a client, the server has closed first: only SO_REUSEADDR lets the next one have the port at once.
        again = subprocess.Popen(
            [*SERVERS["typescript"], "localhost", server.port], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        with again:
            assert again.stdout is not None
            assert again.stdout.readline() == f"starting up on localhost port {server.port}\n"
            again.kill()
