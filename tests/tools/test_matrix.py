"""tools/matrix.sh in a small repository of its own, with stand-ins for what it calls, which note each call."""

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

MATRIX = Path(__file__).resolve().parents[2] / "tools" / "matrix.sh"
VERSIONS = ["20", "22", "24", "26"]

# Which Node.js a set-up would write into the kernelspec: the first one on PATH.
MAKE = """#!/bin/sh
echo "$(node --version) setup" >>"$CALLS"
"""
NPM = """#!/bin/sh
for package in "$@"; do :; done
version=${package#node@}
[ "$version" != "$NOT_THERE" ] || exit 1
mkdir -p "$3/node_modules/.bin"
sed "s/own/$version/" <"$(command -v node)" >"$3/node_modules/.bin/node"
chmod +x "$3/node_modules/.bin/node"
"""
NODE = """#!/bin/sh
[ "$1" != --version ] || { echo own; exit; }
echo "own sockets" >>"$CALLS"
[ "$HANGS" != own ] || { sleep 60; exit; }
[ "$FAILS" != own ]
"""
PYTHON = """#!/bin/sh
echo "$(node --version) kernel" >>"$CALLS"
[ "$FAILS_KERNEL" != "$(node --version)" ]
"""


class Copy:
    """A repository with as much in it as matrix.sh needs, and the commands that it finds."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "a repository"
        self.calls = folder / "calls"
        self.commands = folder / "bin"
        (self.folder / "tools").mkdir(parents=True)
        shutil.copy(MATRIX, self.folder / "tools")
        for path, script in {
            self.commands / "make": MAKE,
            self.commands / "npm": NPM,
            self.commands / "node": NODE,
            self.folder / ".venv" / "bin" / "python": PYTHON,
        }.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(script)
            path.chmod(0o755)

    def start(self, **environment: str) -> subprocess.Popen[str]:
        unset = dict.fromkeys(("NOT_THERE", "HANGS", "FAILS", "FAILS_KERNEL"), "")
        return subprocess.Popen(
            ["sh", str(self.folder / "tools" / "matrix.sh")],
            env={"PATH": f"{self.commands}:{os.defpath}", "CALLS": str(self.calls), **unset, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def run(self, **environment: str) -> tuple[int, str, list[str]]:
        """The status, the last line, and what was called."""
        with self.start(**environment) as process:
            output, errors = process.communicate()
        return process.returncode, (output + errors).splitlines()[-1], self.calls.read_text().splitlines()


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    return Copy(tmp_path)


def calls_for(version: str) -> list[str]:
    return [f"{version} {call}" for call in ("setup", "sockets", "kernel")]


EVERYTHING = [call for version in VERSIONS for call in calls_for(version)]
OWN = "own setup"


def test_every_version_is_tested_and_in_the_end_the_kernelspec_is_the_readers_own(copy: Copy) -> None:
    assert copy.run() == (0, "make matrix: all passed on Node.js 20 22 24 26", [*EVERYTHING, OWN])


def test_what_failed_is_said_at_the_end(copy: Copy) -> None:
    status, said, calls = copy.run(FAILS="20", FAILS_KERNEL="24")
    assert (status, said) == (1, "make matrix: failed on Node.js 20 (sockets) 24 (kernel)")
    assert calls == [*EVERYTHING, OWN]


def test_a_version_that_is_not_there_does_not_keep_the_others_from_their_tests(copy: Copy) -> None:
    status, said, calls = copy.run(NOT_THERE="22")
    assert (status, said) == (1, "make matrix: failed on Node.js 22 (not installed)")
    assert calls == [*(call for call in EVERYTHING if not call.startswith("22")), OWN]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_the_kernelspec_is_the_readers_own_also_after_a_signal(copy: Copy, number: signal.Signals) -> None:
    with copy.start(HANGS="22") as process:
        while "22 sockets" not in (copy.calls.read_text() if copy.calls.exists() else ""):
            assert process.poll() is None
            time.sleep(0.02)
        os.killpg(process.pid, number)
        process.communicate()
    assert process.returncode in (128 + number, 143)
    assert copy.calls.read_text().splitlines() == [*calls_for("20"), "22 setup", "22 sockets", OWN]
