"""What binder/Dockerfile does, step by step in a folder: set-up for readers only, by a user whose home is empty, and a
reader who can only read what was set up. The image itself is built by tests/image/build.sh."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from terminal import REPOSITORY

USER = 1000
ALONE = ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups"] if os.getuid() == 0 else []


def environment(home: Path) -> dict[str, str]:
    """Nothing but the paths, and by which certificates this machine reaches the registries."""
    kept = ("PATH", "NODE_EXTRA_CA_CERTS", "PIP_CERT", "SSL_CERT_FILE")
    return {"HOME": str(home), "LANG": "C.UTF-8", **{name: os.environ[name] for name in kept if name in os.environ}}


def found_python() -> str | None:
    """A Python of this machine that the user can run, and that can make virtual environments."""
    for folder in os.get_exec_path():
        python = Path(folder, "python3")
        command = [*ALONE, str(python), "-c", "import ensurepip, sys; sys.exit(sys.version_info < (3, 10))"]
        if python.exists() and subprocess.run(command, capture_output=True, env=environment(Path("/"))).returncode == 0:
            return str(python)
    return None


PYTHON = found_python()
pytestmark = pytest.mark.skipif(PYTHON is None, reason=f"no python3 with venv that user {USER} can run")


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """An empty one, which the user can reach."""
    folder = Path(subprocess.check_output([*ALONE, "mktemp", "--directory"], text=True).strip())
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def project(home: Path) -> Iterator[Path]:
    """A copy of what git has, or would have, set up for readers, in which nothing can be written any more."""
    folder = Path(subprocess.check_output([*ALONE, "mktemp", "--directory"], text=True).strip(), "sockets")
    names = subprocess.check_output(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"], cwd=REPOSITORY, text=True
    )
    for name in filter(None, names.split("\0")):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileNotFoundError):  # removed and not committed, or another test's
            shutil.copy(REPOSITORY / name, folder / name)
    if ALONE:
        subprocess.run(["chown", "--recursive", f"{USER}:{USER}", folder], check=True)
    made = subprocess.run(
        [*ALONE, "make", "setup", "FOR=readers", f"PYTHON={PYTHON}"],
        cwd=folder,
        env=environment(home),
        text=True,
        capture_output=True,
    )
    assert made.returncode == 0, made.stderr
    if ALONE:
        subprocess.run(["chown", "--recursive", "root:root", folder], check=True)
    else:
        subprocess.run(["chmod", "--recursive", "a-w", folder], check=True)
    yield folder
    subprocess.run(["chmod", "--recursive", "u+w", folder], check=True)
    shutil.rmtree(folder.parent)


def run(home: Path, *command: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*ALONE, *map(str, command)], cwd=home, env=environment(home), text=True, capture_output=True)


def test_it_has_nothing_that_only_tests_need(project: Path) -> None:
    packages = {path.name for path in [*project.glob("node_modules/*"), *project.glob("node_modules/@*/*")]}
    assert {"koffi", "typescript", "zx"} <= packages
    assert not packages & {"biome", "chromium", "playwright-core", "axe-core", "typedoc"}
    commands = {path.name for path in project.glob(".venv/bin/*")}
    assert "jupyter-lab" in commands
    assert not commands & {"pytest", "ruff", "jupyter-repo2docker"}


def test_a_reader_runs_the_pair_of_lesson_01_as_it_is_stored(project: Path, home: Path) -> None:
    """Nor does anything need a network: the lesson's own one reaches nothing."""
    shutil.rmtree(home / ".npm", ignore_errors=True)
    lesson = ["tools/run.py", "--check", "--pair", "01-echo", "--notebooks", "notebooks"]
    ran = run(home, project / "binder" / "start", "python", *lesson)
    assert ran.returncode == 0, ran.stderr
    assert "outputs as stored" in ran.stdout
    assert (home / "sockets" / "notebooks" / "01-echo-server.ipynb").exists()


def test_make_is_one_line_that_names_the_way(project: Path, home: Path) -> None:
    for target in ["setup", "lab", "console", "run", "handouts"]:
        said = run(home, "make", "-C", project, target)
        [line] = [line for line in said.stderr.splitlines() if not line.startswith("make: ***")]
        assert f"{project}/binder/start jupyter lab" in line
