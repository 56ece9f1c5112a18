"""A hub with three readers, as deploy/without_containers.py has it: what each has, and what none has of another's."""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import psutil
import pytest
from classroom.__main__ import Lesson
from classroom.hub import Hub, running_hub
from classroom.reader import Reader, ReaderError
from nbformat.v4 import new_code_cell, new_notebook
from network import problem
from users import FIRST_USER, one_user, opened

T = TypeVar("T")

NAMES = ["ada", "grace", "radia"]
PASSWORD = "as long as it must be"
WITHOUT = problem()

own_networks = pytest.mark.skipif(WITHOUT is not None, reason=f"no network of its own here: {WITHOUT}")


@dataclass
class Readers:
    """The readers in their browsers, each with the lesson open."""

    hub: Hub
    one_user: str | None
    loop: asyncio.AbstractEventLoop
    browsers: list[Reader] = field(default_factory=list)
    kernels: list[list[str]] = field(default_factory=list)
    lesson: Lesson = field(default_factory=Lesson)

    def wait(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(work)

    def cell(self, number: int, code: str) -> str:
        """What a cell in the client's notebook of a reader prints."""
        notebook = new_notebook(cells=[new_code_cell(code)])
        self.wait(self.browsers[number].run(notebook, self.kernels[number][1]))
        return "".join(output.get("text", "") for output in notebook.cells[0].outputs)

    def processes(self, number: int, part: str) -> list[psutil.Process]:
        """A reader's processes in whose command this stands."""
        found = []
        for process in self.hub.processes()[NAMES[number]]:
            with suppress(psutil.NoSuchProcess):
                if part in " ".join(process.cmdline()):
                    found.append(process)
        return found


@asynccontextmanager
async def at_work(loop: asyncio.AbstractEventLoop, staging: Path) -> AsyncIterator[Readers]:
    reason = one_user(staging)
    started = running_hub(NAMES) if reason else running_hub(NAMES, FIRST_USER, within=opened(staging))
    async with AsyncExitStack() as stack:
        hub = await stack.enter_async_context(started)
        readers = Readers(hub, reason, loop)
        readers.browsers = [await stack.enter_async_context(Reader(hub.address, name)) for name in NAMES]

        async def come(reader: Reader) -> list[str]:
            await reader.log_in(PASSWORD)
            await reader.start_server()
            return await readers.lesson.open(reader)

        readers.kernels = await asyncio.gather(*map(come, readers.browsers))
        yield readers


@pytest.fixture(scope="module")
def readers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Readers]:
    loop = asyncio.new_event_loop()
    context = at_work(loop, tmp_path_factory.mktemp("staging"))
    yield loop.run_until_complete(context.__aenter__())
    loop.run_until_complete(context.__aexit__(None, None, None))
    loop.close()


@pytest.fixture
def three_users(readers: Readers) -> None:
    if readers.one_user:
        pytest.skip(f"the readers are one user of this system: {readers.one_user}")


@pytest.mark.parametrize(("name", "password"), [("ada", "another password"), ("mallory", PASSWORD)])
def test_a_name_that_was_not_given_out_or_another_password_is_refused(
    readers: Readers, name: str, password: str
) -> None:
    async def come() -> None:
        async with Reader(readers.hub.address, name) as browser:
            await browser.log_in(password)

    with pytest.raises(ReaderError, match="cannot log in: 403"):
        readers.wait(come())


def test_each_has_the_pair_side_by_side(readers: Readers) -> None:
    for browser in readers.browsers:
        workspace = readers.wait(browser.ask("lab/api/workspaces/01-echo"))
        [*areas] = workspace["data"]["layout-restorer:data"]["main"]["dock"]["children"]
        assert [area["widgets"] for area in areas] == [[f"notebook:{path}"] for path in readers.lesson.notebooks]


@own_networks
def test_all_run_the_pair_at_once_and_each_sees_what_is_stored(readers: Readers) -> None:
    async def all_at_once() -> None:
        await asyncio.gather(*map(readers.lesson.run, readers.browsers, readers.kernels))

    readers.wait(all_at_once())


