"""programs/tcp-sixteen.ts and tcp-sixteen-erle.ts as commands, each half against the other half and against the same in
Python: the texts' own lines, usage, failures, Ctrl-C."""

import re
import signal
import socket
import struct
import threading

import pytest
from commands import assert_wrong_usage, execute, in_python, ours, serving

# What the texts print, with the ports left open. The halves are joined by the client's port.
FOPNP_SERVER = """\
We have accepted a connection from ('127.0.0.1', CLIENT)
 Socket name: ('127.0.0.1', PORT)
 Socket peer: ('127.0.0.1', CLIENT)
 Incoming sixteen-octet message: b'Hi there, server'
 Reply sent, socket closed
Waiting to accept a new connection
"""
FOPNP_CLIENT = """\
Client has been assigned socket name ('127.0.0.1', CLIENT)
The server said b'Farewell, client'
"""
ERLE_SERVER = """\
We have accepted a connection from ('127.0.0.1', CLIENT)
Socket connects ('127.0.0.1', PORT) and ('127.0.0.1', CLIENT)
The incoming sixteen-octet message says 'Hi there, server'
Reply sent, socket closed
Listening at ('0.0.0.0', PORT)
"""
ERLE_CLIENT = """\
Client has been assigned socket name ('127.0.0.1', CLIENT)
The server said 'Farewell, client'
"""

TEXTS = {
    "fopnp": ("tcp-sixteen", FOPNP_SERVER, FOPNP_CLIENT),
    "erle": ("tcp-sixteen-erle", ERLE_SERVER, ERLE_CLIENT),
}
PROGRAMS = [name for name, _, _ in TEXTS.values()]
EOF = {
    "tcp-sixteen": "was expecting 16 bytes but only received 9 bytes before the socket closed",
    "tcp-sixteen-erle": "socket closed 9 bytes into a 16-byte message",
}

LAST_NAME = {"tcp-sixteen": " Socket peer", "tcp-sixteen-erle": "Socket connects"}
"""What a server prints before it receives."""


def halves(name: str) -> dict[str, list[str]]:
    return {"typescript": ours(name), "python": in_python(name.replace("-", "_"))}


@pytest.mark.parametrize("client", ["typescript", "python"])
@pytest.mark.parametrize("server", ["typescript", "python"])
@pytest.mark.parametrize("text", TEXTS)
def test_both_print_what_the_text_prints(text: str, server: str, client: str) -> None:
    name, served, said = TEXTS[text]
    with serving(halves(name)[server], "server", "", "-p", "0") as running:
        assert running.host == "0.0.0.0"
        if text == "fopnp":
            assert running.read() == "Waiting to accept a new connection"
        for _ in range(2):
            finished = execute(*halves(name)[client], "client", "127.0.0.1", "-p", running.port)
            assert (finished.returncode, finished.stderr) == (0, "")
            found = re.search(r"\('127\.0\.0\.1', (\d+)\)", finished.stdout)
            assert found
            assert finished.stdout == said.replace("CLIENT", found[1])
            expected = served.replace("CLIENT", found[1]).replace("PORT", running.port).splitlines()
            assert [running.read() for _ in expected] == expected


