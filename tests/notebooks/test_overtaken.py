"""On a busy machine a FIN may overtake an acknowledgement, and TIME_WAIT is over before its time (overtaken.py). The
lessons that ask what is left of a connection print what they always do."""

import subprocess
import sys
from pathlib import Path

import pytest
from lessons import NOTEBOOKS
from network import problem

WITHOUT = problem()
pytestmark = pytest.mark.skipif(WITHOUT is not None, reason=f"nobody is root of a network here: {WITHOUT}")

AT_ONCE = """
from pathlib import Path
from socket import create_connection, create_server, socket
from time import sleep

def is_free(address):
    with socket() as heir:
        try:
            return heir.bind(address) is None
        except OSError:
            return False

left = []
with create_server(("127.0.0.1", 0)) as listener:
    for _ in range(10):
        client = create_connection(listener.getsockname())
        served, address = listener.accept()
        client.close()
        served.close()
        left.append(address)
while not any(map(is_free, left)):
    sleep(0.01)
names, numbers = (line.split() for line in Path("/proc/net/snmp").read_text().splitlines() if line.startswith("Tcp:"))
print("by a reset" if int(numbers[names.index("OutRsts")]) else "when its time had come")
"""


def on_a_busy_machine(*command: str) -> subprocess.CompletedProcess[str]:
    overtaken = [sys.executable, str(Path(__file__).with_name("overtaken.py"))]
    root = ["unshare", "--user", "--map-root-user", "--net", "sh", "-ec", 'ip link set lo up; exec "$@"', "sh"]
    return subprocess.run(
        [*root, *overtaken, sys.executable, *command], cwd=NOTEBOOKS.parent, capture_output=True, text=True
    )


def test_time_wait_is_over_where_both_ends_close_at_once() -> None:
    ran = on_a_busy_machine("-c", AT_ONCE)
    assert (ran.stdout, ran.stderr) == ("by a reset\n", "")


@pytest.mark.parametrize("name", ["01-echo", "04-tcp-closing", "06-in-node"])
def test_the_lesson_prints_what_is_stored(name: str) -> None:
    ran = on_a_busy_machine("tools/run.py", "--check", "--pair", name)
    assert (ran.returncode, ran.stderr) == (0, "")
