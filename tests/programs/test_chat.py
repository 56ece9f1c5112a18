"""programs/chat.ts as a command: spoken to by Python's sockets, by nc, and by hand in a plain terminal; with readers
that are slow, rude or too many, and stopped."""

import shutil
import signal
import socket
import struct
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

import pexpect
import pytest
from commands import COMPILED, Server, assert_wrong_usage, execute, ours, serving


def changed(**constants: int | str) -> list[str]:
    """The program with other limits, so that a test can come to them."""
    program = COMPILED / "programs" / "chat.js"
    source = program.read_text()
    for name, value in constants.items():
        begin = source.index(f"const {name} = ")
        source = source[:begin] + f"const {name} = {value};" + source[source.index("\n", begin) :]
    path = program.with_name(f"chat-{'-'.join(f'{name}-{value}'.lower() for name, value in constants.items())}.js")
    path.write_text(source)
    return ["node", str(path)]


class Guest:
    """A client in Python: lines are read as a file's."""

    def __init__(self, server: Server, name: str = "") -> None:
        self.sock = server.connect()
        self.file: IO[bytes] = self.sock.makefile("rb")
        if name:
            self.say(name)
            assert self.hears() == "* what is your name?"
            self.others = self.hears()

    def say(self, text: str) -> None:
        self.sock.sendall(f"{text}\n".encode())

    def hears(self) -> str:
        """The next line, or nothing at the end."""
        return self.file.readline().decode().rstrip("\n")

    def break_off(self) -> None:
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close()

    def close(self) -> None:
        self.file.close()
        self.sock.close()


@contextmanager
def chatting(*names: str, command: list[str] | None = None) -> Iterator[tuple[Server, list[Guest]]]:
    """A chat in which these are, one after the other, and have heard of each other."""
    with serving(command or ours("chat")) as server:
        guests: list[Guest] = []
        for name in names:
            newcomer = Guest(server, name)
            for guest in guests:
                assert guest.hears() == f"* {name} is here"
            guests.append(newcomer)
        yield server, guests
        for guest in guests:
            guest.close()


def assert_ends_well(server: Server) -> None:
    assert server.process.wait() == 0
    assert server.process.stderr is not None
    assert server.process.stderr.read() == ""


def test_what_one_says_all_the_others_hear() -> None:
    with chatting("Ada", "Bob", "Cy") as (_, [ada, bob, cy]):
        assert [guest.others for guest in (ada, bob, cy)] == [
            "* here are: nobody else",
            "* here are: Ada",
            "* here are: Ada, Bob",
        ]
        ada.say("good morning")
        bob.say("and to you")
        assert sorted([cy.hears(), cy.hears()]) == ["Ada: good morning", "Bob: and to you"]
        assert ada.hears() == "Bob: and to you"
        assert bob.hears() == "Ada: good morning"
        cy.close()
        assert ada.hears() == bob.hears() == "* Cy has left"


def test_a_name_is_some_text_and_nobody_elses() -> None:
    with chatting("Ada") as (server, _):
        other = Guest(server)
        for name in ("Ada", " Ada\r", "", "Bob"):
            other.say(name)
        assert [other.hears() for _ in range(5)] == [
            "* what is your name?",
            *["* another name, please"] * 3,
            "* here are: Ada",
        ]
        other.close()


def test_lines_whatever_pieces_they_come_in() -> None:
    with chatting("Ada", "Bob") as (_, [ada, bob]):
        octets = "caf\u00e9\r\n\ntwo\nlines".encode()
        for index in range(len(octets)):
            ada.sock.sendall(octets[index : index + 1])
        ada.say("")
        heard = [bob.hears() for _ in range(4)]
        assert heard == ["Ada: caf\u00e9", "Ada: ", "Ada: two", "Ada: lines"]


def test_a_line_without_end_is_cut_and_nobodys_terminal_is_touched() -> None:
    with chatting("Ada", "Bob") as (_, [ada, bob]):
        ada.say("x" * 2500)
        assert [len(bob.hears()) for _ in range(3)] == [5 + 1024, 5 + 1024, 5 + 452]
        ada.say("\x1b[2J\x07\u009b31mred")
        assert bob.hears() == "Ada: [2J31mred"


def test_octets_that_are_no_text() -> None:
    with chatting("Ada", "Bob") as (_, [ada, bob]):
        ada.sock.sendall(b"\xff\xc3\n")
        assert bob.hears() == "Ada: \ufffd\ufffd"


def test_a_slow_reader_is_cut_off_and_holds_nobody_up() -> None:
    with chatting("Ada", "slow", "quick", command=changed(PAUSE=0)) as (server, [ada, slow, quick]):
        for _ in range(200):
            # In step with the quick one: it is only the slow one who has something unread.
            for _ in range(100):
                ada.say("x" * 1000)
            if any(quick.hears() == "* slow has left" for _ in range(100)):
                break
        else:
            pytest.fail("20 MB were kept for somebody who does not read")
        assert server.read_to("slow")[-1] == "slow does not read, and is cut off"
        # What the systems have taken is still there to be read, and then comes the end.
        assert len(slow.file.read()) > 2**16


