"""binder/start: what a reader finds who is given the lessons, the first time and later."""

import json
import os
import re
import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import nbformat
import pexpect
import psutil
import pytest
from nbformat.sign import NotebookNotary
from network import problem
from reader_folder import LINKED
from terminal import COMPILED, ENVIRONMENT, NOTEBOOKS, REPOSITORY, Lab

SERVER, CLIENT = NOTEBOOKS


class Reader:
    """A home, and a project of which the lessons may change."""

    def __init__(self, folder: Path) -> None:
        self.project = folder / "project"
        self.home = folder / "home"
        self.folder = self.home / "sockets"
        self.home.mkdir()
        for name in ["binder", "notebooks", "programs", "tools"]:
            shutil.copytree(REPOSITORY / name, self.project / name, ignore=COMPILED)
        for name in LINKED:
            if not (self.project / name).exists():
                (self.project / name).symlink_to(REPOSITORY / name)

    @property
    def environment(self) -> dict[str, str]:
        """Nothing of the settings that `make` gives to what it starts."""
        kept = {name: value for name, value in ENVIRONMENT.items() if not re.match("JUPYTER|IPYTHON|SOCKETS", name)}
        return {**kept, "HOME": str(self.home)}

    def start(self, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [self.project / "binder" / "start", *command], env=self.environment, text=True, capture_output=True
        )

    def starts(self, *command: str) -> str:
        """What the command prints, where there is nothing to tell the reader."""
        started = self.start(*command)
        assert (started.returncode, started.stderr) == (0, "")
        return started.stdout

    def open_in(self, lesson: str) -> list[str]:
        """The files that the workspace of a lesson opens."""
        [laid] = (self.home / ".jupyter/lab/workspaces").glob(f"{lesson}-*")
        data = json.loads(laid.read_text())["data"]
        return [each["data"]["path"] for name, each in data.items() if name != "layout-restorer:data"]

    @contextmanager
    def lab(self) -> Iterator[Lab]:
        """A JupyterLab with no settings but those that every server finds."""
        port = ["--ServerApp.port=0", "--no-browser"]
        command = [str(self.project / "binder" / "start"), "jupyter", "lab", *port]
        terminal = pexpect.spawn(command[0], command[1:], env=self.environment, encoding="utf-8", timeout=None)
        try:
            lab = Lab(terminal)
            # Jupyter says where it listens a moment before it does.
            while socket.socket().connect_ex(("127.0.0.1", urlsplit(lab.address).port)) != 0:
                time.sleep(0.05)
            yield lab
        finally:
            terminal.terminate(force=True)
            terminal.close()


@pytest.fixture
def reader(tmp_path: Path) -> Reader:
    return Reader(tmp_path)


def edit(notebook: Path, text: str) -> bytes:
    """Writes a cell at the end of a notebook. Returns what is then in the file."""
    node = nbformat.read(notebook, as_version=nbformat.NO_CONVERT)
    node.cells.append(nbformat.v4.new_code_cell(text))
    nbformat.write(node, notebook)
    return notebook.read_bytes()


def test_the_first_time_everything_is_laid_and_the_command_runs_there(reader: Reader) -> None:
    there, settings = reader.starts("sh", "-c", "pwd; echo $JUPYTER_CONFIG_PATH").split()
    assert Path(there) == reader.folder
    assert Path(settings) == reader.project / "tools" / "jupyter"
    for name in [SERVER, "programs/echo-server.ts"]:
        assert (reader.folder / name).read_bytes() == (reader.project / name).read_bytes()
        assert os.access(reader.folder / name, os.W_OK)
    for name in ["helpers/socket.ts", "node_modules/zx", ".venv/bin/python", "notebooks/claims.json"]:
        assert (reader.folder / name).exists()
    assert reader.open_in("01-echo") == NOTEBOOKS
    notary = NotebookNotary(data_dir=str(reader.home / ".local/share/jupyter"))
    assert notary.check_signature(nbformat.read(reader.folder / SERVER, as_version=nbformat.NO_CONVERT))


def test_the_command_gets_its_arguments_and_gives_its_status(reader: Reader) -> None:
    started = reader.start("sh", "-c", 'echo "$1"; exit 7', "-", "two words")
    assert (started.returncode, started.stdout) == (7, "two words\n")


def test_what_is_there_already_stays_and_what_was_deleted_comes_back(reader: Reader) -> None:
    reader.starts("true")
    written = edit(reader.folder / SERVER, "'mine'")
    for name in ["notebooks/mine.ipynb", "programs/mine.ts", "mine.txt"]:
        (reader.folder / name).write_text("mine")
    (reader.folder / "helpers").unlink()
    (reader.folder / "helpers").mkdir()
    (reader.folder / CLIENT).unlink()
    (reader.folder / "programs/echo-client.ts").write_text("mine")
    reader.starts("true")
    assert (reader.folder / SERVER).read_bytes() == written
    for name in ["notebooks/mine.ipynb", "programs/mine.ts", "mine.txt", "programs/echo-client.ts"]:
        assert (reader.folder / name).read_text() == "mine"
    assert list((reader.folder / "helpers").iterdir()) == []
    assert (reader.folder / CLIENT).read_bytes() == (reader.project / CLIENT).read_bytes()


