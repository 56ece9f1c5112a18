"""tools/setup.sh in a small repository of its own, with stand-ins for npm and Python that note each call."""

import os
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path

import psutil
import pytest
from processes import wait_for_end

REPOSITORY = Path(__file__).resolve().parents[2]

# What setup.sh calls of the packages that the stand-ins "install": a compiler that notes its call too.
NPM = """#!/bin/sh
echo npm >>"$CALLS"
echo "$*" >"$CALLS.npm"
[ ! -e "$CALLS.hang" ] || exec sleep 60
mkdir -p node_modules/typescript/bin node_modules/ts-node/register
cp "$CALLS.tsc" node_modules/typescript/bin/tsc
>node_modules/ts-node/register/transpile-only.js
"""
NOTE = "require('fs').appendFileSync(process.env.CALLS, '{}\\n');"
TSC = (
    NOTE.format("tsc")
    + "const folder = process.argv[process.argv.indexOf('--outDir') + 1];"
    + "for (const part of ['kernel/compile', 'interface'])"
    + "  require('fs').mkdirSync(`${folder}/${part}`, { recursive: true });"
    + "require('fs').copyFileSync(`${process.env.CALLS}.helpers`, `${folder}/kernel/compile/keep-project.js`);"
)
EXTENSION = NOTE.format("extension") + "require('fs').mkdirSync(process.argv[2], { recursive: true });"
PYTHON = """#!/bin/sh
case "$*" in
--version) echo "Python 3.12.1" ;;
"-m venv .venv")
  echo venv >>"$CALLS"
  mkdir -p .venv/bin && cp "$0" .venv/bin/python ;;
"-m pip install"*)
  echo pip >>"$CALLS"
  [ ! -f .build/requirements.in ] || cp .build/requirements.in "$CALLS.pip"
  [ -e "$CALLS.broken" ] || echo "Successfully installed" ;;
esac
"""
COMPILED = ["tsc", "helpers", "bundle"]
EVERYTHING = ["npm", "venv", "pip", "pip", *COMPILED, "extension"]

PARTS = [
    "requirements.in",
    "requirements.txt",
    "tools/pyproject.toml",
    "package-lock.json",
    "tsconfig.json",
    "kernel/main.ts",
    "interface/cell.ts",
    "helpers/socket.ts",
    "kernel/logo/logo-svg.svg",
    "extension/container.ts",
]


