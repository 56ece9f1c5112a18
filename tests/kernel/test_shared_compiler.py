"""One compiler for all kernels of a reader; and the ways to do without it, which a reader does not notice."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from conftest import Copy, Launch
from front_end import HANG, REPOSITORY, FrontEnd
from network import Network, problem

KERNEL = str(REPOSITORY / ".build/kernel/main.js")
WITHOUT = problem()

LaunchHere = Callable[..., FrontEnd]


@pytest.fixture
def temporary(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for temporary files, and so for the compiler's socket, which only kernels of this test have."""
    return tmp_path_factory.mktemp("t")


@pytest.fixture
def start(launch: Launch, temporary: Path) -> LaunchHere:
    return lambda *folder: launch(*folder, env={**os.environ, "TMPDIR": str(temporary)})


def compilers(temporary: Path) -> list[psutil.Process]:
    """The compiler's processes of this test."""

    def is_one(process: psutil.Process) -> bool:
        try:
            command = process.cmdline()
            # Not the shell that starts it in the background.
            runs_snapshot = "--snapshot-blob" in command and command[0] != "/bin/sh"
            return runs_snapshot and process.environ().get("TMPDIR") == str(temporary)
        except psutil.Error:
            return False

    return [process for process in psutil.process_iter() if is_one(process)]


def the_compiler(temporary: Path) -> psutil.Process:
    (found,) = compilers(temporary)
    return found


def wait_for_end(temporary: Path) -> None:
    deadline = time.monotonic() + HANG
    while left := compilers(temporary):
        assert time.monotonic() < deadline, f"{left} outlived the kernels"
        time.sleep(0.02)


def matches(front_end: FrontEnd, code: str) -> list[str]:
    content = {"code": code, "cursor_pos": len(code)}
    found: list[str] = front_end.ask("complete_request", content)["matches"]
    return found


def check(front_end: FrontEnd) -> None:
    """Whether this kernel compiles and checks, also with a helper and with modules of Node.js."""
    assert front_end.ok("const sum: number = 1 + 1; sum").result == "2"
    assert "TS2322" in front_end.fails("const wrong: string = sum").error["evalue"]
    front_end.ok('import { AF_INET } from "../helpers/socket"; import { basename } from "node:path"')
    assert front_end.ok("basename('a/b') + AF_INET").result == "'b2'"
    assert matches(front_end, "su")[0] == "sum"


def test_kernels_that_start_at_the_same_time_share_it(start: LaunchHere, temporary: Path) -> None:
    with ThreadPoolExecutor() as threads:
        started = list(threads.map(lambda _: start(), range(6)))
    for kernel in started:
        assert kernel.ok("1 + 1").result == "2"
    assert len(compilers(temporary)) == 1


def test_two_kernels_share_it_and_see_nothing_of_each_other(start: LaunchHere, temporary: Path) -> None:
    one, other = start(), start()
    one.ok("const first = 1; let shared = 'text'")
    other.ok("const second = 2; let shared = 3")
    the_compiler(temporary)
    assert one.ok("shared.length + first").result == "5"
    assert other.ok("shared * second").result == "6"
    assert "not declared yet: `first`" in other.fails("first").error["evalue"]
    assert "second" not in matches(one, "sec")
    check(one)
    check(other)


def test_it_is_no_kernels_child_and_ends_with_the_last_one(start: LaunchHere, temporary: Path) -> None:
    one, other = start(), start()
    one.ok("1")
    other.ok("let n = 1")
    compiler = the_compiler(temporary)
    for kernel in (one, other):
        assert compiler not in kernel.process.children(recursive=True)
    for kernel in (one, other):
        os.killpg(kernel.process.pid, signal.SIGKILL)
        kernel.process.wait(HANG)
        if kernel is one:
            assert other.ok("n + 1").result == "2"
            assert the_compiler(temporary) == compiler
    wait_for_end(temporary)
    assert list((temporary / f"typescript-kernel-{os.getuid()}").iterdir()) == []


def test_it_ends_with_a_kernel_that_is_killed_while_it_starts(launch: Launch, temporary: Path) -> None:
    for _ in range(3):
        kernel = subprocess.Popen(
            ["node", KERNEL, connection_file(temporary)],
            cwd=REPOSITORY / "notebooks",
            env={**os.environ, "TMPDIR": str(temporary)},
        )
        deadline = time.monotonic() + HANG
        while not compilers(temporary):
            assert time.monotonic() < deadline
        kernel.kill()
        kernel.wait()
        wait_for_end(temporary)


def connection_file(folder: Path) -> str:
    """Of a kernel that nobody speaks to."""
    file = folder / "kernel.json"
    ports = {f"{name}_port": 0 for name in ("shell", "control", "stdin", "iopub", "hb")}
    file.write_text(
        json.dumps({"transport": "tcp", "ip": "127.0.0.1", "key": "", "signature_scheme": "hmac-sha256", **ports})
    )
    return str(file)


