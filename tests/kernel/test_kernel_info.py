"""What the kernel says of itself: kernel_info, its kernelspec, its greeting and its heartbeat."""

import json
import subprocess
import time
from pathlib import Path

import pytest
from conftest import KERNEL_NAME, Launch
from front_end import HANG, REPOSITORY, FrontEnd, new_kernel, package_version


@pytest.mark.parametrize("channel", ["shell", "control"])
def test_kernel_info_tells_protocol_and_language(kernel: FrontEnd, channel: str) -> None:
    info = kernel.ask("kernel_info_request", {}, channel)
    assert info["status"] == "ok"
    assert info["protocol_version"] == "5.4"
    package = json.loads((REPOSITORY / "package.json").read_text())
    assert (info["implementation"], info["implementation_version"]) == (package["name"], package["version"])
    language = info["language_info"]
    assert language["name"] == "typescript"
    assert language["version"] == package_version("typescript")
    assert language["file_extension"] == ".ts"
    assert language["mimetype"] == "text/typescript"
    assert info["banner"]
    assert "debugger" not in info.get("supported_features", [])
    assert info.get("debugger", False) is False


def test_cells_are_compiled_by_the_typescript_that_kernel_info_names(kernel: FrontEnd) -> None:
    # Types of TypeScript 5.4 and later, which the TypeScript 5.0 that tslab brings does not know.
    assert kernel.ok("type N<T> = NoInfer<T>; const n: N<string> = 'known'; n").result == "'known'"
    version = kernel.ask("kernel_info_request", {})["language_info"]["version"]
    assert tuple(map(int, version.split(".")))[:2] >= (5, 4)


def test_iopub_greets_each_subscriber(launch: Launch) -> None:
    front_end = launch()
    late = FrontEnd(front_end.kernel)
    try:
        late.until(lambda: late.others, "iopub_welcome")
        welcome = late.others[0]
        assert welcome["msg_type"] == "iopub_welcome"
        assert welcome["content"] == {"subscription": ""}
        assert welcome["parent_header"] == {}
    finally:
        late.close()


def test_heartbeat_echoes_while_a_cell_computes(kernel: FrontEnd) -> None:
    heartbeat = kernel.kernel.connect_hb()
    heartbeat.linger = 0
    try:
        cell = kernel.start("while (true) {}")
        kernel.until(lambda: "busy" in cell.states, "busy")
        for octets in (b"ping", b"", bytes(range(256))):
            heartbeat.send(octets)
            assert heartbeat.poll(HANG * 1000)
            assert heartbeat.recv() == octets
        kernel.interrupt()
        kernel.wait(cell)
    finally:
        heartbeat.close()


def test_the_launch_depends_on_no_folder_path_or_shell(tmp_path: Path) -> None:
    front_end = FrontEnd(new_kernel(KERNEL_NAME, tmp_path, env={"HOME": str(tmp_path)}))
    try:
        front_end.connect()
        assert front_end.ok("const away: string = 'from home'; away").result == "'from home'"
        assert front_end.ok("process.cwd()").result == f"'{tmp_path}'"
    finally:
        front_end.close()
        front_end.kernel.shutdown_kernel(now=True)


def test_the_kernelspec_names_language_and_absolute_paths() -> None:
    from jupyter_client.kernelspec import get_kernel_spec

    spec = get_kernel_spec(KERNEL_NAME)
    assert spec.language == "typescript"
    assert all(Path(argument).is_absolute() for argument in spec.argv if argument != "{connection_file}")
    assert Path(spec.resource_dir).is_relative_to(REPOSITORY / ".venv")


def test_transport_ipc_and_no_key(tmp_path: Path) -> None:
    """What a connection file may say beside TCP and a key."""
    from jupyter_client.manager import KernelManager

    kernel = KernelManager(kernel_name=KERNEL_NAME, transport="ipc", ip=str(tmp_path / "kernel"))
    kernel.session.key = b""
    kernel.start_kernel(cwd=str(REPOSITORY / "notebooks"))
    front_end = FrontEnd(kernel)
    try:
        front_end.connect()
        assert front_end.ok("'unsigned'").result == "'unsigned'"
    finally:
        front_end.close()
        kernel.shutdown_kernel(now=True)


def test_a_missing_connection_file_is_told(tmp_path: Path) -> None:
    from jupyter_client.kernelspec import get_kernel_spec

    command = [argument for argument in get_kernel_spec(KERNEL_NAME).argv if argument != "{connection_file}"]
    for arguments in ([], [str(tmp_path / "missing.json")]):
        finished = subprocess.run([*command, *arguments], capture_output=True, text=True, timeout=HANG, cwd=tmp_path)
        assert finished.returncode not in (0, None)
        assert finished.stderr


def test_a_poll_of_the_sockets_costs_no_processor(kernel: FrontEnd) -> None:
    """An idle kernel sleeps: its threads wait for messages, they do not look for them."""
    kernel.ok("0")
    process = kernel.process
    before = process.cpu_times()
    time.sleep(2)
    after = process.cpu_times()
    assert (after.user + after.system) - (before.user + before.system) < 0.5
