"""JupyterLab's workspaces: each lesson has one, in which its notebooks stand side by side."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType

from jupyterlab.commands import get_workspaces_dir
from jupyterlab_server.workspaces_handler import WorkspacesManager
from lessons import find_lessons
from nbformat import NO_CONVERT, read
from nbformat.sign import NotebookNotary


def workspace(name: str, paths: list[str], note: str | None = None) -> dict:
    """A JupyterLab workspace that shows the notebooks at `paths` side by side, each in the same width; the Markdown
    file at `note` has a tab beside the first."""
    widgets = [f"notebook:{path}" for path in paths]
    opened = {
        widget: {"data": {"path": path, "factory": "Notebook"}} for widget, path in zip(widgets, paths, strict=True)
    }
    tabs = [{"type": "tab-area", "currentIndex": 0, "widgets": [widget]} for widget in widgets]
    if note:
        widget = f"markdownviewer-widget:{note}"
        opened[widget] = {"data": {"path": note, "factory": "Markdown Preview"}}
        tabs[0]["widgets"].append(widget)
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
    return {"data": {"layout-restorer:data": layout, **opened}, "metadata": {"id": name}}


def import_workspaces(root: Path, notes: Mapping[Path, Path] = MappingProxyType({})) -> None:
    """Lays the workspace of every lesson in `root` anew, the folder that JupyterLab shows; how a reader left it is
    forgotten. A lesson of whose notebooks there are `notes` has the first of these beside them."""
    manager = WorkspacesManager(get_workspaces_dir())
    for name, notebooks in find_lessons(root / "notebooks").items():
        paths = [notebook.relative_to(root).as_posix() for notebook in notebooks]
        note = [notes[notebook].relative_to(root).as_posix() for notebook in notebooks if notebook in notes][:1]
        manager.save(name, json.dumps(workspace(name, paths, *note)))


def trust_notebooks(notebooks: Iterable[Path]) -> None:
    """Signs the stored outputs of these notebooks, so that JupyterLab shows their images."""
    notary = NotebookNotary()
    for notebook in notebooks:
        notary.sign(read(notebook, as_version=NO_CONVERT))