class Copy:
    """A repository with as much in it as setup.sh needs, and the commands that it finds."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "a repository"
        self.commands = folder / "bin"
        self.calls = folder / "calls"
        for path in ["tools", "kernel/logo", "interface", "helpers", "extension"]:
            (self.folder / path).mkdir(parents=True)
        for name in ["setup.sh", "prerequisites.sh", "setup-steps.sh"]:
            shutil.copy(REPOSITORY / "tools" / name, self.folder / "tools")
        for name in PARTS:
            (self.folder / name).write_text(f"{name}\n")
        (self.folder / "tools" / "bundle.ts").write_text(NOTE.format("bundle"))
        (self.folder / "tools" / "extension.ts").write_text(EXTENSION)
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
            "readlink",
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

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            ["sh", str(self.folder / "tools" / "setup.sh"), *arguments],
            env={"PATH": str(self.commands), "CALLS": str(self.calls)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def setup(self, *arguments: str) -> list[str]:
        """Runs set-up. Returns what it called."""
        self.calls.write_text("")
        with self.start(*arguments) as process:
            _, errors = process.communicate()
        assert (process.returncode, errors) == (0, "")
        return self.calls.read_text().split()

    def refusal(self, *arguments: str) -> str:
        """Runs set-up, which must refuse. Returns what it said."""
        with self.start(*arguments) as process:
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
        ("package-lock.json", ["npm", *COMPILED, "extension"]),
        ("requirements.txt", ["venv", "pip", "pip", "extension"]),
        ("tools/pyproject.toml", ["venv", "pip", "pip", "extension"]),
        ("kernel/main.ts", COMPILED),
        ("interface/cell.ts", COMPILED),
        ("tsconfig.json", COMPILED),
        ("helpers/socket.ts", ["helpers"]),
        ("kernel/logo/logo-svg.svg", [*COMPILED, "extension"]),
        ("extension/container.ts", ["extension"]),
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
    assert copy.setup() == ["venv", "pip", "pip", "bundle", "extension"]
    kernelspec = copy.folder / ".venv/share/jupyter/kernels/tslab/kernel.json"
    assert str(copy.folder / ".build/kernel/main.js") in kernelspec.read_text()
    assert (kernelspec.parent / "logo-svg.svg").exists()


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


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_at_once_whatever_npm_is_at(copy: Copy, number: signal.Signals) -> None:
    """npm takes back what it has done, which takes its time."""
    copy.command(
        "npm", '#!/bin/sh\ntrap \'\' INT TERM\necho $$ >"$CALLS.part"; mv "$CALLS.part" "$CALLS"\nexec sleep 2000\n'
    )
    (copy.commands / "mv").symlink_to(shutil.which("mv") or "mv")
    with copy.start() as process:
        while not copy.calls.exists():
            time.sleep(0.02)
        npm = psutil.Process(int(copy.calls.read_text()))
        os.killpg(process.pid, number)
        process.communicate()
    assert process.returncode == 128 + number
    wait_for_end([npm])


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


def test_where_nothing_is_to_be_done_nobody_waits(copy: Copy) -> None:
    """Two commands of make that are given at the same time."""
    copy.setup()
    lock = copy.folder / ".build" / "setup.lock"
    lock.write_text(f"{os.getpid()}\n")
    with copy.start() as process:
        said = process.communicate()
    assert (process.returncode, said) == (0, ("", ""))
    assert lock.exists()


def test_the_lock_of_a_process_in_another_container_is_left_alone(copy: Copy) -> None:
    """Whose number is nobody's here, or another's."""
    lock = copy.folder / ".build" / "setup.lock"
    lock.parent.mkdir()
    lock.write_text("4194305 pid:[1]\n")
    with copy.start() as process:
        assert process.stdout is not None
        assert "4194305; if it is none, delete .build/setup.lock" in process.stdout.readline()
        lock.unlink()
        process.communicate()
    assert process.returncode == 0


def test_a_lock_that_cannot_be_written_is_one_line(copy: Copy) -> None:
    (copy.folder / ".build" / "setup.lock").mkdir(parents=True)
    assert ".build/setup.lock cannot be written" in copy.refusal()


READ_ONLY = """
mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" && shift && exec "$@"
"""


def read_only(folder: Path, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs a command that sees this folder on a file system on which nothing can be written, whoever runs it."""
    alone = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", READ_ONLY, "sh", str(folder)]
    return subprocess.run([*alone, *command], cwd=folder, env=environment, capture_output=True, text=True)


needs_mounts = pytest.mark.skipif(
    not shutil.which("unshare") or read_only(Path(__file__).parent, "true", PATH=os.environ["PATH"]).returncode != 0,
    reason="here an ordinary user cannot mount what is only read",
)


@needs_mounts
@pytest.mark.parametrize("target", ["setup", "lab", "console", "run", "handouts", "check"])
def test_a_folder_that_cannot_be_written_is_one_line_at_once(copy: Copy, target: str) -> None:
    shutil.copy(REPOSITORY / "Makefile", copy.folder)
    said = read_only(copy.folder, "make", target, PATH=os.environ["PATH"], CALLS=str(copy.calls))
    assert said.returncode == 2
    [line] = [line for line in said.stderr.splitlines() if not line.startswith("make: ***")]
    assert line.startswith(f"make setup: {copy.folder} cannot be written by ")
    assert line.endswith("clone the project into a folder of your own")
    assert said.stdout == ""
    assert not copy.calls.exists()


