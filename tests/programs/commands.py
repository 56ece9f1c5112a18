"""The programs as commands: ours and the same in Python, running one against the other."""

import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PEERS = Path(__file__).resolve().parent / "peers"

# Where conftest.py has the programs compiled to. ts-node, by which a reader runs them, needs a second for each start:
# the lessons run them that way, and so do two of these tests.
COMPILED = ROOT / ".build" / "programs"


def ours(name: str) -> list[str]:
    return ["node", str(COMPILED / "programs" / f"{name}.js")]


def in_python(name: str) -> list[str]:
    return [sys.executable, str(PEERS / f"{name}.py")]


def execute(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)


def start(*command: str) -> subprocess.Popen[str]:
    """As `execute`, but does not wait for its end."""
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


STARTING = r"starting up on (\S+) port (\d+)"
LISTENING = r"Listening at \('([\d.]+)', (\d+)\)"


class Server:
    """A running server. Its first line says where it is."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.lines = [self.read()]
        found = re.fullmatch(f"{STARTING}|{LISTENING}", self.lines[0])
        assert found, self.lines
        self.host, self.port = filter(None, found.groups())
        if found[1] is not None:
            self.read_to("waiting for a connection")

    def read(self) -> str:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, "the server has ended"
        return line.rstrip("\n")

    def read_to(self, last: str) -> list[str]:
        """The lines up to the next one that begins with `last`."""
        lines = [self.read()]
        while not lines[-1].startswith(last):
            lines.append(self.read())
        return lines

    def connect(self) -> socket.socket:
        return socket.create_connection((self.host, int(self.port)))


@contextmanager
def serving(command: list[str], *arguments: str) -> Iterator[Server]:
    """A server that ends with the block. Without other arguments: at localhost, on a port that the system chooses."""
    with start(*command, *(arguments or ("localhost", "0"))) as process:
        try:
            yield Server(process)
        finally:
            process.kill()


def in_general(lines: list[str]) -> list[str]:
    """Without the client's address, and with Python's tuples as TypeScript writes them."""
    return [re.sub(r"[(\[] ?'[\d.]+', \d+ ?[)\]]", "[ 'HOST', PORT ]", line) for line in lines]


SERVED = [
    "connection from [ 'HOST', PORT ]",
    "received b'This is the mess'",
    "sending data back to the client",
    "received b'age.  It will be'",
    "sending data back to the client",
    "received b' repeated.'",
    "sending data back to the client",
    "received b''",
    "no data from [ 'HOST', PORT ]",
    "waiting for a connection",
]
"""What a server prints, in general, while it serves the text's client."""


def assert_wrong_usage(command: list[str], arguments: list[str], reason: str, usage: str) -> None:
    """The program ends with status 2, and says why and how it is used, in one line each."""
    finished = execute(*command, *arguments)
    name = Path(command[-1]).stem
    assert finished.returncode == 2
    assert finished.stdout == ""
    assert finished.stderr.splitlines() == [
        f"{name}: {reason}",
        f"usage: npx ts-node programs/{name}.ts {usage}".rstrip(),
    ]
