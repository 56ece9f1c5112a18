"""make lab, as a reader in a terminal starts and ends it."""

import os
import re
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from html import unescape
from pathlib import Path
from subprocess import PIPE, STDOUT
from urllib.parse import unquote, urlsplit

import psutil
import pytest
from lessons import find_lesson
from terminal import ENVIRONMENT, REPOSITORY, Lab, make_lab


def press_ctrl_c(lab: Lab) -> None:
    lab.terminal.sendintr()


def terminate_make(lab: Lab) -> None:
    os.kill(lab.terminal.pid, signal.SIGTERM)


def close_terminal(lab: Lab) -> None:
    os.killpg(lab.terminal.pid, signal.SIGHUP)


def press_ctrl_c_twice(lab: Lab) -> None:
    press_ctrl_c(lab)
    press_ctrl_c(lab)


@pytest.mark.parametrize("end", [press_ctrl_c, press_ctrl_c_twice, terminate_make, close_terminal])
def test_it_ends_with_no_question_and_leaves_no_process(tmp_path: Path, end: Callable[[Lab], None]) -> None:
    with make_lab(tmp_path) as lab:
        lab.open_notebooks()
        commands = [" ".join(process.cmdline()) for process in lab.processes()]
        assert len([command for command in commands if "kernel/main.js" in command]) == 2
        lab.end(end)
        assert "?" not in lab.terminal.before


def test_a_busy_port_is_no_obstacle_and_the_token_is_asked_for(tmp_path: Path) -> None:
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with suppress(OSError):  # somebody else's already
            holder.bind(("127.0.0.1", 8888))
            holder.listen()
        with make_lab(tmp_path) as lab:
            assert urlsplit(lab.address).port != 8888
            assert lab.api("status")["kernels"] == 0
            with pytest.raises(urllib.error.HTTPError, match="403"):
                lab.api("status", token="wrong")


def test_kernels_that_nobody_has_used_for_so_long_are_ended_where_that_is_wanted(tmp_path: Path) -> None:
    with make_lab(tmp_path, KERNEL_IDLE_LIMIT="1") as lab:
        lab.open_notebooks()
        while lab.api("kernels"):
            time.sleep(0.05)
        assert [process for process in lab.processes() if "kernel/main.js" in " ".join(process.cmdline())] == []


def test_it_listens_on_the_loopback_address_only(tmp_path: Path) -> None:
    with make_lab(tmp_path) as lab:
        listening = [
            connection.laddr.ip
            for process in lab.processes()
            for connection in process.net_connections()
            if connection.status == psutil.CONN_LISTEN
        ]
        assert set(listening) == {"127.0.0.1"}


@pytest.mark.parametrize(
    ("opens", "variables"),
    [
        (True, {"BROWSER": None, "DISPLAY": ":0", "SSH_CONNECTION": None}),
        (False, {"BROWSER": None, "DISPLAY": ":0", "SSH_CONNECTION": "there 1 here 22"}),
        (False, {"BROWSER": None, "DISPLAY": None, "WAYLAND_DISPLAY": None, "SSH_CONNECTION": None}),
        (False, {"BROWSER": "none", "DISPLAY": ":0", "SSH_CONNECTION": None}),
        (True, {"BROWSER": "xdg-open", "DISPLAY": None, "SSH_CONNECTION": "there 1 here 22"}),
    ],
)
def test_it_opens_the_lesson_in_a_browser_if_the_reader_would_see_it(
    tmp_path: Path, opens: bool, variables: dict[str, str | None]
) -> None:
    browser = tmp_path / "xdg-open"
    browser.write_text('#!/bin/sh\necho "$1" >"$0.asked.part" && mv "$0.asked.part" "$0.asked"\n')
    browser.chmod(0o755)
    asked = tmp_path / "xdg-open.asked"
    with make_lab(tmp_path, PATH=f"{tmp_path}:{os.environ['PATH']}", **variables) as lab:
        while opens and not asked.exists():
            time.sleep(0.05)
        if opens:
            page = Path(unquote(urlsplit(asked.read_text().strip()).path)).read_text()
            assert f"{lab.address}&token={lab.token}" in unescape(page)
        lab.end(press_ctrl_c)
        assert asked.exists() == opens  # now that nothing is left that could still ask


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ("PAIR=99-none", "PAIR=99-none: there is no lesson 99-none; there are: .*01-echo.*"),
        ("PAIR=01-ecko", "PAIR=01-ecko: there is no lesson 01-ecko; there are: 01-echo"),
        ("pair=tcp", "PAIR=tcp: tcp may be any of: 04-tcp-backlog, .*"),
        ("PAIR=$(touch made)", r"PAIR=\$\(touch made\): there is no lesson .*"),
        ("PAIR=$(shell touch made)", r"PAIR=\$\(shell touch made\): there is no lesson .*"),
        ('PAIR="; touch made; $$(touch made) `touch made`', "PAIR=.*: there is no lesson .*"),
    ],
)
def test_an_unknown_lesson_is_one_line_that_names_those_that_may_be_meant(wanted: str, said: str) -> None:
    lab = subprocess.run(
        ["make", "lab", wanted], cwd=REPOSITORY, env=ENVIRONMENT, text=True, stdout=PIPE, stderr=STDOUT
    )
    assert lab.returncode == 2
    [line] = [line for line in lab.stdout.splitlines() if not line.startswith("make: ***")]
    assert re.fullmatch(said, line)
    assert not (REPOSITORY / "made").exists()


@pytest.mark.parametrize("wanted", ["01-echo", "01", "echo", "ECHO", "1-e"])
def test_a_part_of_its_name_is_enough(wanted: str) -> None:
    assert find_lesson(wanted)[0] == "01-echo"


def test_other_jupyter_installs_are_neither_used_nor_touched(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """A home in which each kind of setting would break something."""
    kernel = tmp_path / ".local/share/jupyter/kernels/tslab/kernel.json"
    kernel.parent.mkdir(parents=True)
    kernel.write_text('{"argv": ["false"], "display_name": "Not ours", "language": "typescript"}')
    settings = tmp_path / ".jupyter/jupyter_server_config.py"
    settings.parent.mkdir()
    settings.write_text("c.IdentityProvider.token = ''\nc.ServerApp.base_url = '/elsewhere/'\n")
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    elsewhere = {"JUPYTER_PATH": str(kernel.parents[2]), "JUPYTERLAB_DIR": str(tmp_path), "PYTHONPATH": "/nowhere"}
    with make_lab(tmp_path_factory.mktemp("jupyterlab"), HOME=str(tmp_path), **elsewhere) as lab:
        lab.open_notebooks()
        ours = lab.api("kernelspecs")["kernelspecs"]["tslab"]["spec"]
        assert str(REPOSITORY / ".build/kernel/main.js") in ours["argv"]
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before
