"""The networks of lessons' kernels: what is in them, who meets whom, and that nothing is left of them."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from network import Network, lesson_of, problem
from processes import wait_for_end
from terminal import REPOSITORY, Lab, make_lab

WITHOUT = problem()
pytestmark = pytest.mark.skipif(WITHOUT is not None, reason=f"no network of its own here: {WITHOUT}")


@pytest.fixture
def network() -> Iterator[Network]:
    made = Network()
    yield made
    made.end()


def until(holds: Callable[[], bool]) -> None:
    """Waits for a state. A test that waits in vain is ended from outside."""
    while not holds():
        time.sleep(0.05)


def run(network: Network, *command: str) -> str:
    program = network.start([*command], stdout=subprocess.PIPE, text=True)
    output, _ = program.communicate()
    assert program.returncode == 0
    return output


def test_it_has_loopback_and_an_address_that_is_not(network: Network) -> None:
    addresses = run(network, "ip", "-oneline", "address")
    for known in [" 127.0.0.1/8 ", " ::1/128 "]:
        assert known in addresses
    program = """
import socket, sys
for host in sys.argv[1:]:
    with socket.create_server((host, 0)) as server, socket.create_connection(server.getsockname()): print("reached")"""
    host = next(line.split()[3].partition("/")[0] for line in addresses.splitlines() if " host0 " in line)
    assert not host.startswith("127.")
    assert run(network, sys.executable, "-c", program, "127.0.0.1", host) == "reached\n" * 2


def test_its_kernels_are_who_they_were_and_may_do_no_more(network: Network) -> None:
    assert run(network, "id", "-un") == subprocess.run(["id", "-un"], capture_output=True, text=True).stdout
    assert run(network, "pwd") == f"{Path.cwd()}\n"


def test_two_networks_have_the_same_port_and_never_meet(network: Network) -> None:
    program = """
