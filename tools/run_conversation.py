"""One lesson executed: each notebook in a kernel of its own, all at once, and their order held against `step`."""

import asyncio
import copy
import re
import subprocess
import time
from collections.abc import Awaitable, Callable, Iterable
from contextlib import AsyncExitStack
from subprocess import PIPE
from typing import TypeVar

from lessons import REPOSITORY, CodeCell, Lesson, LessonError, Notebook
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from network import problem
from run_kernel import Kernel, running_kernel
from run_outputs import difference, normalised, tidied

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")

LONGEST_HEAD_START = 5.0
"""Seconds after which the later half of a pair begins, though the first cell of the other has not come back."""

T = TypeVar("T")


class Conversation:
    """A lesson being executed: which cells are running, and which are still to come back."""

    def __init__(self, lesson: Lesson, report: Callable[[str], None]) -> None:
        self.lesson = lesson
        self.report = report
        self.running: list[CodeCell] = []
        self.awaited: list[CodeCell] = []
        self.begun = asyncio.Event()

    async def run(self, rounds: int, first: str | None, then: Lesson | None) -> list[NotebookNode]:
        """The notebooks as the first round left them."""
        async with AsyncExitStack() as stack:
            kernels = await together(
                stack.enter_async_context(running_kernel(notebook.kernel, notebook.path))
                for notebook in self.lesson.notebooks
            )
            executed = await self._round(kernels, first)
            for number in range(2, rounds + 1):
                self._compare(number, executed, await self._round(kernels, first))
            if then is not None:
                self.lesson = then
                await self._round(kernels, "client")
            return executed

    async def _round(self, kernels: list[Kernel], first: str | None) -> list[NotebookNode]:
        executed = [copy.deepcopy(notebook.node) for notebook in self.lesson.notebooks]
        self.awaited = self.lesson.code_cells
        self.begun.clear()
        await together(
            self._execute(notebook, node, kernel, late=self._is_late(notebook, first))
            for notebook, node, kernel in zip(self.lesson.notebooks, executed, kernels, strict=True)
        )
        return executed

    def _is_late(self, notebook: Notebook, first: str | None) -> bool:
        return first is not None and len(self.lesson.notebooks) == 2 and not notebook.path.stem.endswith(first)

    def _compare(self, number: int, before: list[NotebookNode], after: list[NotebookNode]) -> None:
        """Raises LessonError at the first cell that does not show the same as before."""
        one, other = normalised(before), normalised(after)
        # Ports that the system chooses may be the same by chance, in either round.
        if difference(one, other) is not None and (index := difference(other, one)) is not None:
            cell = self.lesson.code_cells[index]
            raise LessonError(f"{cell}: round {number} showed\n{other[index]}\nwhere round 1 had shown\n{one[index]}")

    async def _execute(self, notebook: Notebook, node: NotebookNode, kernel: Kernel, late: bool) -> None:
        if late:
            await self._head_start()
        client = NotebookClient(
            node,
            km=kernel.manager,
            timeout=None,  # the lesson has a limit, not each cell
            raise_on_iopub_timeout=True,
            skip_cells_with_tag="",
            record_timing=False,
            store_widget_state=False,
        )
        client.kc = kernel.client
        for cell in notebook.code_cells:
            self.running.append(cell)
            started = time.monotonic()
            await _execute_cell(client, cell, kernel)
            self._came_back(cell, time.monotonic() - started)

    async def _head_start(self) -> None:
        begun = asyncio.ensure_future(self.begun.wait())
        try:
            # Before Python 3.12, wait_for does not hear that it is cancelled when what it waits for is there as well.
            await asyncio.wait([begun], timeout=LONGEST_HEAD_START)
        finally:
            begun.cancel()

    def _came_back(self, cell: CodeCell, seconds: float) -> None:
        """Raises LessonError if a cell that stands before this one in the conversation has not come back yet."""
        self.running.remove(cell)
        self.awaited.remove(cell)
        self.begun.set()
        total = len(self.lesson.code_cells)
        count = f"{total - len(self.awaited):>3}/{total}"
        self.report(f"  {count}  {cell.path.stem} [{cell.number}] {cell.heading}  {seconds:.2f} s")
        for other in self.awaited:
            if cell.step is not None and other.step is not None and other.step < cell.step:
                raise LessonError(
                    f"{cell}: it came back out of its step {cell.step}: {other} has step {other.step} and had not come "
                    "back. Let this cell wait for something that is done after that one, or change the steps"
                )


