"""programs/lossy-relay.ts: what it does to the datagrams of two sockets of Python."""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from commands import assert_wrong_usage, execute, ours, start

RELAY = ours("lossy-relay")
USAGE = "HERE THERE [--lose PERCENT] [--double PERCENT] [--hold PERCENT] [--delay MS] [--seed NUMBER]"
COUNT = 120
"""Few enough to lie in a receive buffer all at once: none is lost but by the relay."""


def bound() -> socket.socket:
    sock = socket.socket(type=socket.SOCK_DGRAM)
    sock.bind(("127.0.0.1", 0))
    sock.settimeout(20)
    return sock


class Relay:
    """A relay that runs, from a client to a server."""

    def __init__(self, server: socket.socket, *options: str) -> None:
        host, port = server.getsockname()
        self.process = start(*RELAY, "127.0.0.1:0", f"{host}:{port}", *options)
        assert self.process.stdout is not None
        begin, here = self.process.stdout.readline().split(" to ")[0].rsplit(":", 1)
        assert begin == "relaying from 127.0.0.1"
        self.address = ("127.0.0.1", int(here))

    def said(self) -> list[list[str]]:
        """What it has said of the datagrams, word by word, until it was ended."""
        self.process.terminate()
        output, errors = self.process.communicate()
        assert (self.process.returncode, errors) == (0, "")
        return [line.split() for line in output.splitlines()]


@contextmanager
def relaying(*options: str) -> Iterator[tuple[socket.socket, socket.socket, Relay]]:
    with bound() as client, bound() as server:
        relay = Relay(server, *options)
        try:
            yield client, server, relay
        finally:
            relay.process.kill()
            relay.process.wait()


def conversation(*options: str) -> tuple[list[int], list[list[str]]]:
    """The numbers that have come, of those from 0 to below COUNT, and what the relay said of them."""
    with relaying(*options) as (client, server, relay):
        server.settimeout(0.2)
        received: list[int] = []
        for number in range(COUNT):
            client.sendto(str(number).encode(), relay.address)
        while COUNT not in received:
            client.sendto(str(COUNT).encode(), relay.address)
            try:
                while True:
                    received.append(int(server.recv(100)))
            except TimeoutError:
                pass
        ours = [words for words in relay.said() if int(words[1]) <= COUNT]
    return [number for number in received if number < COUNT], ours


def test_without_options_all_pass_in_order_and_so_do_the_answers() -> None:
    with relaying() as (client, server, relay):
        for number in range(COUNT):
            client.sendto(str(number).encode(), relay.address)
            data, peer = server.recvfrom(100)
            assert int(data) == number
            server.sendto(b"to " + data, peer)
            assert client.recvfrom(100) == (b"to " + data, relay.address)
        assert relay.said() == []


def test_the_same_seed_has_the_same_fates() -> None:
    options = ["--lose", "20", "--double", "10", "--hold", "10", "--seed"]
    received, fates = conversation(*options, "7")
    assert conversation(*options, "7") == (received, fates)
    assert conversation(*options, "8") != (received, fates)


@pytest.mark.parametrize(("option", "fate"), [("--lose", "lost"), ("--double", "doubled")])
def test_what_it_says_is_what_becomes_of_them(option: str, fate: str) -> None:
    received, fates = conversation(option, "25")
    concerned = [int(count) - 1 for way, count, what in fates if (way, what) == ("forth", fate)]
    assert COUNT / 8 < len(concerned) < COUNT / 2
    times = {"lost": 0, "doubled": 2}[fate]
    assert received == [number for number in range(COUNT) for _ in range(times if number in concerned else 1)]


def test_one_that_is_held_passes_after_the_next() -> None:
    received, fates = conversation("--hold", "25")
    held = {int(count) - 1 for _, count, _ in fates}
    assert sorted(received) == list(range(COUNT))
    for number in held - {COUNT - 1}:
        if number + 1 not in held:
            assert received.index(number) == received.index(number + 1) + 1


def test_one_that_nothing_follows_passes_too() -> None:
    with relaying("--hold", "100") as (client, server, relay):
        client.sendto(b"alone", relay.address)
        assert server.recv(100) == b"alone"


def test_the_delay() -> None:
    with relaying("--delay", "300") as (client, server, relay):
        began = time.monotonic()
        client.sendto(b"first", relay.address)
        client.sendto(b"second", relay.address)
        assert [server.recv(100), server.recv(100)] == [b"first", b"second"]
        assert time.monotonic() - began > 0.29


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["127.0.0.1:1"], "expected 2 arguments, got 1"),
        (["localhost", "127.0.0.1:1"], 'an address is written as 127.0.0.1:1060, not "localhost"'),
        (["127.0.0.1:1", "127.0.0.1:99999"], 'an address is written as 127.0.0.1:1060, not "127.0.0.1:99999"'),
        (["127.0.0.1:1", "127.0.0.1:2", "--lose", "101"], '--lose must be a whole number from 0 to 100, not "101"'),
        (["127.0.0.1:1", "127.0.0.1:2", "--seed", "x"], '--seed must be a whole number from 0 to 2147483647, not "x"'),
    ],
)
def test_wrong_usage(arguments: list[str], reason: str) -> None:
    assert_wrong_usage(RELAY, arguments, reason, USAGE)


def test_an_address_that_is_taken_or_leads_nowhere() -> None:
    with bound() as taken:
        host, port = taken.getsockname()
        finished = execute(*RELAY, f"{host}:{port}", f"{host}:1")
    assert (finished.returncode, finished.stdout) == (1, "")
    assert "EADDRINUSE" in finished.stderr or "in use" in finished.stderr
