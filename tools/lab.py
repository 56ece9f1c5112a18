"""make lab: opens a lesson in JupyterLab, a server's notebook on the left and its client's on the right: the one that
is named, or the last one that was open, or the first.

The environment (see the Makefile) keeps every file that Jupyter writes under .venv; the settings are in
tools/jupyter/jupyter_server_config.py, where any other server finds them too.
"""

import argparse
import os
import secrets
import signal
import sys

# As long as JupyterLab is not there, Ctrl-C has nothing to end but this process, also while the modules are loaded.
signal.signal(signal.SIGINT, signal.SIG_DFL)

from jupyterlab.labapp import LabApp
from lessons import REPOSITORY, find_lesson, find_lessons
from tornado.httputil import url_concat
from workspaces import import_workspaces, trust_notebooks

STOPPING_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def has_browser() -> bool:
    """Whether a browser that opened here would show on the reader's screen. BROWSER=none says no."""
    if browser := os.environ.get("BROWSER"):
        return browser != "none"
    if "SSH_CONNECTION" in os.environ:
        return False
    return sys.platform == "darwin" or "DISPLAY" in os.environ or "WAYLAND_DISPLAY" in os.environ


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pair", metavar="NN-topic", help="the lesson to open")
    pair = parser.parse_args().pair
    # An empty page opens the last lesson: see extension/.
    landing_page = f"/lab/workspaces/{find_lesson(pair)[0]}" if pair else "/lab?reset"

    import_workspaces(REPOSITORY)
    trust_notebooks(notebook for notebooks in find_lessons().values() for notebook in notebooks)

    token = secrets.token_hex(24)
    server = LabApp.initialize_server(
        [
            f"--ServerApp.root_dir={REPOSITORY}",
            f"--LabApp.default_url={landing_page}",
            f"--ServerApp.open_browser={has_browser()}",
            f"--IdentityProvider.token={token}",
        ]
    )
    # Jupyter's own handler asks a question, and only if the input is a terminal.
    for number in STOPPING_SIGNALS:
        signal.signal(number, lambda *_: server.stop(from_signal=True))

    address = url_concat(f"http://127.0.0.1:{server.port}{landing_page}", {"token": token})
    message = f"\nJupyterLab runs at\n\n    {address}\n\nCtrl-C ends it, and every kernel with it.\n"
    server.io_loop.add_callback(print, message, flush=True)  # after the callback that makes it listen
    server.start()


if __name__ == "__main__":
    main()
