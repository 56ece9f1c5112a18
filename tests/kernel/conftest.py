"""Kernels for the tests of this folder: one that the tests share, and new ones for those that need their own."""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from front_end import REPOSITORY, FrontEnd, Gate, new_kernel

# The tests run against another kernelspec by its name in KERNEL_NAME, for instance stock tslab's.
KERNEL_NAME = os.environ.get("KERNEL_NAME", "tslab")

Launch = Callable[..., FrontEnd]


class Copy:
    """A copy of the repository as the kernel needs it, whose helpers and whose compiled kernel a test may change."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.notebooks = folder / "notebooks"
        self.helpers = folder / "helpers"
        self.compiled = folder / ".build" / "kernel"
        self.kernelspecs = folder / "kernelspecs"
        self.notebooks.mkdir(parents=True)
        for name in ("package.json", "tsconfig.json"):
            shutil.copy(REPOSITORY / name, folder)
        for name in ("helpers", "interface", "kernel", ".build/kernel", ".build/interface", ".build/helpers"):
            shutil.copytree(REPOSITORY / name, folder / name)
        (folder / "node_modules").symlink_to(REPOSITORY / "node_modules")
        spec = {
            "argv": [shutil.which("node"), str(self.compiled / "main.js"), "{connection_file}"],
            "display_name": "A copy",
            "language": "typescript",
            "interrupt_mode": "message",
        }
        (self.kernelspecs / KERNEL_NAME).mkdir(parents=True)
        (self.kernelspecs / KERNEL_NAME / "kernel.json").write_text(json.dumps(spec))

    def helper(self, name: str, text: str) -> None:
        """Writes helpers/NAME; a later text differs in size or time, as an editor's does."""
        path = self.helpers / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


class SharedKernel:
    """A kernel that is replaced once a test has left it unusable."""

    def __init__(self, folder: Path = REPOSITORY / "notebooks", kernelspecs: Path | None = None) -> None:
        self.folder = folder
        self.kernelspecs = kernelspecs
        self.current: FrontEnd | None = None

    def front_end(self) -> FrontEnd:
        if self.current is None:
            self.current = FrontEnd(new_kernel(KERNEL_NAME, self.folder, self.kernelspecs))
            self.current.connect()
        return self.current

    def give_up(self) -> None:
        if self.current:
            end(self.current)
        self.current = None

    def is_usable(self) -> bool:
        """Whether the kernel still runs cells, one at a time."""
        if self.current is None:
            return False
        try:
            return self.current.run("'usable'").reply["status"] == "ok"
        except AssertionError:
            return False

    def lend(self) -> Iterator[FrontEnd]:
        """Gives the kernel to one test, and then looks at all that was said to it, and whether it goes on."""
        front_end = self.front_end()
        yield front_end
        usable = self.is_usable()
        last = [request.describe() for request in front_end.requests.values()][-3:]
        front_end.answer = None
        try:
            front_end.check()
        finally:
            front_end.requests.clear()
            front_end.others.clear()
            if not usable:
                self.give_up()
        assert usable, f"the test left a kernel that runs no cells: {last}"


def end(front_end: FrontEnd) -> None:
    front_end.close()
    front_end.kernel.shutdown_kernel(now=True)


@pytest.fixture(scope="session")
def shared_kernel() -> Iterator[SharedKernel]:
    shared = SharedKernel()
    yield shared
    shared.give_up()


@pytest.fixture
def kernel(shared_kernel: SharedKernel) -> Iterator[FrontEnd]:
    """A front end at the kernel that the tests share."""
    yield from shared_kernel.lend()


@pytest.fixture(scope="session")
def shared_copy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Copy, SharedKernel]]:
    copy = Copy(tmp_path_factory.mktemp("repository"))
    shared = SharedKernel(copy.notebooks, copy.kernelspecs)
    yield copy, shared
    shared.give_up()


@pytest.fixture
def helpers(shared_copy: tuple[Copy, SharedKernel]) -> Copy:
    """A copy of the repository, whose helpers a test may write; `edited` is a kernel of it."""
    return shared_copy[0]


@pytest.fixture
def edited(shared_copy: tuple[Copy, SharedKernel]) -> Iterator[FrontEnd]:
    """A front end at the kernel that the tests share and that belongs to the copy."""
    yield from shared_copy[1].lend()


@pytest.fixture
def launch() -> Iterator[Launch]:
    """Starts kernels of a test's own, which end with it: `launch(folder, kernelspecs)`."""
    launched: list[FrontEnd] = []

    def start(
        folder: Path = REPOSITORY / "notebooks", kernelspecs: Path | None = None, **arguments: object
    ) -> FrontEnd:
        front_end = FrontEnd(new_kernel(KERNEL_NAME, folder, kernelspecs, **arguments))
        launched.append(front_end)
        front_end.connect()
        return front_end

    yield start
    for front_end in launched:
        end(front_end)


@pytest.fixture
def gate(tmp_path: Path) -> Gate:
    """What a cell of one test waits for."""
    return Gate(tmp_path)


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    """A copy of the repository for one test, which may change the compiled kernel too."""
    return Copy(tmp_path / "repository")
