"""make doctor, here and before anything is installed."""

import os
import shutil
import socket
import subprocess
from pathlib import Path

import nbformat
from terminal import COMPILED, REPOSITORY

DOCTOR = ["sh", "tools/doctor.sh"]


def doctor(folder: Path, **environment: str) -> tuple[int, list[str]]:
    """Its exit status and its lines, with single spaces."""
    done = subprocess.run(DOCTOR, cwd=folder, env={**os.environ, **environment}, capture_output=True, text=True)
    assert done.stderr == ""
    return done.returncode, [" ".join(line.split()) for line in done.stdout.splitlines()]


def test_it_names_the_ports_of_the_lessons() -> None:
    status, lines = doctor(REPOSITORY)
    assert status == 0
    ports = lines[lines.index("Ports of the lessons") + 1 :]
    assert any(line.startswith("10000 ") and "01-echo-server.ipynb" in line for line in ports)


def test_it_says_who_holds_the_port_of_a_lesson(tmp_path: Path) -> None:
    """With a lesson on a port that no other test needs."""
    for name in ["helpers", "interface", "tools"]:
        shutil.copytree(REPOSITORY / name, tmp_path / name, ignore=COMPILED)
    shutil.copy(REPOSITORY / "tsconfig.json", tmp_path)
    for name in ["node_modules", ".venv"]:
        (tmp_path / name).symlink_to(REPOSITORY / name)
    (tmp_path / "notebooks").mkdir()
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        number = holder.getsockname()[1]
        cell = nbformat.v4.new_code_cell(f"const PORT = {number};")
        nbformat.write(nbformat.v4.new_notebook(cells=[cell]), tmp_path / "notebooks" / "01-held.ipynb")
        done = subprocess.run(
            ["node", "--require", "ts-node/register/transpile-only", "tools/installed.ts"],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=True,
        )
    [port] = [line for line in done.stdout.splitlines() if line.split()[0] == str(number)]
    assert str(os.getpid()) in port
    assert "01-held.ipynb" in port


def test_before_setup_it_says_what_is_there_and_installs_nothing(tmp_path: Path) -> None:
    shutil.copytree(REPOSITORY / "tools", tmp_path / "tools", ignore=COMPILED)
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