async def converse(
    lesson: Lesson,
    report: Callable[[str], None],
    rounds: int = 1,
    first: str | None = None,
    then: Lesson | None = None,
) -> list[NotebookNode]:
    """Executes a lesson so many times in the same kernels. Returns its notebooks with the outputs of the first round;
    the lesson's own stay as they are.

    `first` is the half, "server" or "client", that begins before the other: until its first cell is back, or waits for
    the other. Without it both begin at once.
    `then` is the lesson in another form, executed last, the client first.
    Raises LessonError if a cell fails, is not executed, comes back out of its step or shows something else in another
    round, or if the lesson takes longer than its limit, times the rounds; it then says as well which ports of the
    lesson are held. When this returns, raises or has been cancelled, no kernel is left.
    """
    try:
        return await _within_limit(lesson, report, rounds, first, then)
    except LessonError as error:
        raise LessonError("\n".join([str(error), *_held_ports(lesson)])) from error


def _held_ports(lesson: Lesson) -> list[str]:
    """A line for each fixed port of the lesson that a program holds, now that its own kernels have ended. In a network
    of its own nobody else does."""
    if problem() is None:
        return []
    command = ["node", "--require", "ts-node/register/transpile-only", "tools/held-ports.ts"]
    notebooks = [str(notebook.path.resolve()) for notebook in lesson.notebooks]
    return subprocess.run([*command, *notebooks], cwd=REPOSITORY, stdout=PIPE, text=True).stdout.splitlines()


async def _within_limit(
    lesson: Lesson, report: Callable[[str], None], rounds: int, first: str | None, then: Lesson | None
) -> list[NotebookNode]:
    conversation = Conversation(lesson, report)
    task = asyncio.create_task(conversation.run(rounds, first, then))
    limit = lesson.time_limit * (rounds + (then is not None))
    try:
        done, _ = await asyncio.wait([task], timeout=limit)
        if not done:
            running = "; ".join(map(str, conversation.running)) or "none, the kernels had not started"
            raise LessonError(
                f"lesson {lesson.name}: it ran out of time after {limit:g} s, while there ran: {running}. "
                'A lesson that needs longer says so, in seconds, as "timeout" in the metadata of a notebook'
            )
        return await task
    finally:
        await _end([task])


async def _execute_cell(client: NotebookClient, cell: CodeCell, kernel: Kernel) -> None:
    replies: list[dict[str, dict[str, str]]] = []
    client.on_cell_executed = lambda cell, cell_index, execute_reply: replies.append(execute_reply)
    node = client.nb.cells[cell.index]
    try:
        await client.async_execute_cell(node, cell.index, execution_count=cell.number)
    except CellExecutionError as error:
        raise LessonError(f"{cell}: it failed: {_readable(error, node)}") from error
    except CellTimeoutError as error:
        raise LessonError(f"{cell}: the kernel answered, but never said on iopub that it was idle again") from error
    except DeadKernelError as error:
        raise LessonError(f"{cell}: the kernel ended while the cell was running:\n{kernel.last_words()}") from error
    status = replies[0]["content"]["status"] if replies else None
    if status not in ("ok", "error"):
        raise LessonError(f"{cell}: it was not executed: the kernel answered {status!r}")
    node.outputs = tidied(node.outputs)
    errors = [output for output in node.outputs if output.output_type == "error"]
    if "raises-exception" in node.metadata.get("tags", []):
        if status == "ok" and not errors:
            raise LessonError(f"{cell}: it succeeded, but its tag raises-exception says that it must fail")
    elif errors:
        raise LessonError(f"{cell}: it failed: {errors[0].ename}: {errors[0].evalue}")


def _readable(error: CellExecutionError, node: NotebookNode) -> str:
    """The error's name and message, and the lines that the kernel shows with it, without terminal colours."""
    summary = f"{error.ename}: {error.evalue}"
    shown = [line for output in node.outputs if output.output_type == "error" for line in output.traceback]
    traceback = _COLOUR.sub("", "\n".join(shown)).strip()
    return traceback if traceback.startswith(summary) else f"{summary}\n{traceback}".rstrip()


async def together(awaitables: Iterable[Awaitable[T]]) -> list[T]:
    """The results of all. When one fails, or this is cancelled, the others are cancelled and waited for."""
    tasks = [asyncio.ensure_future(awaitable) for awaitable in awaitables]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
        for task in done:
            if error := task.exception():
                raise error
        return [task.result() for task in tasks]
    finally:
        await _end(tasks)


async def _end(tasks: Iterable[asyncio.Future[T]]) -> None:
    unfinished = [task for task in tasks if not task.done()]
    for task in unfinished:
        task.cancel()
    await asyncio.gather(*unfinished, return_exceptions=True)
