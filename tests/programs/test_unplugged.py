"""programs/unplugged.ts: where the system allows networks of one's own, what it shows; where not, what it says."""

import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from commands import COMPILED, ROOT, assert_wrong_usage, execute, ours

UNPLUGGED = ours("unplugged")


def allowed() -> bool:
    command = "ip link add near type veth peer name far"
    return any(
        subprocess.run(["unshare", "--net", *user, "sh", "-c", command], capture_output=True).returncode == 0
        for user in ([], ["--user", "--map-root-user"])
    )


needs_networks = pytest.mark.skipif(not allowed(), reason="this system allows no networks of one's own")

SHOWN = """\
192.0.2.1 has 6 connections to 192.0.2.2, all of which work
the cable is pulled out
  waits, no precaution    waits              ESTABLISHED, Send-Q 0
  waits, SO_KEEPALIVE     ETIMEDOUT after T  no such connection
  waits, TCP_USER_TIMEOUT waits              ESTABLISHED, Send-Q 0
  asks, no precaution     waits              ESTABLISHED, Send-Q 14
  asks, SO_KEEPALIVE      waits              ESTABLISHED, Send-Q 14
  asks, TCP_USER_TIMEOUT  ETIMEDOUT after T  no such connection
the cable is in again
  asks, no precaution     b'anybody there?' after T  ESTABLISHED, Send-Q 0
  asks, SO_KEEPALIVE      b'anybody there?' after T  ESTABLISHED, Send-Q 0
  asks, TCP_USER_TIMEOUT  ETIMEDOUT after T  no such connection
"""


def in_general(text: str) -> list[str]:
    """Without times, and without more blanks than one."""
    return [" ".join(re.sub(r"\d+\.\d s\b", "T", line).split()) for line in text.splitlines()]


@needs_networks
def test_what_the_connections_see() -> None:
    finished = execute(*UNPLUGGED)
    assert (finished.returncode, finished.stderr) == (0, "")
    assert in_general(finished.stdout) == in_general(SHOWN)


@needs_networks
def test_one_precaution_more() -> None:
    """The lesson asks for a connection with both."""
    unplugged = COMPILED / "programs" / "unplugged.js"
    first = "const PRECAUTIONS = {"
    both = "both: (sock) => (PRECAUTIONS.SO_KEEPALIVE(sock), PRECAUTIONS.TCP_USER_TIMEOUT(sock)),"
    changed = unplugged.with_name("unplugged-both.js")
    changed.write_text(unplugged.read_text().replace(first, first + both))
    shown = in_general(execute("node", str(changed)).stdout)
    assert shown[2] == "waits, both ETIMEDOUT after T no such connection"
    first_words = ["192.0.2.1", "the", *["waits,"] * 4, *["asks,"] * 4, "the", *["asks,"] * 4]
    assert [line.split()[0] for line in shown] == first_words


@pytest.fixture
def running() -> Iterator[subprocess.Popen[str]]:
    """The program, with its two machines there."""
    with subprocess.Popen(UNPLUGGED, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert "all of which work" in process.stdout.readline()
        yield process
        process.kill()


@needs_networks
def test_it_leaves_the_network_of_this_machine_alone(running: subprocess.Popen[str]) -> None:
    assert not {"near", "far"}.intersection(psutil.net_if_addrs())
    # This machine may itself have an address that is kept for examples.
    ends = [(one.laddr.ip, one.raddr) for one in psutil.net_connections("inet4") if one.raddr]
    assert ("192.0.2.1", ("192.0.2.2", 10000)) not in ends


@needs_networks
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_nothing_is_left_of_it(running: subprocess.Popen[str], number: signal.Signals) -> None:
    processes = psutil.Process(running.pid).children(recursive=True)
    assert len(processes) >= 4  # unshare, the program again, the other machine's shell, its server
    running.send_signal(number)
    running.wait()
    psutil.wait_procs(processes)


def test_a_system_that_does_not_allow_it(tmp_path: Path) -> None:
    environment = {**os.environ, "PATH": f"{tmp_path}"}
    node = shutil.which("node")
    assert node is not None

    def refusal() -> str:
        finished = subprocess.run([node, *UNPLUGGED[1:]], cwd=ROOT, env=environment, capture_output=True, text=True)
        assert (finished.returncode, finished.stdout) == (1, "")
        return finished.stderr

    assert refusal() == "unplugged: this system allows no network of its own: spawnSync unshare ENOENT\n"
    unshare = tmp_path / "unshare"
    unshare.write_text("#!/bin/sh\necho 'unshare failed: Operation not permitted' >&2; exit 1\n")
    unshare.chmod(0o755)
    assert "network of its own: unshare failed: Operation not permitted\n" in refusal()


@pytest.mark.parametrize(
    ("arguments", "reason"), [(["extra"], "expected 0 arguments, got 1"), (["--bogus"], "Unknown option '--bogus'")]
)
def test_wrong_usage(arguments: list[str], reason: str) -> None:
    assert_wrong_usage(UNPLUGGED, arguments, reason, "")


def test_help() -> None:
    finished = execute(*UNPLUGGED, "--help")
    usage = "usage: npx ts-node programs/unplugged.ts\n"
    assert (finished.returncode, finished.stdout, finished.stderr) == (0, usage, "")
