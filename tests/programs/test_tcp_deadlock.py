"""programs/tcp-deadlock.ts as a command, against itself and against the same in Python on sockets that block: a little
gets through, too much comes to rest on both sides, and the cure."""

import re
import socket
import subprocess
import time

import pytest
from commands import ROOT, assert_wrong_usage, execute, in_python, ours, serving, start

PROGRAM = ours("tcp-deadlock")
PEER = in_python("tcp_deadlock")

MUCH = "100000000"
"""Octets: more than the system's buffers take."""

COUNTED = re.compile(r"received (\d+) octets, sent (\d+) octets$")

SERVERS = {"typescript": [*PROGRAM, "server", "localhost"], "python": [*PEER, "server", "localhost", "0"]}


def counts(line: str) -> tuple[int, int]:
    found = COUNTED.search(line)
    assert found, line
    return int(found[1]), int(found[2])


@pytest.mark.parametrize("server", SERVERS)
@pytest.mark.parametrize("octets", ["1", "16", "1000000"])
def test_what_the_buffers_take_gets_through(server: str, octets: str) -> None:
    with serving(SERVERS[server], "-p", "0") as running:
        finished = execute(*PROGRAM, "client", "localhost", octets, "-p", running.port)
        assert (finished.returncode, finished.stderr) == (0, "")
        first, last = finished.stdout.splitlines()
        assert first == f"Sending {octets} octets to ('127.0.0.1', {running.port})"
        assert last == f"Done: received {octets} octets, sent {octets} octets"


def test_sixteen_octets_unless_another_number_is_given() -> None:
    with serving(SERVERS["typescript"], "-p", "0") as running:
        finished = execute(*PROGRAM, "client", "localhost", "-p", running.port)
        assert finished.stdout.splitlines()[-1] == "Done: received 16 octets, sent 16 octets"
        assert running.read_to("Done")[-1] == "Done: received 16 octets, sent 16 octets"


@pytest.mark.parametrize("server", SERVERS)
def test_too_much_comes_to_rest_and_the_client_gives_up(server: str) -> None:
    with serving(SERVERS[server], "-p", "0") as running:
        started = time.monotonic()
        finished = execute(*PROGRAM, "client", "localhost", MUCH, "-p", running.port)
        assert time.monotonic() - started > 3
        assert finished.returncode == 1
        [line] = finished.stderr.splitlines()
        assert line.startswith("tcp-deadlock: nothing has moved for 3 s: ")
        received, sent = counts(line)
        assert received == 0
        assert 0 < sent < int(MUCH)
        if server == "typescript":
            at_rest = [line for line in running.read_to("Done") if line.startswith("At rest")]
            assert 0 < counts(at_rest[-1])[1] <= counts(at_rest[-1])[0] < sent
            assert running.process.stderr is not None
            assert "ECONNRESET" in running.process.stderr.readline()


def test_a_client_that_blocks_stands_still_as_well() -> None:
    """On Python's own sockets, which block in the system: it is no artefact of how the program waits."""
    with serving(SERVERS["typescript"], "-p", "0") as running:
        command = [*PEER, "client", "localhost", MUCH, "-p", running.port]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as client:
            # A server that nothing has come to yet is at rest as well.
            while counts(line := running.read_to("At rest")[-1])[1] == 0:
                pass
            received, sent = counts(line)
            assert 0 < sent <= received < int(MUCH)
            assert client.poll() is None
            client.kill()


@pytest.mark.parametrize("server", SERVERS)
def test_who_receives_while_sending_gets_everything_through(server: str) -> None:
    with serving(SERVERS[server], "-p", "0") as running:
        finished = execute(*PROGRAM, "client", "localhost", MUCH, "--while-sending", "-p", running.port)
        assert (finished.returncode, finished.stderr) == (0, "")
        assert finished.stdout.splitlines()[-1] == f"Done: received {MUCH} octets, sent {MUCH} octets"


def test_every_octet_comes_back_as_a_capital() -> None:
    with serving(SERVERS["typescript"], "-p", "0") as running:
        finished = execute(*PEER, "client", "localhost", "1000003", "-p", running.port)
        assert (finished.returncode, finished.stdout) == (0, "received 1000003 octets\n")


@pytest.mark.parametrize("switch", [[], ["--while-sending"]])
def test_a_server_that_closes_early(switch: list[str]) -> None:
    with (
        socket.create_server(("localhost", 0)) as listener,
        start(*PROGRAM, "client", "localhost", *switch, "-p", str(listener.getsockname()[1])) as client,
    ):
        connection, _ = listener.accept()
        with connection:
            while data := connection.recv(16):
                connection.sendall(data[:5])
        output, errors = client.communicate()
    assert (client.returncode, len(output.splitlines())) == (1, 1)
    assert errors == "tcp-deadlock: the server closed after 5 of 16 octets\n"


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["client"], "expected 2 or 3 arguments, got 1"),
        (["client", "localhost", "0"], 'OCTETS must be a whole number above 0, not "0"'),
        (["client", "localhost", "many"], 'OCTETS must be a whole number above 0, not "many"'),
        (["both", "localhost"], 'expected server or client, got "both"'),
        (["client", "localhost", "16", "--faster"], "Unknown option '--faster'"),
        (["client", "localhost", "-p", "-1"], "Option '-p' argument is ambiguous"),
        (["server", "localhost", "5"], "OCTETS is for the client only"),
        (["server", "localhost", "--while-sending"], "--while-sending is for the client only"),
    ],
)
def test_wrong_usage(arguments: list[str], reason: str) -> None:
    assert_wrong_usage(PROGRAM, arguments, reason, "server|client HOST [OCTETS] [-p PORT] [--while-sending]")
