"""make console: the notebooks' kernel in a terminal, started where the notebooks are, so that their imports work.

With a lesson, the terminal joins the kernel of a notebook that JupyterLab has open: what is defined there is at hand
here, and the other way round. Leaving the terminal leaves that kernel running.
"""

import argparse
import json
import os
import re
import sys
import urllib.request
from contextlib import suppress
from pathlib import Path

from jupyter_console.app import ZMQTerminalIPythonApp
from jupyter_core.paths import jupyter_runtime_dir
from jupyter_server.serverapp import list_running_servers
from lessons import NOTEBOOKS, REPOSITORY, find_lesson
from network import use_own_networks

# Whether a line is complete only the compiler knows, and it takes its time to start. After so many seconds without an
# answer the console would ask no more, and a line take Enter twice.
PATIENCE = "--ZMQTerminalInteractiveShell.kernel_is_complete_timeout=60"


# The names by which who comes from another console leaves it. For the kernel they would be names like all others.
LEAVE = re.compile(r"\s*\.?(?:exit|quit)(?:\(\))?;?\s*")


class Console(ZMQTerminalIPythonApp):
    """A terminal whose Ctrl-C interrupts the cell also in a kernel that it has joined, as the stop button does."""

    def init_shell(self) -> None:
        super().init_shell()
        run_cell = self.shell.run_cell

        def leave_or_run(cell: str, store_history: bool = True) -> None:
            if LEAVE.fullmatch(cell):
                self.shell.ask_exit()
            else:
                run_cell(cell, store_history)

        self.shell.run_cell = leave_or_run

    def init_banner(self) -> None:
        folder = NOTEBOOKS.relative_to(REPOSITORY)
        print(
            f'{self.shell.kernel_info["banner"]}, in {folder}/ as a notebook is: import from "../helpers/socket"\n'
            "Ctrl-C stops what runs; exit, quit or Ctrl-D leaves"
            f"{', and the kernel stays' if self.existing else ' and ends the kernel'}"
        )

    def handle_sigint(self, *arguments: object) -> None:
        if self.existing and self.shell._executing:
            self.kernel_client.control_channel.send(self.session.msg("interrupt_request", content={}))
        else:
            super().handle_sigint(*arguments)


def running_kernel(notebook: Path) -> Path | None:
    """The connection file of the kernel that runs `notebook` in a JupyterLab of this repository, if one does."""
    path = notebook.relative_to(REPOSITORY).as_posix()
    for server in list_running_servers():
        request = urllib.request.Request(
            f"{server['url']}api/sessions", headers={"Authorization": f"token {server['token']}"}
        )
        # One that does not answer, or refuses, has no kernel for us.
        with suppress(OSError), urllib.request.urlopen(request, timeout=10) as answer:
            for session in json.load(answer):
                if session["path"] == path:
                    return Path(jupyter_runtime_dir(), f"kernel-{session['kernel']['id']}.json")
    return None


def joined_notebook(pair: str) -> Path:
    """The notebook that `pair` means: NN-topic-server or -client itself; of a whole pair its client, as a server's
    kernel is mostly busy waiting for one."""
    half = NOTEBOOKS / f"{pair}.ipynb"
    return half if half.exists() else find_lesson(pair)[1][-1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--pair", metavar="NN-topic", help="join the kernel of this lesson's client in JupyterLab")
    pair = parser.parse_args().pair
    os.chdir(NOTEBOOKS)
    if not pair:
        use_own_networks()
        Console.launch_instance(["--kernel=tslab", PATIENCE])
        return
    notebook = joined_notebook(pair)
    connection_file = running_kernel(notebook)
    if connection_file is None:
        sys.exit(f"{notebook.name} is not open in JupyterLab. Open it with: make lab PAIR={pair}")
    Console.launch_instance([f"--existing={connection_file}", PATIENCE])


if __name__ == "__main__":
    main()
