""" "Run All" in the notebooks of every lesson, headless, the server first, and once more in the same kernels. (The
tests of the exercises and those in the browser begin with the client.)"""

import subprocess
import sys

from lessons import NOTEBOOKS, REPOSITORY


def test_every_lesson_prints_what_is_stored_and_prints_it_again() -> None:
    before = {path: path.read_bytes() for path in NOTEBOOKS.glob("*.ipynb")}
    command = [
        sys.executable,
        str(REPOSITORY / "tools" / "run.py"),
        "--check",
        "--rounds",
        "2",
        "--order",
        "server-first",
    ]
    finished = subprocess.run(command, capture_output=True, text=True)
    assert finished.returncode == 0, finished.stdout + finished.stderr
    assert {path: path.read_bytes() for path in NOTEBOOKS.glob("*.ipynb")} == before
