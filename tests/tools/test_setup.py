"""tools/setup.sh in a small repository of its own, with stand-ins for npm and Python that note each call."""

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]

# What setup.sh calls of the packages that the stand-ins "install": a compiler that notes its call too.
NPM = """#!/bin/sh
echo npm >>"$CALLS"
[ ! -e "$CALLS.hang" ] || exec sleep 60
mkdir -p node_modules/typescript/bin node_modules/ts-node/register
cp "$CALLS.tsc" node_modules/typescript/bin/tsc
>node_modules/ts-node/register/transpile-only.js
"""
NOTE = "require('fs').appendFileSync(process.env.CALLS, '{}\\n');"
TSC = (
    NOTE.format("tsc")
    + "require('fs').mkdirSync('.build/kernel/compile', { recursive: true });"
    + "require('fs').copyFileSync(`${process.env.CALLS}.helpers`, '.build/kernel/compile/keep-project.js');"
)
PYTHON = """#!/bin/sh
case "$*" in
--version) echo "Python 3.12.1" ;;
"-m venv .venv")
  echo venv >>"$CALLS"
  mkdir -p .venv/bin && cp "$0" .venv/bin/python ;;
"-m pip install"*)
  echo pip >>"$CALLS"
  [ -e "$CALLS.broken" ] || echo "Successfully installed" ;;
esac
"""
COMPILED = ["tsc", "helpers", "bundle"]
EVERYTHING = ["npm", "venv", "pip", "pip", *COMPILED]

PARTS = [
    "requirements.txt",
    "tools/pyproject.toml",
    "package-lock.json",
    "tsconfig.json",
    "kernel/main.ts",
    "interface/cell.ts",
    "helpers/socket.ts",
]