def test_when_it_crashes_each_kernel_goes_on_by_a_compiler_of_its_own(start: LaunchHere, temporary: Path) -> None:
    one, other = start(), start()
    one.ok('import { basename } from "node:path"; let n = 1; type Pair = [number, number]')
    other.ok('import { AF_INET } from "../helpers/socket"; const text = "b"')
    compiler = the_compiler(temporary)
    # While it computes, one of the two waits for it.
    compiler.suspend()
    waits = one.start("const pair: Pair = [n, 2]; basename('a/c')")
    compiler.kill()
    one.wait(waits)
    assert waits.result == "'c'"
    assert other.ok("text.length + AF_INET").result == "3"
    assert "TS2322" in one.fails("n = 'text'").error["evalue"]
    assert matches(other, "tex")[0] == "text"
    check(one)
    check(other)
    assert compilers(temporary) == []


def test_a_kernel_does_not_wait_for_one_that_does_not_answer(start: LaunchHere, temporary: Path) -> None:
    one = start()
    one.ok("1")
    compiler = the_compiler(temporary)
    compiler.suspend()
    try:
        check(start())
    finally:
        compiler.resume()
    assert one.ok("2").result == "2"


def test_a_folder_that_others_may_open_is_not_used(start: LaunchHere, temporary: Path) -> None:
    folder = temporary / f"typescript-kernel-{os.getuid()}"
    folder.mkdir(mode=0o755)
    folder.chmod(0o755)
    front_end = start()
    check(front_end)
    assert compilers(temporary) == []
    assert list(folder.iterdir()) == []


def test_a_socket_that_was_left_behind_is_replaced(start: LaunchHere, temporary: Path) -> None:
    first = start()
    first.ok("1")
    the_compiler(temporary).kill()
    wait_for_end(temporary)
    assert len(list((temporary / f"typescript-kernel-{os.getuid()}").iterdir())) == 1
    check(start())
    the_compiler(temporary)


def test_sockets_that_nobody_listens_at_any_more_are_removed(start: LaunchHere, temporary: Path) -> None:
    folder = temporary / f"typescript-kernel-{os.getuid()}"
    folder.mkdir(mode=0o700)
    of_a_killed_one, unpublished, of_another, new = (folder / f"{name}.sock" for name in ("1", "2.sock.3", "4", "5"))
    long_ago = time.time() - 3600
    sockets = [socket.socket(socket.AF_UNIX) for _ in range(4)]
    for sock, file in zip(sockets, (of_a_killed_one, unpublished, of_another, new), strict=True):
        sock.bind(str(file))
        if file is not new:
            os.utime(file, (long_ago, long_ago))
    sockets[2].listen()
    start().ok("1")
    deadline = time.monotonic() + HANG
    while of_a_killed_one.exists() or unpublished.exists():
        assert time.monotonic() < deadline, list(folder.iterdir())
        time.sleep(0.02)
    assert of_another.exists()
    # Whoever has made it may be about to listen.
    assert new.exists()
    for sock in sockets:
        sock.close()


@pytest.mark.skipif(sys.platform != "linux", reason="only on Linux is its memory found")
def test_at_rest_it_has_its_snapshot_in_common_with_others(start: LaunchHere, temporary: Path) -> None:
    kernel = start()
    kernel.ok("const before: number = 1")
    compiler = the_compiler(temporary)
    pages = files_of(REPOSITORY)["pages"]
    deadline = time.monotonic() + HANG
    while str(pages) not in (mapped := {file.path: file for file in compiler.memory_maps()}):
        assert time.monotonic() < deadline, list(mapped)
        time.sleep(0.02)
    assert mapped[str(pages)].size > 0.98 * pages.stat().st_size
    check(kernel)
    check(start())
    assert kernel.ok("before + 1").result == "2"
    assert the_compiler(temporary) == compiler


# --- Kernels that differ ---


def project(folder: Path, **options: object) -> Path:
    """A reader's folder, with a tsconfig.json of its own."""
    folder.mkdir(exist_ok=True)
    (folder / "tsconfig.json").write_text(json.dumps({"compilerOptions": options}))
    return folder


def test_each_kernel_has_the_options_of_its_folder(start: LaunchHere, temporary: Path, tmp_path: Path) -> None:
    code = 'import { nothing } from "./nothing"; const none: number = null; [none, nothing]'
    folders = [project(tmp_path / "loose", strict=False), project(tmp_path / "strict", strict=True)]
    for folder in folders:
        (folder / "nothing.ts").write_text("export const nothing: number = null;\n")
    loose, strict = map(start, folders)
    for _ in range(2):
        assert loose.ok(code).result == "[ null, null ]"
        assert strict.fails(code).traceback.count("TS2322") == 2
        the_compiler(temporary)
        folders.reverse()
        loose, strict = strict, loose
        project(folders[0], strict=False)
        project(folders[1], strict=True)


def test_what_is_wrong_with_a_tsconfig_is_told_once_to_each_kernel(
    start: LaunchHere, temporary: Path, tmp_path: Path
) -> None:
    kernels = [start(project(tmp_path, strictest=True)), start(tmp_path)]
    for kernel in kernels:
        assert "Unknown compiler option 'strictest'" in kernel.ok("1").stderr
        assert kernel.ok("2").stderr == ""
    the_compiler(temporary).kill()
    for kernel in kernels:
        assert kernel.ok("3").stderr == ""
    project(tmp_path)
    assert kernels[0].ok("4").stderr == ""
    project(tmp_path, strictest=True)
    assert "Unknown compiler option 'strictest'" in kernels[0].ok("5").stderr