def test_who_says_much_at_once_is_slowed_down() -> None:
    with chatting("Ada", "Bob", command=changed(PAUSE=100)) as (_, [ada, bob]):
        begin = time.monotonic()
        ada.sock.sendall(b"one\ntwo\nthree\nfour\n")
        assert [bob.hears() for _ in range(4)] == ["Ada: one", "Ada: two", "Ada: three", "Ada: four"]
        assert time.monotonic() - begin > 0.29


def test_one_who_breaks_off_does_not_end_the_chat() -> None:
    with chatting("Ada", "rude") as (server, [ada, rude]):
        rude.break_off()
        assert ada.hears() == "* rude has left"
        assert server.process.stderr is not None
        assert "ECONNRESET" in server.process.stderr.readline()
        other = Guest(server, "Bob")
        assert other.others == "* here are: Ada"
        other.close()


def test_more_than_there_are_places_for_wait_in_line() -> None:
    with chatting("Ada", "Bob", command=changed(PLACES=2)) as (server, [ada, bob]):
        third = Guest(server)
        third.say("Cy")
        ada.say("just the two of us")
        assert bob.hears() == "Ada: just the two of us"
        bob.close()
        assert third.hears() == "* what is your name?"
        assert third.hears() == "* here are: Ada"
        assert ada.hears() == "* Bob has left"
        assert ada.hears() == "* Cy is here"
        third.close()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_says_goodbye_and_ends_when_all_have_left(number: signal.Signals) -> None:
    # With all the time that a timer can have: it must be they who end it.
    with chatting("Ada", "Bob", command=changed(GRACE=2**31 - 1)) as (server, [ada, bob]):
        ada.say("one more thing")
        assert bob.hears() == "Ada: one more thing"
        server.process.send_signal(number)
        for guest in (ada, bob):
            assert guest.hears() == "* the chat is over"
            assert guest.hears() == ""
        with pytest.raises(ConnectionRefusedError):
            server.connect()
        ada.close()
        bob.close()
        assert_ends_well(server)


def test_a_signal_while_all_places_are_taken() -> None:
    with chatting("Ada", command=changed(PLACES=1)) as (server, [ada]):
        server.process.send_signal(signal.SIGTERM)
        assert ada.hears() == "* the chat is over"
        ada.close()
        assert_ends_well(server)


def test_who_stays_is_cut_off() -> None:
    with chatting("Ada", command=changed(GRACE=100)) as (server, [ada]):
        server.process.send_signal(signal.SIGTERM)
        assert ada.hears() == "* the chat is over"
        assert_ends_well(server)


NC = shutil.which("nc")


@pytest.mark.skipif(NC is None, reason="this machine has no nc")
def test_spoken_to_by_nc() -> None:
    with (
        chatting("Ada") as (server, [ada]),
        subprocess.Popen(
            [str(NC), server.host, server.port], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as nc,
    ):
        assert nc.stdin is not None
        assert nc.stdout is not None
        nc.stdin.write("Bob\n")
        nc.stdin.flush()
        assert ada.hears() == "* Bob is here"
        ada.say("hello")
        assert [nc.stdout.readline() for _ in range(3)] == [
            "* what is your name?\n",
            "* here are: Ada\n",
            "Ada: hello\n",
        ]
        nc.stdin.write("hello, Ada\n")
        nc.stdin.flush()
        assert ada.hears() == "Bob: hello, Ada"
        nc.kill()
        assert ada.hears() == "* Bob has left"


BASH = shutil.which("bash")


@pytest.mark.skipif(BASH is None, reason="this machine has no bash")
def test_by_hand_in_a_plain_terminal() -> None:
    """Typed, with the terminal's own line editing, into two lines of a shell: nothing else is needed."""
    with chatting("Ada") as (server, [ada]):
        talk = f"exec 3<>/dev/tcp/{server.host}/{server.port}; cat <&3 & cat >&3"
        terminal = pexpect.spawn(str(BASH), ["--norc", "-c", talk], encoding="utf-8", timeout=None)
        terminal.expect_exact("* what is your name?")
        terminal.send("Bib\x7f\x7fob\r")
        terminal.expect_exact("* here are: Ada")
        assert ada.hears() == "* Bob is here"
        ada.say("how do you do?")
        terminal.expect_exact("Ada: how do you do?")
        terminal.sendline("by hand")
        assert ada.hears() == "Bob: by hand"
        server.process.send_signal(signal.SIGINT)
        terminal.expect_exact("* the chat is over")
        terminal.close(force=True)
        assert ada.hears() == "* the chat is over"
        ada.close()
        assert_ends_well(server)


def test_the_port_is_taken() -> None:
    with socket.create_server(("localhost", 0)) as other:
        finished = execute(*ours("chat"), "localhost", str(other.getsockname()[1]))
    assert finished.returncode == 1
    assert len(finished.stderr.splitlines()) == 1
    assert "EADDRINUSE" in finished.stderr


def test_wrong_usage() -> None:
    assert_wrong_usage(ours("chat"), ["localhost"], "expected 2 arguments, got 1", "HOST PORT")
