""" "Run All" in the notebooks of every lesson, headless: in either order, again and again in the same kernels."""

import subprocess
import sys

import pytest
from lessons import NOTEBOOKS, REPOSITORY


@pytest.mark.parametrize("order", ["server-first", "client-first"])
def test_every_lesson_prints_what_is_stored_again_and_again(order: str) -> None:
    before = {path: path.read_bytes() for path in NOTEBOOKS.glob("*.ipynb")}
    command = [sys.executable, str(REPOSITORY / "tools" / "run.py"), "--check", "--rounds", "2", "--order", order]
    finished = subprocess.run(command, capture_output=True, text=True)
    assert finished.returncode == 0, finished.stdout + finished.stderr
    assert {path: path.read_bytes() for path in NOTEBOOKS.glob("*.ipynb")} == before
