"""make run and make soak: executes every lesson headless and stores what its notebooks print.

The two notebooks of a pair run at the same time, each in a kernel of its own; so do a few lessons, if each can have a
network of its own. Nothing is stored unless everything succeeded. The notebooks of a lesson are rewritten together, so
that both show the same conversation, and only if something differs that is not a port, a process, a descriptor, a time
or a path, and not in a cell that is tagged as depending on this machine.
"""

import argparse
import asyncio
import logging
import os
import shutil
import sys
import time
from pathlib import Path

import nbformat
from lessons import NOTEBOOKS, Lesson, LessonError, Notebook, read_lessons
from nbformat.sign import NotebookNotary
from run_conversation import converse
from run_outputs import difference, normalised
from run_side_by_side import side_by_side
from stopping import Stopped, until_stopped

# Where JupyterLab looks up which outputs it may show, as the Makefile sets it.
JUPYTER_DATA = Path(sys.prefix, "share", "jupyter")


def report(line: str) -> None:
    print(line, flush=True)


Changed = list[tuple[Notebook, nbformat.NotebookNode]]
"""What is to be stored: notebooks as they were, with the same as they are now."""


async def run(lessons: list[Lesson], rounds: int, first: str | None, check: bool) -> Changed:
    """Executes the lessons. Returns what is to be stored. With `check` nothing is, and LessonError is raised where
    something else is shown than is stored."""
    all_changed = await side_by_side(lambda lesson: run_lesson(lesson, rounds, first, check), lessons)
    return [each for changed in all_changed for each in changed]


async def run_lesson(lesson: Lesson, rounds: int, first: str | None, check: bool) -> Changed:
    """The same for one lesson."""
    report(lesson.name)
    started = time.monotonic()
    executed = await converse(lesson, report, rounds, first)
    before = normalised((notebook.node for notebook in lesson.notebooks), anywhere=True)
    after = normalised(executed, anywhere=True)
    index = difference(before, after)
    if index is not None and check:
        raise LessonError(
            f"{lesson.code_cells[index]}: its outputs are not as stored. It showed\n{after[index]}\n"
            f"where there is stored\n{before[index]}"
        )
    as_stored = "outputs as stored" if index is None else "new outputs"
    report(f"{lesson.name}: {as_stored}, {time.monotonic() - started:.1f} s")
    return [] if index is None else list(zip(lesson.notebooks, executed, strict=True))


async def soak(lessons: list[Lesson], times: int) -> None:
    """Executes the lessons so many times, each time in new kernels and in the other order. Raises LessonError at the
    first failure; another output than the stored one is a failure too."""
    for number in range(1, times + 1):
        first = "server" if number % 2 else "client"
        turn = f"time {number} of {times}, {first} first"
        report(turn)
        try:
            await run(lessons, rounds=1, first=first, check=True)
        except LessonError as error:
            raise LessonError(f"{turn}: {error}") from error
    report(f"no failure: {len(lessons)} {'lesson' if len(lessons) == 1 else 'lessons'}, {times} times")


def store(changed: Changed) -> None:
    """Writes these notebooks, whole or not at all, and signs them. Raises LessonError, before anything is written, if
    one was edited since the run began."""
    for before, _ in changed:
        if before.path.read_bytes() != before.content:
            raise LessonError(f"{before.path.name} was edited while it ran: run again to have its outputs stored")
    new = {before.path: before.path.with_name(f".{before.path.name}.{os.getpid()}") for before, _ in changed}
    try:
        for before, after in changed:
            nbformat.validate(after)
            new[before.path].write_text(nbformat.writes(after) + "\n", encoding="utf-8")
            shutil.copymode(before.path, new[before.path])
        for path, file in new.items():
            file.replace(path)
    finally:
        for file in new.values():
            file.unlink(missing_ok=True)
    notary = NotebookNotary(data_dir=str(JUPYTER_DATA))
    for _, after in changed:
        notary.sign(after)


async def main() -> int:
    """Exit status: 0 when every lesson ran as it should, 1 when not, 2 for wrong usage, 128 + n when signal n stopped
    the run."""
    parser = argparse.ArgumentParser(prog="run.py", description=__doc__.partition("\n")[0])
    parser.add_argument("--pair", metavar="NN-topic", help="this lesson only")
    parser.add_argument("--order", choices=["server-first", "client-first"], help="which half of a pair begins earlier")
    parser.add_argument(
        "--rounds",
        type=int,
        default=1,
        metavar="N",
        help="execute a lesson N times in the same kernels, which must agree",
    )
    parser.add_argument("--check", action="store_true", help="store nothing, and fail where outputs are not as stored")
    parser.add_argument(
        "--soak", type=int, metavar="N", help="check everything N times in new kernels, alternating the order"
    )
    parser.add_argument("--notebooks", type=Path, default=NOTEBOOKS, metavar="FOLDER", help="where the lessons are")
    arguments = parser.parse_args()
    if arguments.soak is not None and arguments.soak < 1:
        parser.error(f"the lessons cannot be executed {arguments.soak} times")
    command = "make run" if arguments.soak is None else "make soak"

    async def run_or_soak() -> None:
        lessons = read_lessons(arguments.notebooks, arguments.pair)
        first = arguments.order and arguments.order.removesuffix("-first")
        if arguments.soak is None:
            store(await run(lessons, arguments.rounds, first, arguments.check))
        else:
            await soak(lessons, arguments.soak)

    try:
        await until_stopped(run_or_soak())
    except LessonError as error:
        print(f"{command}: {error}\nEvery notebook is as it was.", file=sys.stderr)
        return 1
    except Stopped as stopped:
        print(f"{command}: stopped. Every notebook is as it was.", file=sys.stderr)
        return stopped.status
    return 0


if __name__ == "__main__":
    logging.getLogger("traitlets").setLevel(logging.CRITICAL)  # what nbclient logs, LessonError says
    sys.exit(asyncio.run(main()))
