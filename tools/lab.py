"""make lab: opens a lesson in JupyterLab, a server's notebook on the left and its client's on the right.

The environment (see the Makefile) keeps every file that Jupyter writes under .venv.
"""

import argparse
import json
import os
import secrets
import signal
import sys

# As long as JupyterLab is not there, Ctrl-C has nothing to end but this process, also while the modules are loaded.
signal.signal(signal.SIGINT, signal.SIG_DFL)

from jupyterlab.commands import get_workspaces_dir
from jupyterlab.labapp import LabApp
from jupyterlab_server.workspaces_handler import WorkspacesManager
from lessons import REPOSITORY, find_lesson, find_lessons
from nbformat import read
from nbformat.sign import NotebookNotary
from network import use_own_networks
from tornado.httputil import url_concat

STOPPING_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def workspace(name: str, paths: list[str]) -> dict:
    """A JupyterLab workspace that shows the notebooks at `paths` side by side, each in the same width."""
    widgets = [f"notebook:{path}" for path in paths]
    tabs = [{"type": "tab-area", "currentIndex": 0, "widgets": [widget]} for widget in widgets]
    side_by_side = {
        "type": "split-area",
        "orientation": "horizontal",
        "sizes": [1 / len(tabs)] * len(tabs),
        "children": tabs,
    }
    layout = {
        "main": {"current": widgets[0], "dock": side_by_side if len(tabs) > 1 else tabs[0]},
        "left": {"collapsed": True, "visible": True},
        "right": {"collapsed": True, "visible": True},
    }
    notebooks = {
        widget: {"data": {"path": path, "factory": "Notebook"}} for widget, path in zip(widgets, paths, strict=True)
    }
    return {"data": {"layout-restorer:data": layout, **notebooks}, "metadata": {"id": name}}


def import_workspaces() -> None:
    """Lays every lesson's workspace anew; how a reader left it is forgotten."""
    manager = WorkspacesManager(get_workspaces_dir())
    for name, notebooks in find_lessons().items():
        paths = [notebook.relative_to(REPOSITORY).as_posix() for notebook in notebooks]
        manager.save(name, json.dumps(workspace(name, paths)))


def trust_notebooks() -> None:
    """Signs the stored outputs of the lessons, so that JupyterLab shows their images."""
    notary = NotebookNotary()
    for notebooks in find_lessons().values():
        for notebook in notebooks:
            notary.sign(read(notebook, as_version=4))


def has_browser() -> bool:
    """Whether a browser that opened here would show on the reader's screen. BROWSER=none says no."""
    if browser := os.environ.get("BROWSER"):
        return browser != "none"
    if "SSH_CONNECTION" in os.environ:
        return False
    return sys.platform == "darwin" or "DISPLAY" in os.environ or "WAYLAND_DISPLAY" in os.environ


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pair", default="01-echo", metavar="NN-topic", help="the lesson to open")
    pair, _ = find_lesson(parser.parse_args().pair)

    use_own_networks()
    import_workspaces()
    trust_notebooks()

    landing_page = f"/lab/workspaces/{pair}"
    token = secrets.token_hex(24)
    server = LabApp.initialize_server(
        [
            f"--ServerApp.root_dir={REPOSITORY}",
            f"--LabApp.default_url={landing_page}",
            f"--ServerApp.open_browser={has_browser()}",
            f"--IdentityProvider.token={token}",
            f"--LabApp.app_settings_dir={REPOSITORY / 'tools' / 'jupyter' / 'lab'}",
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
