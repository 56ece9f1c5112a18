"""programs/keep.ts as a command, each half against the other half and against the same in Python: replies in order,
malformed requests, many clients at once, usage, failures, Ctrl-C."""

import signal
import socket

import pytest
from commands import assert_wrong_usage, execute, in_python, ours, serving

HALVES = {"typescript": ours("keep"), "python": in_python("keep")}
USAGE = "server|client [HOST] [-p PORT]"
ANYWHERE = ("server", "localhost", "-p", "0")

SAID = r"""
The server said b'KEEP/1 OK 0\n' b''
The server said b'KEEP/1 OK 13\n' b'caf\xc3\xa9\nau lait'
The server said b'KEEP/1 ERROR not kept\n' b''
""".lstrip()

MALFORMED = {
    b"KEEP/2 GET menu\n": "this server speaks KEEP/1",
    b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n": "this server speaks KEEP/1",
    b"KEEP/1 STEAL menu\n": "PUT or GET",
    b"KEEP/1 GET menu 0\n": "too many or too few words for GET",
    b"KEEP/1 PUT menu\n": "too many or too few words for PUT",
    b"KEEP/1 GET ../menu\n": "name: 1 to 20 letters",
    b"KEEP/1 PUT menu 1e3\n": "length: 1 to 5 digits",
    b"KEEP/1 PUT menu -1\n": "length: 1 to 5 digits",
    b"KEEP/1 PUT menu 65537\n": "at most 65536 octets",
    b"x" * 2**23: "a line has 80 octets at most",
    b"KEEP/1 PUT menu 1\n\xc3": "not UTF-8",
    b"KEEP/1 GET \xc3\n": "not UTF-8",
    b"KEEP/1 GET menu": "not within a second",
    b"KEEP/1 PUT menu 5\nca": "not within a second",
}


def to_the_end(client: socket.socket) -> bytes:
    received = b""
    while data := client.recv(4096):
        received += data
    return received


@pytest.mark.parametrize("client", HALVES)
@pytest.mark.parametrize("server", HALVES)
def test_three_requests_at_once_are_answered_in_order(server: str, client: str) -> None:
    with serving(HALVES[server], *ANYWHERE) as running:
        finished = execute(*HALVES[client], "client", "localhost", "-p", running.port)
        assert (finished.returncode, finished.stdout, finished.stderr) == (0, SAID, "")


def test_a_malformed_request_is_answered_by_an_error_and_the_end_of_the_connection() -> None:
    with serving(ours("keep"), *ANYWHERE) as server:
        for request, problem in MALFORMED.items():
            with server.connect() as client:
                client.sendall(request)
                assert to_the_end(client).decode() == f"KEEP/1 ERROR {problem}\n", request[:40]
        for cut in (b"KEEP/1 GET menu", b"KEEP/1 PUT menu 5\nca"):
            with server.connect() as client:
                client.sendall(cut)
                client.shutdown(socket.SHUT_WR)
                assert to_the_end(client) == b"KEEP/1 ERROR cut off\n"
        assert execute(*ours("keep"), "client", "localhost", "-p", server.port).stdout == SAID


def test_what_comes_octet_by_octet_means_the_same_beside_a_client_that_says_nothing() -> None:
    with serving(ours("keep"), *ANYWHERE) as server, server.connect(), server.connect() as client:
        for octet in b"KEEP/1 PUT menu 5\ncaf\xc3\xa9KEEP/1 GET menu\n":
            client.sendall(bytes([octet]))
        client.shutdown(socket.SHUT_WR)
        assert to_the_end(client) == b"KEEP/1 OK 0\nKEEP/1 OK 5\ncaf\xc3\xa9"


def test_nobody_listens() -> None:
    with socket.socket() as unused:
        unused.bind(("localhost", 0))
        finished = execute(*ours("keep"), "client", "localhost", "-p", str(unused.getsockname()[1]))
    assert (finished.returncode, finished.stdout) == (1, "")
    [line] = finished.stderr.splitlines()
    assert line.startswith("keep: connect ECONNREFUSED")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_server(number: signal.Signals) -> None:
    with serving(ours("keep"), *ANYWHERE) as server, server.connect() as silent:
        assert execute(*ours("keep"), "client", "localhost", "-p", server.port).returncode == 0
        server.process.send_signal(number)
        assert server.process.wait() == 0
        assert silent.recv(1) == b""


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ([], "expected 1 or 2 arguments, got 0"),
        (["serve"], 'expected server or client, got "serve"'),
        (["client", "-p", "65536"], 'PORT must be a whole number from 0 to 65535, not "65536"'),
    ],
)
def test_wrong_usage(arguments: list[str], reason: str) -> None:
    assert_wrong_usage(ours("keep"), arguments, reason, USAGE)