import socket
server = socket.create_server(("0.0.0.0", 10000))
print("listens", flush=True)
server.accept()"""
    server = network.start([sys.executable, "-c", program], stdout=subprocess.PIPE)
    assert server.stdout is not None
    assert server.stdout.readline() == b"listens\n"
    other = Network()
    try:
        ask = "import socket; print(socket.socket().connect_ex(('127.0.0.1', 10000)))"
        assert run(other, sys.executable, "-c", ask) != "0\n"
        run(other, sys.executable, "-c", "import socket; socket.create_server(('0.0.0.0', 10000))")
        assert run(network, sys.executable, "-c", ask) == "0\n"
        server.wait()
    finally:
        other.end()
        server.kill()
        server.communicate()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_it_is_gone_with_the_last_that_was_in_it(number: int) -> None:
    """Of whoever made it and ended, the system closes its end of the pipe."""
    network = Network()
    programs = [network.start(["sh", "-c", "echo in; exec sleep 1000"], stdout=subprocess.PIPE) for _ in range(2)]
    for program in programs:
        assert program.stdout is not None
        assert program.stdout.readline() == b"in\n"
    os.close(network._life)
    programs[0].send_signal(number)
    programs[0].wait()
    assert network.folder.exists()
    programs[1].send_signal(number)
    programs[1].wait()
    assert network._holder.wait() == 0
    assert not network.folder.exists()


def test_only_its_owner_can_enter_its_folder(network: Network) -> None:
    assert network.folder.stat().st_mode & 0o777 == 0o700
    assert network.folder.stat().st_uid == os.getuid()


def test_the_notebooks_of_a_pair_have_one_name() -> None:
    assert lesson_of("notebooks/01-echo-server.ipynb") == lesson_of("01-echo-client.ipynb") == "01-echo"
    assert lesson_of("notebooks/04-streams-connect-send.ipynb") == "04-streams-connect-send"


# --- The end, however it comes ----------------------------------------------------------------------------------


def is_kernel(process: psutil.Process) -> bool:
    with suppress(psutil.Error):  # it ends just now
        return "kernel/main.js" in " ".join(process.cmdline())
    return False


def kernels_of(lab: Lab) -> list[psutil.Process]:
    return [process for process in lab.processes() if is_kernel(process)]


def network_of(process: psutil.Process) -> str:
    return str(Path(f"/proc/{process.pid}/ns/net").readlink())


def folder_of(process: psutil.Process) -> Path:
    return Path(process.environ()["NETWORK_FOLDER"])


def open_lesson(lab: Lab) -> list[psutil.Process]:
    """The two kernels of the lesson, which are in one network."""
    lab.open_notebooks()
    kernels = kernels_of(lab)
    assert len(kernels) == 2
    assert len({network_of(kernel) for kernel in kernels} | {network_of(psutil.Process())}) == 2
    return kernels


def test_a_lab_that_is_killed_leaves_no_process_and_no_file(tmp_path: Path) -> None:
    with make_lab(tmp_path) as lab:
        folder = folder_of(open_lesson(lab)[0])
        processes = lab.processes()
        [server] = [process for process in processes if "tools/lab.py" in " ".join(process.cmdline())]
        assert folder.exists()
        server.kill()
        wait_for_end(processes)
        until(lambda: not folder.exists())


def test_a_kernel_that_is_killed_comes_back_in_the_network_of_its_lesson(tmp_path: Path) -> None:
    with make_lab(tmp_path) as lab:
        one, other = open_lesson(lab)
        network, folder = network_of(one), folder_of(one)
        one.kill()
        # While it becomes a program of Node.js's, in that network, it is neither.
        until(lambda: [network_of(again) for again in set(kernels_of(lab)) - {one, other}] == [network])
        lab.shut_down_kernels()
        until(lambda: not folder.exists())
        assert kernels_of(lab) == []


def test_a_run_that_is_killed_leaves_no_process_and_no_file() -> None:
    """The process that runs lessons has no time to clear up behind itself."""
    command = [sys.executable, "tools/run.py", "--check", "--pair", "01-echo"]
    lesson = subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.DEVNULL)
    started = psutil.Process(lesson.pid)

    def kernels() -> list[psutil.Process]:
        return [child for child in started.children() if is_kernel(child)]

    until(lambda: len(kernels()) == 2)
    folder, processes = folder_of(kernels()[0]), started.children(recursive=True)
    assert folder.exists()
    lesson.kill()
    lesson.wait()
    wait_for_end(processes)
    until(lambda: not folder.exists())


SECOND_MACHINE = """
require("ts-node/register/transpile-only");
require("./helpers/network").network("far").then((far) => {
  console.log(far.address);
  setInterval(() => {}, 1000);
});"""


def test_a_second_machine_is_gone_with_the_program_that_made_it(network: Network) -> None:
    program = network.start(["node", "-e", SECOND_MACHINE], cwd=REPOSITORY, stdout=subprocess.PIPE, text=True)
    assert program.stdout is not None
    assert program.stdout.readline() == "192.0.2.2\n"
    processes = psutil.Process(program.pid).children(recursive=True)
    assert len(processes) >= 2  # unshare, and the first process of the other machine
    program.kill()
    program.communicate()
    wait_for_end(processes)


CLEARS_UP = 'trap "sleep 1; echo cleared up; exit 3" INT; echo ready; read never'


def test_ctrl_c_waits_for_what_the_command_has_to_clear_up() -> None:
    command = [sys.executable, "tools/network.py", "sh", "-c", CLEARS_UP]
    pipe = subprocess.PIPE
    program = subprocess.Popen(command, cwd=REPOSITORY, start_new_session=True, stdin=pipe, stdout=pipe, text=True)
    assert program.stdout is not None
    assert program.stdout.readline() == "ready\n"
    os.killpg(program.pid, signal.SIGINT)
    assert program.wait() == 3
    assert program.communicate()[0] == "cleared up\n"


# --- Many -------------------------------------------------------------------------------------------------------


def test_many_run_one_lesson_at_once_and_nobody_meets() -> None:
    """PAIRS=20: so many."""
    command = [sys.executable, "tools/run.py", "--check", "--pair", "01-echo"]
    readers = [
        subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        for _ in range(int(os.environ.get("PAIRS", "3")))
    ]
    said = [reader.communicate()[1] for reader in readers]
    assert [(reader.returncode, text) for reader, text in zip(readers, said, strict=True)] == [(0, "")] * len(readers)


def test_many_networks_come_and_go() -> None:
    """NETWORKS=1000: so many."""
    descriptors = psutil.Process().num_fds()
    for _ in range(int(os.environ.get("NETWORKS", "30"))):
        network = Network()
        assert run(network, "echo", "there") == "there\n"
        network.end()
        assert not network.folder.exists()
    assert psutil.Process().num_fds() == descriptors
    assert psutil.Process().children() == []


# --- Where there can be none ------------------------------------------------------------------------------------


NO_NAMESPACES = 'echo 0 >/proc/sys/user/max_user_namespaces && exec "$@"'
"""In a namespace of its own, so that it holds for nobody else: what an administrator sets for all."""


def without_rights(*command: str) -> subprocess.CompletedProcess[str]:
    confined = ["unshare", "--user", "--map-root-user", "sh", "-c", NO_NAMESPACES, "-", *command]
    return subprocess.run(confined, cwd=REPOSITORY, capture_output=True, text=True)


def test_who_may_have_none_is_told_why() -> None:
    why = "the system does not allow it: unshare: unshare failed: "
    assert without_rights(sys.executable, "tools/network.py").stdout.startswith(why)
    refused = without_rights(sys.executable, "tools/network.py", "echo", "there")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr.startswith(f"No network of its own: {why}")


def test_who_may_have_none_has_the_lessons_on_the_hosts_network() -> None:
    """One of those that take any port: another test may have those of a pair there."""
    done = without_rights(sys.executable, "tools/run.py", "--check", "--pair", "04-tcp-backlog")
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("variables", "says"),
    [
        ({"NETWORK": "host"}, "NETWORK=host chooses the host's"),
        ({"PATH": "/nowhere"}, "util-linux 2.38 has what is needed, unshare is missing"),
    ],
)
def test_whoever_wants_none_or_lacks_a_command_is_told(variables: dict[str, str], says: str) -> None:
    command = [sys.executable, "tools/network.py"]
    environment = {**os.environ, **variables}
    said = subprocess.run(command, cwd=REPOSITORY, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    assert said.stdout == f"{says}\n"
