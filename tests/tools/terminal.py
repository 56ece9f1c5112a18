"""make lab in a terminal of its own."""

import json
import os
import shutil
import signal
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pexpect
import psutil
from processes import wait_for_end

REPOSITORY = Path(__file__).resolve().parents[2]
# What a copy of a folder leaves out: Python writes it meanwhile.
COMPILED = shutil.ignore_patterns("__pycache__")
# A reader's own, without what `make test` hands on to a make that it starts.
ENVIRONMENT = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")}
# What JupyterLab keeps beside the notebooks is each test's own: other tests start it here too, at the same time.
FOLDERS = ("JUPYTER_RUNTIME_DIR", "JUPYTERLAB_WORKSPACES_DIR")
NOTEBOOKS = ["notebooks/01-echo-server.ipynb", "notebooks/01-echo-client.ipynb"]


class Lab:
    """A `make lab` in a terminal of its own, and the address that it printed."""

    def __init__(self, terminal: pexpect.spawn) -> None:
        self.terminal = terminal
        terminal.expect(r"(http://\S+)[?&]token=(\w+)\s.*\n")
        self.address, self.token = terminal.match.groups()

    def api(self, resource: str, token: str | None = None, method: str | None = None, **body: object) -> object:
        """The answer of JupyterLab's REST API, to a POST if there is a body."""
        request = urllib.request.Request(
            f"http://{urlsplit(self.address).netloc}/api/{resource}",
            headers={"Authorization": f"token {token or self.token}"},
            data=json.dumps(body).encode() if body else None,
            method=method,
        )
        with urllib.request.urlopen(request) as answer:
            return json.loads(answer.read() or "null")

    def open_notebooks(self) -> None:
        """Starts a kernel for each notebook of the lesson, as the page does."""
        for path in NOTEBOOKS:
            self.api("sessions", path=path, name=path, type="notebook", kernel={"name": "tslab"})

    def shut_down_kernels(self) -> None:
        """As "Shut Down All Kernels" does."""
        for session in self.api("sessions"):
            self.api(f"sessions/{session['id']}", method="DELETE")

    def processes(self) -> list[psutil.Process]:
        """JupyterLab and the kernels."""
        return psutil.Process(self.terminal.pid).children(recursive=True)

    def end(self, end: Callable[["Lab"], None]) -> None:
        """Ends make lab in this way, and all its processes with it."""
        processes = self.processes()
        end(self)
        self.terminal.expect(pexpect.EOF)
        self.terminal.wait()
        wait_for_end(processes)


def own_folders(folder: Path) -> list[str]:
    """Arguments of make by which JupyterLab and the console keep what they share with each other in this folder."""
    return [f"{name}={folder / name}" for name in FOLDERS]


@contextmanager
def make_lab(folder: Path, **environment: str | None) -> Iterator[Lab]:
    """A `make lab` that opens no browser, if its variables do not say otherwise; None takes one away."""
    variables = {**ENVIRONMENT, "BROWSER": "none", **environment}
    terminal = pexpect.spawn(
        "make",
        ["lab", *own_folders(folder)],
        cwd=REPOSITORY,
        env={name: value for name, value in variables.items() if value is not None},
        encoding="utf-8",
        timeout=None,
    )
    try:
        yield Lab(terminal)
    finally:
        if terminal.isalive():
            terminal.kill(signal.SIGTERM)
            terminal.expect(pexpect.EOF)
        terminal.close()
