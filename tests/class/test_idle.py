"""When kernels and servers end that nobody uses: by the settings of deploy/readers.py, with seconds for its hours."""

import json
import os
import re
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.error import URLError

import pytest
from jupyter_client import BlockingKernelClient
from lessons import REPOSITORY
from traitlets.config.loader import PyFileConfigLoader

SETTINGS = PyFileConfigLoader("readers.py", str(REPOSITORY / "deploy")).load_config().Spawner.args


def until(holds: Callable[[], bool]) -> None:
    """Waits for a state. A test that waits in vain is ended from outside."""
    while not holds():
        time.sleep(0.1)


class Server:
    """A reader's server, and its REST API."""

    def __init__(self, folder: Path) -> None:
        self.runtime = folder / "runtime"
        command = ["jupyter-lab", "--no-browser", "--ServerApp.port=0", "--MappingKernelManager.cull_interval=1"]
        self.process = subprocess.Popen(
            ["binder/start", *command, *(re.sub(r"=\d+$", "=5", setting) for setting in SETTINGS)],
            cwd=REPOSITORY,
            env={**os.environ, "HOME": str(folder), "JUPYTER_RUNTIME_DIR": str(self.runtime)},
        )
        until(lambda: any(self.runtime.glob("jpserver-*.json")))
        [about] = self.runtime.glob("jpserver-*.json")
        until(lambda: about.read_text().endswith("}"))
        self._about = json.loads(about.read_text())
        until(self.answers)  # it writes the file before it listens

    def api(self, resource: str, **body: object) -> Any:
        """The answer to a POST if there is a body."""
        request = urllib.request.Request(
            f"{self._about['url']}api/{resource}",
            headers={"Authorization": f"token {self._about['token']}"},
            data=json.dumps(body).encode() if body else None,
        )
        with urllib.request.urlopen(request) as answer:
            return json.loads(answer.read() or "null")

    def answers(self) -> bool:
        try:
            return bool(self.api("status"))
        except URLError:
            return False

    def kernels(self) -> set[str]:
        return {kernel["id"] for kernel in self.api("kernels")}

    @contextmanager
    def client(self, kernel: str) -> Iterator[BlockingKernelClient]:
        """One that the server does not know of, and does not take for a page that shows the kernel."""
        client = BlockingKernelClient(connection_file=str(self.runtime / f"kernel-{kernel}.json"))
        client.load_connection_file()
        client.start_channels()
        client.wait_for_ready()
        yield client
        client.stop_channels()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    started = Server(tmp_path)
    yield started
    started.process.terminate()
    started.process.wait()


WAITS = """
import { socket } from "../helpers/socket"; const server = socket();
await server.bind(["127.0.0.1", 0]); server.listen(); console.log("waits"); await server.accept()"""


def kernel_that_waits(server: Server) -> str:
    while True:
        kernel = server.api("kernels", name="tslab", path="notebooks")["id"]
        # On a busy machine it may end, as an idle one, before it has anything to do.
        with suppress(RuntimeError, FileNotFoundError), server.client(kernel) as client:
            client.execute(WAITS)
            until(lambda: client.get_iopub_msg()["content"].get("text") == "waits\n")
            # What a page asks beside the cell makes the kernel no less busy.
            client.complete("serv")
            until(lambda: client.get_shell_msg()["msg_type"] == "complete_reply")
            return kernel


def test_a_kernel_that_waits_in_accept_is_in_use_and_an_idle_server_ends(server: Server) -> None:
    waiting = kernel_that_waits(server)
    idle = server.api("kernels", name="tslab", path="notebooks")["id"]
    # What the waiting one did last was before that.
    until(lambda: idle not in server.kernels())
    assert server.kernels() == {waiting}
    server.api(f"kernels/{waiting}/interrupt", any=0)
    until(lambda: server.kernels() == set())
    assert server.process.wait() == 0
