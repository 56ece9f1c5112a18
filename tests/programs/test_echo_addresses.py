"""The text's programs that choose their addresses: echo-client-easy, echo-client-explicit, echo-server-explicit and
echo-server-any, each against the others and against the same in Python."""

import socket

import pytest
from commands import SERVED, assert_wrong_usage, execute, in_general, in_python, ours, serving

# What the text prints.
EASY = """\
Family  : AF_INET
Type    : SOCK_STREAM
Protocol: IPPROTO_TCP

sending b'This is the message.  It will be repeated.'
received b'This is the mess'
received b'age.  It will be'
received b' repeated.'
closing socket
"""
EXPLICIT = """\
connecting to HOST port PORT
sending b'This is the message.  It will be repeated.'
received b'This is the mess'
received b'age.  It will be'
received b' repeated.'
"""

EASY_CLIENTS = {"typescript": ours("echo-client-easy"), "python": in_python("echo_client_easy")}
EXPLICIT_CLIENTS = {"typescript": ours("echo-client-explicit"), "python": in_python("echo_client_explicit")}
EXPLICIT_SERVERS = {"typescript": ours("echo-server-explicit"), "python": in_python("echo_server")}
ANY_SERVERS = {"typescript": ours("echo-server-any"), "python": [*in_python("echo_server"), ""]}


@pytest.mark.parametrize("client", EASY_CLIENTS)
@pytest.mark.parametrize("server", EXPLICIT_SERVERS)
def test_the_easy_client(server: str, client: str) -> None:
    with serving(EXPLICIT_SERVERS[server], "127.0.0.1", "0") as running:
        finished = execute(*EASY_CLIENTS[client], running.port)
        assert (finished.returncode, finished.stdout, finished.stderr) == (0, EASY, "")
        assert in_general(running.read_to("waiting")) == SERVED


@pytest.mark.parametrize("client", EXPLICIT_CLIENTS)
@pytest.mark.parametrize("server", EXPLICIT_SERVERS)
def test_a_server_at_an_address_of_choice_is_there_and_nowhere_else(server: str, client: str) -> None:
    with serving(EXPLICIT_SERVERS[server], "127.0.0.2", "0") as running:
        assert running.host == "127.0.0.2"
        finished = execute(*EXPLICIT_CLIENTS[client], "127.0.0.2", running.port)
        expected = EXPLICIT.replace("HOST", "127.0.0.2").replace("PORT", running.port)
        assert (finished.returncode, finished.stdout, finished.stderr) == (0, expected, "")
        assert in_general(running.read_to("waiting")) == SERVED
        assert execute(*EXPLICIT_CLIENTS[client], "127.0.0.3", running.port).returncode == 1


@pytest.mark.parametrize("client", EXPLICIT_CLIENTS)
@pytest.mark.parametrize("server", ANY_SERVERS)
def test_a_server_at_any_address_is_at_all_of_them(server: str, client: str) -> None:
    with serving(ANY_SERVERS[server], "0") as running:
        assert running.host == "0.0.0.0"
        for host in ("127.0.0.2", "localhost"):
            finished = execute(*EXPLICIT_CLIENTS[client], host, running.port)
            assert finished.returncode == 0, finished.stderr
            assert finished.stdout == EXPLICIT.replace("HOST", host).replace("PORT", running.port)
            assert in_general(running.read_to("waiting")) == SERVED


def test_the_ports_of_the_text() -> None:
    """Without an argument: 10000 for the easy client, 10001 for a server of choice, 10002 for one at any address."""
    with serving(ours("echo-server"), "localhost", "10000"):
        assert execute(*ours("echo-client-easy")).stdout == EASY
    with serving(ours("echo-server-explicit"), "localhost") as running:
        assert running.port == "10001"
        expected = EXPLICIT.replace("HOST", "localhost").replace("PORT", "10001")
        assert execute(*ours("echo-client-explicit"), "localhost").stdout == expected
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("0.0.0.0", 10002))
        taken.listen()
        finished = execute(*ours("echo-server-any"))
        assert finished.returncode == 1
        assert "EADDRINUSE" in finished.stderr and ":10002" in finished.stderr


@pytest.mark.parametrize(
    ("program", "arguments", "reason", "usage"),
    [
        ("echo-client-easy", ["localhost"], 'PORT must be a whole number from 0 to 65535, not "localhost"', "[PORT]"),
        ("echo-client-easy", ["localhost", "10000"], "expected 0 or 1 argument, got 2", "[PORT]"),
        ("echo-client-explicit", [], "expected 1 or 2 arguments, got 0", "HOST [PORT]"),
        ("echo-server-explicit", [], "expected 1 or 2 arguments, got 0", "HOST [PORT]"),
        ("echo-server-explicit", ["localhost", "10001", "more"], "expected 1 or 2 arguments, got 3", "HOST [PORT]"),
        ("echo-server-any", ["--host", "localhost"], "Unknown option '--host'", "[PORT]"),
    ],
)
def test_wrong_usage(program: str, arguments: list[str], reason: str, usage: str) -> None:
    assert_wrong_usage(ours(program), arguments, reason, usage)