@needs_mounts
@pytest.mark.parametrize("place", [".", ".build", ".venv", "node_modules"])
def test_where_others_have_set_it_up_it_names_what_gives_a_folder_of_ones_own(copy: Copy, place: str) -> None:
    copy.setup()
    folder = copy.folder / place
    command = ["sh", str(copy.folder / "tools" / "setup.sh")]
    said = read_only(folder, *command, PATH=f"{copy.commands}:{os.environ['PATH']}", CALLS=str(copy.calls))
    assert said.returncode == 1
    assert said.stderr.startswith(f"make setup: {folder.resolve()} cannot be written by ")
    assert f": {copy.folder}/binder/start jupyter lab makes a folder of your own" in said.stderr
    assert said.stderr.count("\n") == 1


def test_readers_need_nothing_that_only_tests_do(copy: Copy) -> None:
    (copy.folder / "requirements.in").write_text("shown\n# Tests and checks\ntested\n")
    assert copy.setup("readers") == EVERYTHING
    assert "--omit=dev" in Path(f"{copy.calls}.npm").read_text()
    assert Path(f"{copy.calls}.pip").read_text() == "shown\n"
    assert copy.setup("readers") == []
    assert copy.setup() == ["npm", "venv", "pip", "pip", "extension"]
    assert "--include=dev" in Path(f"{copy.calls}.npm").read_text()


def test_who_has_all_keeps_all(copy: Copy) -> None:
    copy.setup()
    assert copy.setup("readers") == []
    (copy.folder / "package-lock.json").write_text("other\n")
    assert copy.setup("readers") == ["npm", *COMPILED, "extension"]
    assert "--include=dev" in Path(f"{copy.calls}.npm").read_text()


def test_a_set_up_for_anybody_else_is_one_line(copy: Copy) -> None:
    assert copy.refusal("teachers") == "make setup: FOR=teachers: it is FOR=readers, or left out\n"


def test_what_readers_need_is_all_pinned() -> None:
    """The requirements above the line from which on only tests need them are no fewer than the commands import."""
    shown = (REPOSITORY / "requirements.in").read_text().partition("# Tests")[0]
    pinned = (REPOSITORY / "requirements.txt").read_text()
    for name in re.findall(r"^[\w-]+", shown, re.MULTILINE):
        assert re.search(rf"^{name}==", pinned, re.MULTILINE)


def test_a_failed_installation_fails_and_starts_again(copy: Copy) -> None:
    broken = Path(f"{copy.calls}.broken")
    broken.touch()
    with copy.start() as process:
        process.communicate()
    assert process.returncode != 0
    broken.unlink()
    assert copy.setup() == ["venv", "pip", "pip", *COMPILED, "extension"]


def test_a_kernel_that_does_not_compile_leaves_the_one_that_is_there(copy: Copy) -> None:
    copy.setup()
    kernel = copy.folder / ".build" / "kernel"
    compiled = sorted(path.relative_to(kernel) for path in kernel.rglob("*"))
    (copy.folder / "kernel" / "main.ts").write_text("other\n")
    tsc = copy.folder / "node_modules" / "typescript" / "bin" / "tsc"
    works = tsc.read_text()
    tsc.write_text(f"{works} process.exit(1);")
    with copy.start() as process:
        process.communicate()
    assert process.returncode != 0
    assert sorted(path.relative_to(kernel) for path in kernel.rglob("*")) == compiled
    tsc.write_text(works)
    assert copy.setup() == COMPILED


@pytest.mark.parametrize(("step", "said"), [("bundle", "take longer"), ("extension", "no menu of lessons")])
def test_what_can_be_done_without_does_not_stop_it(copy: Copy, step: str, said: str) -> None:
    program = copy.folder / "tools" / f"{step}.ts"
    whole = program.read_text()
    program.write_text("process.exit(1)")
    with copy.start() as process:
        _, errors = process.communicate()
    assert process.returncode == 0
    assert said in errors
    assert (copy.folder / ".venv/share/jupyter/kernels/tslab/kernel.json").exists()
    program.write_text(whole)
    assert copy.setup() == [step]


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
