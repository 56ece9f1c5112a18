"""The networks of lessons' kernels: what is in them, who meets whom, and that nothing is left of them."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from network import Network, lesson_of, problem

WITHOUT = problem()
pytestmark = pytest.mark.skipif(WITHOUT is not None, reason=f"no network of its own here: {WITHOUT}")


@pytest.fixture
def network() -> Iterator[Network]:
    made = Network()
    yield made
    made.end()


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
    programs = [network.start(["sleep", "1000"]) for _ in range(2)]
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
    assert lesson_of("notebooks/04-streams.ipynb") == "04-streams"