def test_the_commands_of_the_texts() -> None:
    """With the texts' port, 1060, and the hosts that they name or leave out."""
    with serving(ours("tcp-sixteen"), "server", "") as running:
        assert (running.host, running.port) == ("0.0.0.0", "1060")
        for host in (["127.0.0.1"], []):
            assert FOPNP_CLIENT.splitlines()[1] in execute(*ours("tcp-sixteen"), "client", *host).stdout
    with serving(ours("tcp-sixteen"), "server") as running:
        assert (running.host, running.port) == ("127.0.0.1", "1060")
    with serving(ours("tcp-sixteen-erle"), "server") as running:
        assert (running.host, running.port) == ("0.0.0.0", "1060")
        finished = execute("npx", "ts-node", "programs/tcp-sixteen-erle.ts", "client")
        assert ERLE_CLIENT.splitlines()[1] in finished.stdout, finished.stderr


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_client_that_closes_too_early_or_breaks_off_does_not_end_the_server(name: str) -> None:
    with serving(ours(name), "server", "localhost", "-p", "0") as server:
        assert server.process.stderr is not None
        with server.connect() as short:
            short.sendall(b"Hi there,")
        assert server.process.stderr.readline() == f"{name}: {EOF[name]}\n"
        server.read_to(LAST_NAME[name])
        with server.connect() as rude:
            server.read_to(LAST_NAME[name])
            rude.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        assert "ECONNRESET" in server.process.stderr.readline()
        assert execute(*in_python(name.replace("-", "_")), "client", "localhost", "-p", server.port).returncode == 0


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_server_closes_the_connection_after_its_reply(name: str) -> None:
    with serving(ours(name), "server", "localhost", "-p", "0") as server, server.connect() as client:
        for octet in b"Hi there, server":
            client.sendall(bytes([octet]))
        received = b""
        while data := client.recv(16):
            received += data
        assert received == b"Farewell, client"


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_server_that_closes_too_early(name: str) -> None:
    with socket.create_server(("localhost", 0)) as listener:

        def answer() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(16, socket.MSG_WAITALL)
                connection.sendall(b"Farewell,")

        thread = threading.Thread(target=answer)
        thread.start()
        finished = execute(*ours(name), "client", "localhost", "-p", str(listener.getsockname()[1]))
        thread.join()
    assert (finished.returncode, finished.stderr) == (1, f"{name}: {EOF[name]}\n")


@pytest.mark.parametrize("name", PROGRAMS)
def test_nobody_listens(name: str) -> None:
    with socket.socket() as unused:
        unused.bind(("localhost", 0))
        finished = execute(*ours(name), "client", "localhost", "-p", str(unused.getsockname()[1]))
    assert finished.returncode == 1
    assert finished.stdout == ""
    [line] = finished.stderr.splitlines()
    assert line.startswith(f"{name}: connect ECONNREFUSED")


@pytest.mark.parametrize("name", PROGRAMS)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_server_which_can_start_again_at_once(name: str, number: signal.Signals) -> None:
    with serving(ours(name), "server", "localhost", "-p", "0") as server:
        assert execute(*ours(name), "client", "localhost", "-p", server.port).returncode == 0
        with server.connect() as silent:
            server.read_to("We have accepted")
            server.read_to("We have accepted")
            server.process.send_signal(number)
            assert server.process.wait() == 0
            assert silent.recv(1) == b""
        assert server.process.stderr is not None
        assert server.process.stderr.read() == ""
        with serving(ours(name), "server", "localhost", "-p", server.port) as again:
            assert again.port == server.port


@pytest.mark.parametrize(
    ("name", "arguments", "reason"),
    [
        ("tcp-sixteen", [], "expected 1 or 2 arguments, got 0"),
        ("tcp-sixteen", ["serve"], 'expected server or client, got "serve"'),
        ("tcp-sixteen", ["server", "localhost", "1060"], "expected 1 or 2 arguments, got 3"),
        ("tcp-sixteen-erle", [], "expected 1 or 2 arguments, got 0"),
        ("tcp-sixteen-erle", ["localhost"], 'expected server or client, got "localhost"'),
        ("tcp-sixteen-erle", ["client", "-p", "65536"], 'PORT must be a whole number from 0 to 65535, not "65536"'),
    ],
)
def test_wrong_usage(name: str, arguments: list[str], reason: str) -> None:
    assert_wrong_usage(ours(name), arguments, reason, "server|client [HOST] [-p PORT]")


@pytest.mark.parametrize("name", PROGRAMS)
def test_help(name: str) -> None:
    finished = execute(*ours(name), "--help")
    usage = f"usage: npx ts-node programs/{name}.ts server|client [HOST] [-p PORT]\n"
    assert (finished.returncode, finished.stdout, finished.stderr) == (0, usage, "")
