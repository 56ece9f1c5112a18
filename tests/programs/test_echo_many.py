"""programs/echo-server-many.ts: in each way a client is served although others say nothing, and not in turns."""

import signal
import socket
import struct

import psutil
import pytest
from commands import Server, assert_wrong_usage, execute, in_python, ours, serving

WAYS = ["promises", "poll", "processes", "node"]


def answered(client: socket.socket, message: bytes = b"Hi there, server") -> bool:
    client.sendall(message)
    return client.recv(len(message), socket.MSG_WAITALL) == message


def children(server: Server) -> list[psutil.Process]:
    return psutil.Process(server.process.pid).children()


@pytest.mark.parametrize("way", WAYS)
def test_all_are_served_at_once(way: str) -> None:
    with serving(ours("echo-server-many"), way, "localhost", "0") as server:
        clients = [server.connect() for _ in range(100)]
        for client in [*reversed(clients), *clients]:
            assert answered(client)
        for client in clients:
            client.shutdown(socket.SHUT_WR)
            assert client.recv(1) == b""
            client.close()


def test_in_turns_one_who_says_nothing_holds_all_up() -> None:
    with serving(ours("echo-server-many"), "turns", "localhost", "0") as server:
        idle, second = server.connect(), server.connect()
        second.sendall(b"x")
        second.settimeout(0.2)
        with pytest.raises(TimeoutError):
            second.recv(1)
        second.settimeout(None)
        idle.close()
        assert second.recv(1) == b"x"
        second.close()


@pytest.mark.parametrize("way", ["turns", *WAYS])
def test_who_breaks_off_ends_nobody_else(way: str) -> None:
    with serving(ours("echo-server-many"), way, "localhost", "0") as server:
        for _ in range(4):  # so that each of the processes may have had one
            with server.connect() as rude:
                assert answered(rude)
                rude.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        assert server.process.stderr is not None
        assert "ECONNRESET" in server.process.stderr.readline()
        assert execute(*in_python("echo_client"), server.host, server.port).returncode == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_each_process_has_clients_and_all_end_with_the_first(number: signal.Signals) -> None:
    with serving(ours("echo-server-many"), "processes", "localhost", "0") as server:
        clients = [server.connect() for _ in range(60)]
        assert all(map(answered, clients))
        processes = children(server)
        held = [len(process.net_connections()) - 1 for process in processes]
        assert sum(held) == 60
        assert min(held) > 0
        server.process.send_signal(number)
        psutil.wait_procs(processes)
        for client in clients:
            client.close()


@pytest.mark.parametrize("way", WAYS)
def test_a_signal_ends_it_well(way: str) -> None:
    with serving(ours("echo-server-many"), way, "localhost", "0") as server, server.connect() as client:
        assert answered(client)
        server.process.send_signal(signal.SIGINT)
        assert server.process.wait() == 0
        assert server.process.stderr is not None
        assert server.process.stderr.read() == ""


def test_wrong_usage() -> None:
    reason = 'WAY must be one of turns, promises, poll, processes, node, not "threads"'
    assert_wrong_usage(ours("echo-server-many"), ["threads", "localhost", "0"], reason, "WAY HOST PORT")


def test_the_port_is_taken() -> None:
    with socket.create_server(("localhost", 0)) as other:
        for way in WAYS:
            finished = execute(*ours("echo-server-many"), way, "localhost", str(other.getsockname()[1]))
            assert finished.returncode == 1
            assert "EADDRINUSE" in finished.stderr