def test_an_edited_helper_is_new_in_each_kernel(start: LaunchHere, temporary: Path, tmp_path: Path) -> None:
    (tmp_path / "helper.ts").write_text("export const one = 1;\n")
    kernels = [start(tmp_path), start(tmp_path)]
    for kernel in kernels:
        assert kernel.ok('import { one } from "./helper"; const get = () => one; one').result == "1"
    the_compiler(temporary)
    (tmp_path / "helper.ts").write_text("export const one = 11;\n")
    for kernel in kernels:
        assert kernel.ok("get() + one").result == "22"


def test_a_helper_is_not_run_again_because_the_compiler_is_another(
    start: LaunchHere, temporary: Path, tmp_path: Path
) -> None:
    (tmp_path / "helper.ts").write_text("export const state = { n: 0 };\n")
    kernel = start(tmp_path)
    kernel.ok('import { state } from "./helper"; state.n = 5')
    the_compiler(temporary).kill()
    assert kernel.ok("state.n").result == "5"
    assert kernel.ok('import { state } from "./helper"; state.n').result == "5"


@pytest.mark.skipif(WITHOUT is not None, reason=f"no network of its own here: {WITHOUT}")
def test_a_compiler_keeps_no_other_network_than_its_kernels(temporary: Path) -> None:
    network = Network()
    command = ["env", f"TMPDIR={temporary}", "node", KERNEL, connection_file(temporary)]
    kernels = [network.start(command), subprocess.Popen(command)]
    try:
        deadline = time.monotonic() + HANG
        while networks_of(compilers(temporary)) != networks_of(kernels) or len(networks_of(kernels)) < len(kernels):
            assert time.monotonic() < deadline
    finally:
        for kernel in kernels:
            kernel.kill()
            kernel.wait()
        network.end()
    wait_for_end(temporary)


def networks_of(processes: Iterable[psutil.Process | subprocess.Popen]) -> set[str]:
    """Without those of processes that have just ended, as the shell does that starts the compiler."""
    found = set()
    for process in processes:
        with suppress(OSError):
            found.add(str(Path(f"/proc/{process.pid}/ns/net").readlink()))
    return found


# --- Snapshots and bundles that are of no use ---


def files_of(repository: Path) -> dict[str, Path]:
    program = "console.log(JSON.stringify(require(process.argv[1]).bundleFiles()))"
    module = repository / ".build" / "kernel" / "compile" / "bundle.js"
    told = subprocess.check_output(["node", "--eval", program, str(module)], text=True)
    return {name: Path(file) for name, file in json.loads(told).items()}


def nothing(file: Path) -> None:
    file.unlink(missing_ok=True)


def junk(file: Path) -> None:
    file.write_bytes(b"return ((junk" * 1000)


def empty(file: Path) -> None:
    file.write_bytes(b"")


def half(file: Path) -> None:
    (whole,) = (each for each in files_of(REPOSITORY).values() if each.suffix == file.suffix)
    file.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])


def of_other_flags(file: Path) -> None:
    snapshot(file, "", "--max-semi-space-size=1")


def of_another_program(file: Path) -> None:
    snapshot(file, "require('node:v8').startupSnapshot.setDeserializeMainFunction(() => console.log('another'))")


def snapshot(file: Path, program: str, *flags: str) -> None:
    source = file.with_suffix(".js")
    source.write_text(program)
    subprocess.run(["node", *flags, "--snapshot-blob", str(file), "--build-snapshot", str(source)], check=True)
    source.unlink()


@pytest.mark.parametrize(
    ("name", "spoil"),
    [
        *[("snapshot", spoil) for spoil in (nothing, junk, empty, half, of_other_flags, of_another_program)],
        *[("code", spoil) for spoil in (nothing, junk, empty, half)],
        *[("cache", spoil) for spoil in (nothing, junk, empty, half)],
    ],
)
def test_without_what_setup_has_made_all_cells_are_right(
    launch: Launch, copy: Copy, temporary: Path, name: str, spoil: Callable[[Path], None]
) -> None:
    files = files_of(copy.folder)
    files["code"].parent.mkdir()
    if name == "cache":
        shutil.copy(files_of(REPOSITORY)["code"], files["code"])
    spoil(files[name])
    front_end = launch(copy.notebooks, copy.kernelspecs, env={**os.environ, "TMPDIR": str(temporary)})
    check(front_end)
    assert compilers(temporary) == []


def test_the_bundle_and_its_cache_are_taken() -> None:
    program = (
        "const [, kernel] = process.argv; require(`${kernel}/heap.js`).keepHeapsSmall();"
        "const { script } = require(`${kernel}/compile/bundle.js`).loadBundle(); console.log(script.cachedDataRejected)"
    )
    kernel = str(REPOSITORY / ".build" / "kernel")
    assert subprocess.check_output(["node", "--eval", program, kernel], text=True).strip() == "false"
