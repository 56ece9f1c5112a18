"""make doctor, here and before anything is installed."""

import os
import shutil
import socket
import subprocess
from pathlib import Path

from terminal import REPOSITORY

DOCTOR = ["sh", "tools/doctor.sh"]


def doctor(folder: Path, **environment: str) -> tuple[int, list[str]]:
    """Its exit status and its lines, with single spaces."""
    done = subprocess.run(
        DOCTOR, cwd=folder, env={**os.environ, **environment}, capture_output=True, text=True, timeout=60
    )
    assert done.stderr == ""
    return done.returncode, [" ".join(line.split()) for line in done.stdout.splitlines()]


def test_it_says_who_holds_the_port_of_a_lesson() -> None:
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.bind(("127.0.0.1", 10000))
        holder.listen()
        status, lines = doctor(REPOSITORY)
    assert status == 0
    [port] = [line for line in lines if line.startswith("10000 ")]
    assert str(os.getpid()) in port
    assert "01-echo-server.ipynb" in port


def test_before_setup_it_says_what_is_there_and_installs_nothing(tmp_path: Path) -> None:
    shutil.copytree(REPOSITORY / "tools", tmp_path / "tools")
    for name in ["requirements.txt", "package-lock.json", "tsconfig.json"]:
        shutil.copy(REPOSITORY / name, tmp_path)
    before = sorted(tmp_path.rglob("*"))
    status, lines = doctor(tmp_path)
    assert status == 0
    assert "node_modules to be installed by make setup" in lines
    assert lines[-1] == "Versions, browser and ports: after make setup"
    assert sorted(tmp_path.rglob("*")) == before


def test_a_missing_prerequisite_is_said_and_is_its_exit_status(tmp_path: Path) -> None:
    for name in ["awk", "cat", "cksum", "dirname", "find", "grep", "head", "make", "sed", "sh", "sort", "uname"]:
        (tmp_path / name).symlink_to(shutil.which(name) or name)
    status, lines = doctor(REPOSITORY, PATH=str(tmp_path))
    assert status == 1
    assert "Node.js Node.js is missing: install Node.js 20.19 or newer (https://nodejs.org)" in lines
    assert "Python Python is missing: install Python 3.10 or newer (https://www.python.org)" in lines
    assert any(line.startswith("ping not found") for line in lines)