@pytest.mark.parametrize("written", [True, False])
def test_a_newer_version_of_a_lesson_leaves_the_readers_as_it_is_and_is_told(reader: Reader, written: bool) -> None:
    reader.starts("true")
    before = edit(reader.folder / SERVER, "'mine'") if written else (reader.folder / SERVER).read_bytes()
    newer = edit(reader.project / SERVER, "'newer'")
    for _ in range(2):
        told = reader.start("true")
        assert told.returncode == 0
        assert "01-echo-server.ipynb" in told.stderr
        assert (reader.folder / SERVER).read_bytes() == before
        assert (reader.folder / "newer/01-echo-server.ipynb").read_bytes() == newer
        assert reader.open_in("01-echo") == [*NOTEBOOKS, "newer/A newer version.md"]
        assert "(01-echo-server.ipynb)" in (reader.folder / "newer/A newer version.md").read_text()
        assert len(reader.open_in("03-choosing-an-address")) == 2
    (reader.folder / SERVER).unlink()
    reader.starts("true")
    assert (reader.folder / SERVER).read_bytes() == newer
    assert not (reader.folder / "newer").exists()
    assert reader.open_in("01-echo") == NOTEBOOKS


def test_other_outputs_make_no_newer_version(reader: Reader) -> None:
    reader.starts("true")
    node = nbformat.read(reader.project / SERVER, as_version=nbformat.NO_CONVERT)
    for cell in node.cells:
        cell.pop("outputs", None)
        if cell.cell_type == "code":
            cell.outputs = []
    nbformat.write(node, reader.project / SERVER)
    reader.starts("true")


def test_in_a_folder_of_which_nothing_is_known_what_differs_is_told(reader: Reader) -> None:
    (reader.folder / "notebooks").mkdir(parents=True)
    (reader.folder / SERVER).write_text("no notebook")
    assert "01-echo-server.ipynb" in reader.start("true").stderr
    assert (reader.folder / SERVER).read_text() == "no notebook"


def test_a_project_that_lies_elsewhere_now_is_found(reader: Reader) -> None:
    reader.starts("true")
    reader.project = reader.project.rename(reader.project.with_name("moved"))
    reader.starts("true")
    assert (reader.folder / "tools").readlink() == reader.project / "tools"


def test_where_nothing_can_be_written_is_one_line(reader: Reader) -> None:
    reader.folder.write_text("in the way")
    started = reader.start("true")
    assert started.returncode == 1
    assert re.fullmatch(r"start: \S+/sockets\S* cannot be written \(.*\): SOCKETS_FOLDER .*\n", started.stderr)


def test_a_project_that_was_not_set_up_is_one_line(reader: Reader) -> None:
    (reader.project / ".venv").unlink()
    started = reader.start("true")
    assert started.returncode == 1
    assert re.fullmatch(r"start: \S+/project was not set up: .*\n", started.stderr)


def test_a_python_that_only_others_can_run_is_one_line_that_names_it(reader: Reader, tmp_path: Path) -> None:
    (reader.project / ".venv").unlink()
    (reader.project / ".venv" / "bin").mkdir(parents=True)
    (reader.project / ".venv" / "pyvenv.cfg").write_text(f"home = {tmp_path}\nversion = 3.13.5\n")
    (reader.project / ".venv" / "bin" / "python").symlink_to(tmp_path / "python3")
    started = reader.start("true")
    assert started.returncode == 1
    assert re.fullmatch(
        rf"start: the Python in {tmp_path} cannot be run by \w+: .* PYTHON=/usr/bin/python3\n", started.stderr
    )


def test_a_server_that_is_only_started_has_the_settings_of_make_lab(reader: Reader) -> None:
    with reader.lab() as lab:
        origin = "http://" + urlsplit(lab.address).netloc

        def page(path: str) -> tuple[str, str]:
            request = urllib.request.Request(origin + path, headers={"Authorization": f"token {lab.token}"})
            with urllib.request.urlopen(request) as answer:
                return answer.url, answer.read().decode()

        address, text = page("/")
        assert address == f"{origin}/lab/workspaces/01-echo"
        data = json.loads(re.search(r'id="jupyter-config-data"[^>]*>(.*?)</script>', text, re.DOTALL)[1])
        assert data["buildCheck"] is False
        assert data["news"] == {"disabled": True}
        assert "jp-RenderedSVG" in page("/custom/custom.css")[1]
        settings = json.loads(page("/lab/api/settings/@jupyterlab/notebook-extension:tracker")[1])
        assert settings["schema"]["properties"]["codeCellConfig"]["default"]["lineWrap"] is True
        assert "handout (PDF)" in lab.api("nbconvert")
        lab.open_notebooks()
        kernels = [process for process in lab.processes() if "kernel/main.js" in " ".join(process.cmdline())]
        assert len(kernels) == 2
        networks = {Path(f"/proc/{process.pid}/ns/net").readlink() for process in [*kernels, psutil.Process()]}
        assert len(networks) == (1 if problem() else 2)