@own_networks
def test_ports_are_each_readers_own(readers: Readers) -> None:
    listen = "createServer().listen(10000, '0.0.0.0'); await once(server, 'listening'); console.log('listens')"
    imports = "import { connect, createServer } from 'node:net'; import { once } from 'node:events';"
    for number in [0, 1]:
        assert readers.cell(number, f"{imports} const server = {listen}") == "listens\n"
    ask = "await once(connect(10000, '127.0.0.1'), 'connect').catch((error) => error.code)"
    assert readers.cell(2, f"{imports} console.log({ask})") == "ECONNREFUSED\n"


def test_the_menu_has_handouts(readers: Readers) -> None:
    [ada, *_] = readers.browsers
    formats = readers.wait(ada.ask("api/nbconvert"))
    assert {"handout (HTML)", "handout (PDF)"} <= set(formats)
    page = readers.wait(ada.download(f"nbconvert/handout (HTML)/{readers.lesson.notebooks[0]}?download=true"))
    assert page.startswith(b"<!doctype html>")


@pytest.mark.usefixtures("three_users")
def test_all_kernels_of_a_reader_share_one_compiler(readers: Readers) -> None:
    for number in range(len(NAMES)):
        readers.cell(number, "1 + 1")
        assert len(readers.processes(number, "snapshot-blob")) == 1


def test_a_browser_has_nothing_of_another_readers_server(readers: Readers) -> None:
    ada, grace, _ = readers.browsers
    for path in ["api/contents", "api/kernels", f"files/{readers.lesson.notebooks[0]}", "lab"]:
        assert readers.wait(grace.status(ada.page / path)) in (403, 404)


TRY = """
import { readdirSync, readFileSync } from "node:fs";
const tried = (what: () => unknown) => {
  try { what(); return "done" } catch (error) { return (error as NodeJS.ErrnoException).code }
};
"""


@own_networks
@pytest.mark.usefixtures("three_users")
def test_nobody_reads_another_readers_files_or_sends_signals_to_what_is_anothers(readers: Readers) -> None:
    home = readers.hub.home("ada")
    [server] = readers.processes(0, "jupyterhub-singleuser")
    kernel, *_ = readers.processes(0, "kernel/main.js")
    [network] = {process.environ()["NETWORK_FOLDER"] for process in readers.processes(0, "kernel/main.js")}
    kept = readers.hub.folder / "hub"
    tries = {
        "home": f'readdirSync("{home}")',
        "notebook": f'readFileSync("{home}/sockets/{readers.lesson.notebooks[0]}")',
        "records": f'readdirSync("{network}/records")',
        "kernel's sockets": f'readdirSync("{network}")',
        "compiler": f'readdirSync("{readers.hub.folder}/tmp/typescript-kernel-{FIRST_USER}")',
        "token": f'readFileSync("/proc/{server.pid}/environ")',
        "passwords": f'readdirSync("{kept}")',
        "network": f'readdirSync("/proc/{kernel.pid}/fd")',
    }
    calls = "".join(f'console.log("{name}", tried(() => {call}));\n' for name, call in tries.items())
    assert readers.cell(1, TRY + calls).splitlines() == [f"{name} EACCES" for name in tries]
    signals = f"console.log(tried(() => process.kill({server.pid})), tried(() => process.kill({kernel.pid})))"
    assert readers.cell(1, TRY + signals) == "EPERM EPERM\n"
    # The same calls reach what is the reader's own.
    own = calls.replace(str(home), str(readers.hub.home("grace")))
    assert readers.cell(1, TRY + own).splitlines()[:2] == ["home done", "notebook done"]


@own_networks
@pytest.mark.usefixtures("three_users")
def test_nobody_enters_another_readers_network(readers: Readers) -> None:
    kernel, *_ = readers.processes(0, "kernel/main.js")
    enter = f'spawnSync("nsenter", ["--target={kernel.pid}", "--user", "--net", "true"])'
    code = f'import {{ spawnSync }} from "node:child_process"; console.log({enter}.status)'
    assert readers.cell(1, code) == "1\n"
