"""Before the cell that makes a call for the first time stands what that call is in Python."""

import re
from itertools import pairwise

import nbformat
import pytest
from lessons import NOTEBOOKS, find_lessons

FUNCTIONS = ["socket", "createConnection", "createServer", "getaddrinfo", "gethostname", "inetAton", "inetNtoa"]
METHODS = ["bind", "listen", "accept", "connect", "recv", "recvfrom", "send", "sendall", "sendto", "shutdown", "close"]
METHODS += ["fileno", "getsockname", "getpeername", "setsockopt", "getsockopt", "settimeout"]
METHODS += ["readexactly", "readuntil"]

NAMES = [path.name for paths in find_lessons().values() for path in paths]
CELLS = {name: nbformat.read(NOTEBOOKS / name, as_version=nbformat.NO_CONVERT).cells for name in NAMES}


def first_use(call: str) -> tuple[str, str, str]:
    """Where it is first called: notebook, cell, and the text before that cell. A program in Python is no call."""
    begin = r"(?<![\w.])" if call in FUNCTIONS else r"\."
    pattern = re.compile(rf"{begin}{call}\(")
    for name, cells in CELLS.items():
        for before, cell in pairwise(cells):
            if cell.cell_type == "code" and pattern.search(re.sub(r"`import socket.*?`", "", cell.source, flags=re.S)):
                return name, cell.id, before.source
    pytest.fail(f"no lesson calls {call}")


@pytest.mark.parametrize("call", FUNCTIONS + METHODS)
def test_the_first_call_has_its_line(call: str) -> None:
    notebook, cell, text = first_use(call)
    lines = [paragraph for paragraph in text.split("\n\n") if paragraph.startswith("*In Python:* `")]
    python = re.sub(r"[A-Z]", lambda letter: f"_{letter[0].lower()}", call)
    assert any(f"{python}(" in line for line in lines), (notebook, cell)
