"""make console, and the terminal of ts-node: the helpers without JupyterLab."""

import json
import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pexpect
import psutil
import pytest
from processes import wait_for_end
from terminal import ENVIRONMENT, REPOSITORY, make_lab, own_folders


@contextmanager
def terminal(command: str, *arguments: str) -> Iterator[pexpect.spawn]:
    """A command in a terminal."""
    environment = {**ENVIRONMENT, "TERM": "xterm", "PROMPT_TOOLKIT_NO_CPR": "1"}
    child = pexpect.spawn(command, [*arguments], cwd=REPOSITORY, env=environment, encoding="utf-8", timeout=None)
    try:
        yield child
    finally:
        child.close(force=True)


COLOURS = r"(?:\x1b\[[\d;?]*\w)*"


def leave(console: pexpect.spawn) -> None:
    console.expect(rf"In {COLOURS}\[")
    console.sendeof()
    console.expect("really want to exit")
    console.sendline("y")
    console.expect(pexpect.EOF)


def result(console: pexpect.spawn, source: str) -> str:
    """What a line typed at the prompt gives as Out[n]."""
    console.expect(rf"In {COLOURS}\[")
    console.sendline(source)
    console.expect(rf"Out{COLOURS}\[{COLOURS}\d+{COLOURS}\]: {COLOURS}([^\r\n]+?){COLOURS}\r\n")
    return console.match[1]


def test_it_starts_a_kernel_where_the_notebooks_are_and_ends_it() -> None:
    with terminal("make", "console") as console:
        assert result(console, 'import { socket } from "../helpers/socket"; socket().type') == "1"
        kernels = psutil.Process(console.pid).children(recursive=True)
        leave(console)
        wait_for_end(kernels)


@pytest.mark.parametrize("word", ["exit", "quit()"])
def test_it_says_where_it_is_and_a_word_leaves_it(word: str) -> None:
    with terminal("make", "console") as console:
        console.expect(r'in notebooks/ as a notebook is: import from "\.\./helpers/socket"')
        console.expect("Ctrl-C stops what runs; exit, quit or Ctrl-D leaves and ends the kernel")
        assert result(console, "const exitCode = 5; exitCode") == "5"
        kernels = psutil.Process(console.pid).children(recursive=True)
        console.expect(rf"In {COLOURS}\[")
        console.sendline(word)
        console.expect(pexpect.EOF)
        wait_for_end(kernels)


def test_a_line_is_run_however_late_the_kernel_says_that_it_is_complete() -> None:
    """The console gives up after a second by itself, and every line then takes Enter twice."""
    with terminal("make", "console") as console:
        assert result(console, "1 + 1") == "2"
        console.expect(rf"In {COLOURS}\[")
        [kernel] = [
            process
            for process in psutil.Process(console.pid).children(recursive=True)
            if "kernel/main.js" in " ".join(process.cmdline())
        ]
        kernel.suspend()
        console.sendline("2 + 2")
        time.sleep(2)
        kernel.resume()
        console.expect(rf"Out{COLOURS}\[{COLOURS}\d+{COLOURS}\]: {COLOURS}4")
        assert result(console, "3 + 3") == "6"
        leave(console)


def test_with_a_lesson_it_joins_the_kernel_of_an_open_notebook_and_leaves_it_running(tmp_path: Path) -> None:
    with make_lab(tmp_path) as lab:
        lab.open_notebooks()
        pids = [process.pid for process in lab.processes() if "kernel/main.js" in " ".join(process.cmdline())]
        joined = []
        for pair in ["01-echo", "01-echo-client", "01-echo-server"]:
            with terminal("make", "console", f"PAIR={pair}", *own_folders(tmp_path)) as console:
                console.expect("exit, quit or Ctrl-D leaves, and the kernel stays")
                joined.append(int(result(console, "process.pid")))
                leave(console)
        assert joined == [joined[1], joined[1], joined[2]]
        assert sorted(joined[1:]) == sorted(pids)
        assert all(map(psutil.pid_exists, pids))


def test_ctrl_c_interrupts_a_cell_in_the_kernel_that_it_has_joined(tmp_path: Path) -> None:
    with make_lab(tmp_path) as lab:
        lab.open_notebooks()
        with terminal("make", "console", "PAIR=01-echo", *own_folders(tmp_path)) as console:
            console.expect(rf"In {COLOURS}\[")
            console.sendline('console.log("waits", "here"); await new Promise(() => {})')
            console.expect("waits here")
            console.sendintr()
            console.expect("the cell was interrupted")
            assert result(console, "6 * 7") == "42"
            leave(console)


def test_a_lesson_that_is_not_open_is_one_line(tmp_path: Path) -> None:
    with terminal("make", "console", "PAIR=01-echo", *own_folders(tmp_path)) as console:
        console.expect(pexpect.EOF)
        said = [line for line in console.before.splitlines() if not line.startswith("make: ***")]
        assert said == ["01-echo-client.ipynb is not open in JupyterLab. Open it with: make lab PAIR=01-echo"]


def test_a_server_that_does_not_answer_has_no_lesson_open(tmp_path: Path) -> None:
    """It is still starting, or was killed and its number is another's; or it is another's, and refuses."""
    runtime = tmp_path / "JUPYTER_RUNTIME_DIR"
    runtime.mkdir()
    (runtime / "jpserver-1.json").write_text(
        json.dumps({"pid": os.getpid(), "url": "http://127.0.0.1:1/", "token": ""})
    )
    test_a_lesson_that_is_not_open_is_one_line(tmp_path)


def test_the_helpers_work_in_the_repl_of_ts_node() -> None:
    with terminal("npx", "ts-node", "--transpile-only") as repl:
        for line, answer in [
            ('import { socket } from "./helpers/socket"', "undefined"),
            ("const sock = socket()", "undefined"),
            ('await sock.bind(["localhost", 0])', "undefined"),
            ("sock.getsockname()[0]", "'127.0.0.1'"),
        ]:
            repl.expect("> ")
            repl.sendline(line)
            repl.expect(re.escape(answer))
        repl.expect("> ")
        repl.sendline("sock.close()")
        repl.expect("> ")
        repl.sendeof()
        repl.expect(pexpect.EOF)