class Copy:
    """A repository with as much in it as setup.sh needs, and the commands that it finds."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "a repository"
        self.commands = folder / "bin"
        self.calls = folder / "calls"
        for path in ["tools", "kernel", "interface", "helpers"]:
            (self.folder / path).mkdir(parents=True)
        for name in ["setup.sh", "prerequisites.sh", "setup-steps.sh"]:
            shutil.copy(REPOSITORY / "tools" / name, self.folder / "tools")
        for name in PARTS:
            (self.folder / name).write_text(f"{name}\n")
        (self.folder / "tools" / "bundle.ts").write_text(NOTE.format("bundle"))
        Path(f"{self.calls}.tsc").write_text(TSC)
        Path(f"{self.calls}.helpers").write_text(NOTE.format("helpers"))
        self.commands.mkdir()
        for name in [
            "awk",
            "sh",
            "cat",
            "cksum",
            "cp",
            "dirname",
            "find",
            "mkdir",
            "node",
            "rm",
            "sed",
            "sleep",
            "sort",
        ]:
            (self.commands / name).symlink_to(shutil.which(name) or name)
        self.command("npm", NPM)
        self.command("python3", PYTHON)

    def command(self, name: str, script: str) -> None:
        (self.commands / name).unlink(missing_ok=True)
        (self.commands / name).write_text(script)
        (self.commands / name).chmod(0o755)

    def start(self) -> subprocess.Popen[str]:
        return subprocess.Popen(
            ["sh", str(self.folder / "tools" / "setup.sh")],
            env={"PATH": str(self.commands), "CALLS": str(self.calls)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def setup(self) -> list[str]:
        """Runs set-up. Returns what it called."""
        self.calls.write_text("")
        with self.start() as process:
            _, errors = process.communicate()
        assert (process.returncode, errors) == (0, "")
        return self.calls.read_text().split()

    def refusal(self) -> str:
        """Runs set-up, which must refuse. Returns what it said."""
        with self.start() as process:
            _, errors = process.communicate()
        assert process.returncode == 1
        assert not self.calls.exists()
        return errors


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    return Copy(tmp_path)


def test_second_setup_does_nothing_whatever_the_times_of_the_files(copy: Copy) -> None:
    assert copy.setup() == EVERYTHING
    for path in copy.folder.rglob("*"):
        os.utime(path, (time.time() + 60, time.time() + 60))
    assert copy.setup() == []


@pytest.mark.parametrize(
    ("changed", "calls"),
    [
        ("package-lock.json", ["npm", *COMPILED]),
        ("requirements.txt", ["venv", "pip", "pip"]),
        ("tools/pyproject.toml", ["venv", "pip", "pip"]),
        ("kernel/main.ts", COMPILED),
        ("interface/cell.ts", COMPILED),
        ("tsconfig.json", COMPILED),
        ("helpers/socket.ts", ["helpers"]),
    ],
)
def test_a_change_repeats_what_depends_on_it(copy: Copy, changed: str, calls: list[str]) -> None:
    copy.setup()
    before = (copy.folder / changed).stat()
    (copy.folder / changed).write_text("other\n")
    os.utime(copy.folder / changed, (before.st_atime, before.st_mtime))
    assert copy.setup() == calls


def test_a_moved_repository_gets_a_new_virtual_environment_snapshot_and_kernelspec(copy: Copy) -> None:
    copy.setup()
    copy.folder = copy.folder.rename(copy.folder.with_name("moved"))
    assert copy.setup() == ["venv", "pip", "pip", "bundle"]
    kernelspec = copy.folder / ".venv/share/jupyter/kernels/tslab/kernel.json"
    assert str(copy.folder / ".build/kernel/main.js") in kernelspec.read_text()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_a_stopped_setup_starts_again(copy: Copy, number: signal.Signals) -> None:
    hang = Path(f"{copy.calls}.hang")
    hang.touch()
    with copy.start() as process:
        while not copy.calls.exists():
            time.sleep(0.02)
        os.killpg(process.pid, number)
        process.communicate()
    assert process.returncode != 0
    hang.unlink()
    assert copy.setup() == EVERYTHING


def test_two_setups_at_once_do_everything_once(copy: Copy) -> None:
    hang = Path(f"{copy.calls}.hang")
    hang.touch()
    first = copy.start()
    while not copy.calls.exists():
        time.sleep(0.02)
    second = copy.start()
    assert second.stdout is not None
    assert "waiting" in second.stdout.readline()
    assert second.poll() is None
    os.killpg(first.pid, signal.SIGKILL)
    hang.unlink()
    first.communicate()
    second.communicate()
    assert copy.calls.read_text().split() == ["npm", *EVERYTHING]


def test_a_failed_installation_fails_and_starts_again(copy: Copy) -> None:
    broken = Path(f"{copy.calls}.broken")
    broken.touch()
    with copy.start() as process:
        process.communicate()
    assert process.returncode != 0
    broken.unlink()
    assert copy.setup() == ["venv", "pip", "pip", *COMPILED]


def test_without_its_bundle_the_kernel_is_set_up_all_the_same(copy: Copy) -> None:
    bundle = copy.folder / "tools" / "bundle.ts"
    whole = bundle.read_text()
    bundle.write_text("process.exit(1)")
    with copy.start() as process:
        _, errors = process.communicate()
    assert process.returncode == 0
    assert "take longer" in errors
    assert (copy.folder / ".venv/share/jupyter/kernels/tslab/kernel.json").exists()
    bundle.write_text(whole)
    assert copy.setup() == ["bundle"]


@pytest.mark.parametrize(
    ("name", "script", "words"),
    [
        ("node", "exit 1", "install 20.19 or newer"),
        ("npm", None, "npm is missing: install it"),
        ("node", None, "Node.js is missing: install Node.js 20.19 or newer"),
    ],
)
def test_a_missing_or_old_prerequisite_is_one_line(copy: Copy, name: str, script: str | None, words: str) -> None:
    (copy.commands / name).unlink()
    if script:
        copy.command(name, f"#!/bin/sh\n{script}\n")
    said = copy.refusal()
    assert words in said
    assert said.count("\n") == 1


@pytest.mark.parametrize(
    ("script", "words"),
    [
        (None, "Python is missing: install Python 3.10 or newer"),
        ('case "$*" in *version_info*) exit 1 ;; --version) echo Python 3.9.18 ;; esac', "Python 3.9.18 is too old"),
        ('case "$*" in *ensurepip*) echo trace >&2; exit 1 ;; esac', "apt install python3-venv"),
    ],
)
def test_a_missing_or_old_python_is_one_line(copy: Copy, script: str | None, words: str) -> None:
    (copy.commands / "python3").unlink()
    if script:
        copy.command("python3", f"#!/bin/sh\n{script}\n")
    said = copy.refusal()
    assert words in said
    assert said.count("\n") == 1


@pytest.mark.parametrize("name", ["package-lock.json", "requirements.txt"])
def test_the_lock_files_name_no_place_to_download_from(name: str) -> None:
    text = (REPOSITORY / name).read_text()
    assert '"resolved"' not in text
    assert "--index-url" not in text
