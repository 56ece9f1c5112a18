"""tools/run.py on small lessons of its own, in IPython's kernel: what it proves must not hang on ours."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import nbformat
import psutil
import pytest
from lessons import LessonError, read_lessons
from nbformat import NotebookNode
from nbformat.sign import NotebookNotary
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from network import problem
from processes import wait_for_end

RUN = [sys.executable, str(Path(__file__).resolve().parents[2] / "tools" / "run.py"), "--notebooks"]

WITHOUT = problem()
"""Why the lessons have no networks of their own here."""

SAID = "said"
"""The file, beside the notebooks, that has what a run has printed so far."""

# Every lesson's cells share this: files in the working directory are how its two halves wait for each other.
WAIT = f"""
import os, subprocess, time
def touch(name): open(name, "w").close()
def wait(name):
    while not os.path.exists(name): time.sleep(0.01)
def came_back(count): return open({SAID!r}).read().count(count)
def wait_for_lesson(name):
    while not came_back(name + ": "): time.sleep(0.01)
"""


def code(source: str, step: int | None = None, tags: list[str] | None = None, **metadata: object) -> NotebookNode:
    """A code cell, with WAIT in front of the first line."""
    if step is not None:
        metadata["step"] = step
    if tags:
        metadata["tags"] = tags
    return new_code_cell(WAIT + source, metadata=metadata)


def write(path: Path, *cells: NotebookNode, kernel: str = "python3", **metadata: object) -> Path:
    """A notebook with one heading, `Part n`, before each cell, and ids `part-n`."""
    parts: list[NotebookNode] = []
    for number, cell in enumerate(cells, 1):
        cell.id = f"part-{number}"
        parts += [new_markdown_cell(f"## Part {number}\n\nText.", id=f"text-{number}"), cell]
    kernelspec = {"name": kernel, "display_name": "Any", "language": "any"}
    nbformat.write(new_notebook(cells=parts, metadata={"kernelspec": kernelspec, **metadata}), path)
    return path


def write_pair(folder: Path, name: str = "01-pair", **metadata: object) -> tuple[Path, Path]:
    """A pair in which each cell comes back because of the other half's next one, and the last one when the one before
    it has. It prints what changes each time."""
    return (
        write(
            folder / f"{name}-server.ipynb",
            code("print('pid', os.getpid())", 1),
            code("touch('a'); wait('b')\nprint('took', time.perf_counter(), 's')", 3),
            code("touch('c'); 'done'", 4),
            **metadata,
        ),
        write(
            folder / f"{name}-client.ipynb",
            code("wait('a')", 2),
            code(
                "before = came_back(' 4/5 '); touch('b')\n"
                "while came_back(' 4/5 ') == before: time.sleep(0.01)\n"
                "print('end')\nfor name in 'abc': os.remove(name)",
                5,
            ),
            **metadata,
        ),
    )


def run(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    said = folder / SAID
    with said.open("w") as stdout:
        finished = subprocess.run(
            [*RUN, str(folder), *arguments],
            env={**os.environ, **environment},
            stdout=stdout,
            stderr=subprocess.PIPE,
            text=True,
        )
    finished.stdout = said.read_text()
    return finished


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if ".ipynb" in path.name}


@pytest.fixture
def fails(tmp_path: Path) -> Callable[..., str]:
    """Runs the lessons in tmp_path, which must fail and leave every notebook as it was; gives what was said."""

    def check(*arguments: str) -> str:
        before = contents(tmp_path)
        finished = run(tmp_path, *arguments)
        assert finished.returncode == 1, finished
        assert contents(tmp_path) == before
        assert "Traceback (most recent call last)" not in finished.stderr.partition("Error:")[0]
        return finished.stderr

    return check


def outputs(path: Path) -> list[list[NotebookNode]]:
    return [cell.outputs for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]


# --- What a run stores ------------------------------------------------------------------------------------------


def test_a_pair_runs_at_the_same_time_and_its_outputs_are_stored(tmp_path: Path) -> None:
    server, client = write_pair(tmp_path)
    before = [nbformat.read(path, as_version=4) for path in (server, client)]
    finished = run(tmp_path)
    assert finished.returncode == 0, finished.stderr
    assert [line.split()[:3] for line in finished.stdout.splitlines() if "/5" in line] == [
        ["1/5", "01-pair-server", "[1]"],
        ["2/5", "01-pair-client", "[1]"],
        ["3/5", "01-pair-server", "[2]"],
        ["4/5", "01-pair-server", "[3]"],
        ["5/5", "01-pair-client", "[2]"],
    ]
    assert outputs(server)[2][0].data == {"text/plain": "'done'"}
    assert outputs(client)[1][0].text == "end\n"
    for path, old in zip((server, client), before, strict=True):
        new = nbformat.read(path, as_version=4)
        nbformat.validate(new)
        assert [cell.execution_count for cell in new.cells if cell.cell_type == "code"] == list(
            range(1, 1 + sum(cell.cell_type == "code" for cell in new.cells))
        )
        for cell in [*old.cells, *new.cells]:
            if cell.cell_type == "code":
                cell.outputs, cell.execution_count = [], None
        assert new == old, "something other than outputs and counts was changed"
        assert path.read_bytes().endswith(b"}\n")
        assert json.loads(path.read_text())["nbformat_minor"] == 5
    assert sorted(contents(tmp_path)) == ["01-pair-client.ipynb", "01-pair-server.ipynb"]


def test_a_second_run_rewrites_only_a_lesson_that_says_something_else(tmp_path: Path) -> None:
    server, client = write_pair(tmp_path)
    other = write(tmp_path / "02-alone.ipynb", code("print('pid', os.getpid())"))
    assert run(tmp_path).returncode == 0
    stored = contents(tmp_path)
    times = {path: path.stat().st_mtime_ns for path in (server, client, other)}
    assert run(tmp_path).returncode == 0
    assert contents(tmp_path) == stored
    assert {path: path.stat().st_mtime_ns for path in times} == times

    notebook = nbformat.read(client, as_version=4)
    notebook.cells[-1].outputs[0].text = "what an earlier version printed\n"
    nbformat.write(notebook, client)
    assert run(tmp_path).returncode == 0
    assert outputs(client)[1][0].text == "end\n"
    assert server.read_bytes() != stored[server.name], "the two must show one conversation"
    assert other.read_bytes() == stored[other.name]


def test_what_is_stored_is_trusted(tmp_path: Path) -> None:
    path = write(tmp_path / "01-alone.ipynb", code(f"print('nobody has signed this: {time.time_ns()}')"))
    notary = NotebookNotary(data_dir=str(Path(sys.prefix, "share", "jupyter")))
    assert run(tmp_path, JUPYTER_DATA_DIR=str(tmp_path / "elsewhere")).returncode == 0
    assert notary.check_signature(nbformat.read(path, as_version=4))


def test_one_lesson_runs_after_another_and_pair_chooses_one(tmp_path: Path) -> None:
    for number in (1, 2):
        log = "open('log', 'a').write('%s%d ')"
        write(
            tmp_path / f"0{number}-alone.ipynb",
            code(f"{log % ('begin', number)}"),
            code(f"{log % ('end', number)}"),
        )
    assert run(tmp_path).returncode == 0
    assert (tmp_path / "log").read_text() == "begin1 end1 begin2 end2 "
    assert run(tmp_path, "--pair", "02-alone").returncode == 0
    assert (tmp_path / "log").read_text() == "begin1 end1 begin2 end2 begin2 end2 "


@pytest.mark.parametrize("first", ["server", "client"])
def test_order_gives_one_half_a_head_start(tmp_path: Path, first: str) -> None:
    begin = "open('log', 'a').write('%s ')\n"
    server, client = write_pair(tmp_path)
    for path, half in ((server, "server"), (client, "client")):
        notebook = nbformat.read(path, as_version=4)
        notebook.cells[1].source = begin % half + notebook.cells[1].source
        nbformat.write(notebook, path)
    finished = run(tmp_path, "--order", f"{first}-first")
    assert finished.returncode == 0, finished.stderr
    assert (tmp_path / "log").read_text().split()[0] == first


def test_no_setting_of_the_user_leads_to_another_kernel(tmp_path: Path) -> None:
    write(tmp_path / "01-alone.ipynb", code("print(os.getcwd())"))
    bad = tmp_path / "bad"
    (bad / "kernels" / "python3").mkdir(parents=True)
    (bad / "kernels" / "python3" / "kernel.json").write_text(
        '{"argv": ["false"], "display_name": "x", "language": "x"}'
    )
    names = ("JUPYTER_PATH", "JUPYTER_DATA_DIR", "JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR")
    finished = run(tmp_path, JUPYTER_PREFER_ENV_PATH="0", **dict.fromkeys(names, str(bad)))
    assert finished.returncode == 0, finished.stderr
    assert outputs(tmp_path / "01-alone.ipynb")[0][0].text == f"{tmp_path}\n"
    assert [path.name for path in bad.rglob("*")] == ["kernels", "python3", "kernel.json"]


def test_rounds_run_in_the_same_kernels_and_must_agree(tmp_path: Path, fails: Callable[..., str]) -> None:
    write_pair(tmp_path)
    finished = run(tmp_path, "--rounds", "3", "--order", "client-first")
    assert finished.returncode == 0, finished.stderr
    assert sum("/5" in line for line in finished.stdout.splitlines()) == 15
    counting = write(tmp_path / "02-counts.ipynb", code("times = globals().get('times', 0) + 1"), code("times"))
    said = fails("--pair", "02-counts", "--rounds", "2")
    assert '02-counts.ipynb, cell 2 (id part-2, "Part 2"): round 2 showed' in said
    assert run(tmp_path, "--pair", "02-counts").returncode == 0
    assert outputs(counting)[1][0].data == {"text/plain": "1"}


def test_check_stores_nothing(tmp_path: Path, fails: Callable[..., str]) -> None:
    path = write(tmp_path / "01-alone.ipynb", code("print('pid', os.getpid())"))
    said = fails("--check")
    assert '01-alone.ipynb, cell 1 (id part-1, "Part 1"): its outputs are not as stored. It showed' in said
    assert "pid [process 0]" in said
    assert run(tmp_path).returncode == 0
    stored = path.read_bytes()
    assert run(tmp_path, "--check").returncode == 0
    assert path.read_bytes() == stored


# --- make soak: everything, several times -----------------------------------------------------------------------


def test_soak_begins_with_either_half_in_turn_each_time_in_new_kernels(tmp_path: Path) -> None:
    begin = "open('log', 'a').write('%s ')\nassert 'begun' not in globals(); begun = True\n"
    for path, half in zip(write_pair(tmp_path), ("server", "client"), strict=True):
        notebook = nbformat.read(path, as_version=4)
        notebook.cells[1].source = begin % half + notebook.cells[1].source
        nbformat.write(notebook, path)
    assert run(tmp_path).returncode == 0
    stored = contents(tmp_path)
    (tmp_path / "log").unlink()
    finished = run(tmp_path, "--soak", "3")
    assert finished.returncode == 0, finished.stderr
    assert (tmp_path / "log").read_text().split() == ["server", "client", "client", "server", "server", "client"]
    assert [line for line in finished.stdout.splitlines() if line.startswith(("time", "no"))] == [
        "time 1 of 3, server first",
        "time 2 of 3, client first",
        "time 3 of 3, server first",
        "no failure: 1 lesson, 3 times",
    ]
    assert contents(tmp_path) == stored


def test_soak_stops_at_the_first_failure(tmp_path: Path, fails: Callable[..., str]) -> None:
    path = write(tmp_path / "01-alone.ipynb", code("open('log', 'a').write('x')\nassert len(open('log').read()) != 3"))
    write(tmp_path / "02-alone.ipynb", code("pass"))
    assert run(tmp_path).returncode == 0
    said = fails("--soak", "9")
    assert f'make soak: time 2 of 9, client first: {path.name}, cell 1 (id part-1, "Part 1"): it failed: Assert' in said
    assert (tmp_path / "log").read_text() == "xxx"


def test_soak_stops_at_an_output_that_is_not_the_stored_one(tmp_path: Path, fails: Callable[..., str]) -> None:
    write(tmp_path / "01-alone.ipynb", code("open('log', 'a').write('x')\nprint(open('log').read() == 'xxx')"))
    assert run(tmp_path).returncode == 0
    said = fails("--soak", "9")
    assert (
        'time 2 of 9, client first: 01-alone.ipynb, cell 1 (id part-1, "Part 1"): its outputs are not as stored' in said
    )
    assert "True" in said and "False" in said


@pytest.mark.skipif(WITHOUT is not None, reason=f"no network of its own: {WITHOUT}")
def test_lessons_run_side_by_side(tmp_path: Path) -> None:
    write(tmp_path / "01-first.ipynb", code("touch('a'); wait('b')"))
    write(tmp_path / "02-second.ipynb", code("touch('b'); wait('a')"))
    finished = run(tmp_path)
    assert finished.returncode == 0, finished.stderr


def test_lessons_on_the_network_of_the_machine_run_one_after_another(tmp_path: Path) -> None:
    write(tmp_path / "01-first.ipynb", code("print(1)"))
    write(tmp_path / "02-second.ipynb", code("assert came_back('01-first: ')"))
    finished = run(tmp_path, NETWORK="host")
    assert finished.returncode == 0, finished.stderr


# --- What makes a run fail --------------------------------------------------------------------------------------


def test_a_cell_that_fails(tmp_path: Path, fails: Callable[..., str]) -> None:
    write(tmp_path / "01-alone.ipynb", code("print('this lesson would be stored')"))
    write(tmp_path / "02-pair-server.ipynb", code("wait('never')", 9))
    write(
        tmp_path / "02-pair-client.ipynb",
        code("wait_for_lesson('01-alone')", 1),
        code("raise KeyError('no such port')", 2),
    )
    said = fails()
    assert '02-pair-client.ipynb, cell 2 (id part-2, "Part 2"): it failed: KeyError' in said
    assert "no such port" in said
    assert "\x1b" not in said


def test_an_error_that_is_shown_though_the_cell_succeeded(tmp_path: Path, fails: Callable[..., str]) -> None:
    content = "{'ename': 'Late', 'evalue': 'from a callback', 'traceback': []}"
    write(
        tmp_path / "01-alone.ipynb",
        code(f"k = get_ipython().kernel; k.send_response(k.iopub_socket, 'error', {content})"),
    )
    assert "it failed: Late: from a callback" in fails()


@pytest.mark.parametrize("answer", ["aborted", "abort"])  # the protocol's word, and the one that stock tslab uses
def test_a_cell_that_is_not_executed(tmp_path: Path, fails: Callable[..., str], answer: str) -> None:
    refuse = f"async def refuse(*a, **k): return {{'status': '{answer}'}}\nget_ipython().kernel.do_execute = refuse"
    write(tmp_path / "01-alone.ipynb", code(refuse), code("print('lost')"))
    assert (
        f"01-alone.ipynb, cell 2 (id part-2, \"Part 2\"): it was not executed: the kernel answered '{answer}'"
        in fails()
    )


def test_a_cell_tagged_to_be_skipped_is_executed(tmp_path: Path) -> None:
    path = write(tmp_path / "01-alone.ipynb", code("print('here')", tags=["skip-execution"]))
    assert run(tmp_path).returncode == 0
    assert outputs(path)[0][0].text == "here\n"


def test_a_cell_that_must_fail(tmp_path: Path, fails: Callable[..., str]) -> None:
    path = write(tmp_path / "01-alone.ipynb", code("1 / 0", tags=["raises-exception"]), code("print('on')"))
    assert run(tmp_path).returncode == 0
    assert [output[0].output_type for output in outputs(path)] == ["error", "stream"]
    write(path, code("1 / 1", tags=["raises-exception"]))
    assert '(id part-1, "Part 1"): it succeeded, but its tag raises-exception says that it must fail' in fails()


@pytest.mark.parametrize("order", [[], ["--order", "server-first"], ["--order", "client-first"]])
def test_a_cell_that_comes_back_out_of_its_step(tmp_path: Path, fails: Callable[..., str], order: list[str]) -> None:
    write(tmp_path / "01-pair-server.ipynb", code("wait('a'); wait('never')", 1))
    write(tmp_path / "01-pair-client.ipynb", code("touch('a')", 2), code("wait('never')", 3))
    said = fails(*order)
    assert '01-pair-client.ipynb, cell 1 (id part-1, "Part 1"): it came back out of its step 2' in said
    assert '01-pair-server.ipynb, cell 1 (id part-1, "Part 1") has step 1' in said


def test_a_failure_on_the_hosts_network_says_who_holds_a_port_of_the_lesson(
    tmp_path: Path, fails: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NETWORK", "host")
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        name = f"PORT = {holder.getsockname()[1]}\n"
        path = write(tmp_path / "01-alone.ipynb", code(f"{name}raise OSError('no server')"))
        said = fails()
        assert "it failed: OSError: no server" in said
        assert f"Port {holder.getsockname()[1]} of this lesson: " in said
        assert f"Process {os.getpid()} (" in said
        write(path, code(f"{name}print('needs no server')"))
        assert run(tmp_path).returncode == 0
    write(path, code(f"{name}raise OSError('no server')"))
    assert "of this lesson" not in fails()


def test_a_kernel_that_dies(tmp_path: Path, fails: Callable[..., str]) -> None:
    write(
        tmp_path / "01-alone.ipynb",
        code("pass"),
        code("os.write(2, b'my last words\\n'); os.kill(os.getpid(), 9)"),
    )
    said = fails()
    assert '01-alone.ipynb, cell 2 (id part-2, "Part 2"): the kernel ended while the cell was running' in said
    assert "my last words" in said


def test_a_notebook_that_is_edited_during_the_run_keeps_the_edit(tmp_path: Path) -> None:
    other = write(tmp_path / "01-first.ipynb", code("print(1)"))
    path = write(tmp_path / "02-second.ipynb", code("open('02-second.ipynb', 'a').write(' ')"))
    before = contents(tmp_path)
    finished = run(tmp_path)
    assert finished.returncode == 1
    assert "02-second.ipynb was edited while it ran" in finished.stderr
    assert other.read_bytes() == before[other.name]
    assert path.read_bytes() == before[path.name] + b" "


# --- How a run ends ---------------------------------------------------------------------------------------------


@pytest.fixture
def nothing_is_left(tmp_path: Path) -> Iterator[Callable[[int], None]]:
    """Waits until none runs of so many processes that LEAVES_PROCESSES recorded; ends those that are left."""

    def recorded() -> list[int]:
        return [int(line) for line in (tmp_path / "pids").read_text().split()]

    def left() -> list[psutil.Process]:
        return [process for process in psutil.process_iter() if process.pid in recorded()]

    def wait(count: int) -> None:
        assert len(recorded()) == count
        wait_for_end(left())

    yield wait
    for process in left():
        process.kill()


# A kernel, and a child that no signal to the kernel's process group reaches.
LEAVES_PROCESSES = """
child = subprocess.Popen(["sleep", "300"], start_new_session=True)
with open("pids", "a") as pids: pids.write(f"{os.getpid()} {child.pid} ")
"""


def test_a_pair_that_hangs_ends_within_its_limit(
    tmp_path: Path, fails: Callable[..., str], nothing_is_left: Callable[[int], None]
) -> None:
    hang = "touch('a'); wait('never')"
    write(tmp_path / "01-pair-server.ipynb", code(LEAVES_PROCESSES, 1), code(hang, 3), timeout=20)
    write(tmp_path / "01-pair-client.ipynb", code(LEAVES_PROCESSES + "wait('a')", 2), code(hang, 4))
    limited = nbformat.read(tmp_path / "01-pair-client.ipynb", as_version=4)
    limited.metadata.timeout = 18
    nbformat.write(limited, tmp_path / "01-pair-client.ipynb")
    started = time.monotonic()
    said = fails()
    assert time.monotonic() - started >= 20
    assert "lesson 01-pair: it ran out of time after 20 s" in said
    assert '01-pair-server.ipynb, cell 2 (id part-2, "Part 2")' in said
    assert '01-pair-client.ipynb, cell 2 (id part-2, "Part 2")' in said
    nothing_is_left(4)


def is_pending(number: int, pid: int) -> bool:
    """Whether the process has still to take a signal that was sent to it: another one of the number would be lost."""
    pending = re.search(r"^ShdPnd:\s*(\w+)$", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
    assert pending is not None
    return bool(int(pending[1], 16) >> (number - 1) & 1)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_run_that_is_stopped_leaves_nothing_behind(
    tmp_path: Path, nothing_is_left: Callable[[int], None], number: signal.Signals
) -> None:
    write(tmp_path / "01-alone.ipynb", code("print('this lesson would be stored')"))
    write(
        tmp_path / "02-alone.ipynb",
        code(LEAVES_PROCESSES),
        code("wait_for_lesson('01-alone'); touch('a'); wait('never')"),
    )
    before = contents(tmp_path)
    with (
        (tmp_path / SAID).open("w") as stdout,
        subprocess.Popen([*RUN, str(tmp_path)], stdout=stdout, stderr=subprocess.PIPE, text=True) as process,
    ):
        while not (tmp_path / "a").exists():
            assert process.poll() is None
            time.sleep(0.01)
        process.send_signal(number)
        while is_pending(number, process.pid):
            pass
        process.send_signal(number)  # somebody in a hurry
        assert process.stderr is not None
        said = process.stderr.read()
    assert process.returncode == 128 + number
    assert "stopped. Every notebook is as it was." in said
    assert "Traceback" not in said
    assert contents(tmp_path) == before
    nothing_is_left(2)


def test_a_run_that_succeeds_leaves_no_process_either(tmp_path: Path, nothing_is_left: Callable[[int], None]) -> None:
    write(tmp_path / "01-alone.ipynb", code(LEAVES_PROCESSES))
    assert run(tmp_path).returncode == 0
    nothing_is_left(2)


# --- What is refused before anything is started -----------------------------------------------------------------


def refusal(folder: Path, only: str | None = None) -> str:
    with pytest.raises(LessonError) as refused:
        read_lessons(folder, only)
    return str(refused.value)


def test_lessons_that_cannot_be_run(tmp_path: Path) -> None:
    assert "there are no notebooks in" in refusal(tmp_path)

    alone = write(tmp_path / "01-alone.ipynb", code("pass"))
    assert refusal(tmp_path, "07-missing") == "there is no lesson 07-missing; there are: 01-alone"

    alone.write_text("{}")
    assert "01-alone.ipynb is not a valid notebook" in refusal(tmp_path)

    write(alone, new_code_cell(" \n"))
    assert '01-alone.ipynb, cell 1 (id part-1, "Part 1"): the cell is empty' in refusal(tmp_path)

    old = nbformat.read(write(alone, code("pass")), as_version=4)
    old.nbformat_minor = 4
    for cell in old.cells:
        del cell["id"]
    nbformat.write(old, alone)
    assert "01-alone.ipynb has format 4.4: save it in 4.5" in refusal(tmp_path)

    write(alone, code("pass")).rename(tmp_path / "01-pair-server.ipynb")
    assert "it must be 01-pair-server.ipynb with 01-pair-client.ipynb, or 01-pair.ipynb alone" in refusal(tmp_path)


def test_a_notebook_that_belongs_to_no_lesson_is_left_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path / "01-alone.ipynb", code("pass"))
    (tmp_path / "Untitled.ipynb").write_text("not even a notebook")
    assert [lesson.name for lesson in read_lessons(tmp_path)] == ["01-alone"]
    assert capsys.readouterr().err == "Untitled.ipynb is left out: a lesson is named NN-topic.ipynb\n"


@pytest.mark.parametrize(
    ("server", "client", "complaint"),
    [
        ([1, None], [3], "01-pair-server.ipynb, cell 2 (id part-2, 'Part 2'): its metadata has no `step`"),
        ([1, 4], [3, 2], "01-pair-client.ipynb, cell 2 (id part-2, 'Part 2'): its step 2 is not above 3"),
        ([1, 2], [2, 3], "01-pair-client.ipynb, cell 1 (id part-1, 'Part 1'): its step 2 is also that of"),
    ],
)
def test_steps_that_cannot_be_kept(
    tmp_path: Path, server: list[int | None], client: list[int | None], complaint: str
) -> None:
    write(tmp_path / "01-pair-server.ipynb", *(code("pass", step) for step in server))
    write(tmp_path / "01-pair-client.ipynb", *(code("pass", step) for step in client))
    assert complaint.replace("'", '"') in refusal(tmp_path)


def test_a_kernel_that_is_not_installed(tmp_path: Path, fails: Callable[..., str]) -> None:
    write(tmp_path / "01-alone.ipynb", code("pass"), kernel="no-such-kernel")
    said = fails()
    assert "the kernel 'no-such-kernel' is not installed" in said
    assert "run `make setup`" in said


def test_wrong_usage(tmp_path: Path) -> None:
    for wrong in (["--order", "sideways"], ["--soak", "0"], ["--soak", "often"]):
        finished = run(tmp_path, *wrong)
        assert finished.returncode == 2
        assert "usage:" in finished.stderr
