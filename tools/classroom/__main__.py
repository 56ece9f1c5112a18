"""make class: a hub for so many readers on this machine, who all run the lesson of the echo, and what that takes.

Each logs in, has a server started, and runs both notebooks through hub and proxy, as a browser does. The kernels are in
networks of the readers' own, as deploy/without_containers.py has it.
"""

import argparse
import asyncio
import sys
import time
from collections.abc import Awaitable, Callable, Iterable
from contextlib import AsyncExitStack
from secrets import token_hex
from typing import TypeVar

import aiohttp
from lessons import NOTEBOOKS, LessonError, read_lessons
from run_outputs import difference, normalised
from stopping import Stopped, until_stopped

from classroom.cost import Cost, cost_of
from classroom.hub import Hub, HubError, running_hub
from classroom.reader import Reader, ReaderError

T = TypeVar("T")


def report(name: str, what: str) -> None:
    print(f"{name:<16} {what}", flush=True)


class Lesson:
    """The lesson that all run: what its notebooks are called, and what they are to show."""

    def __init__(self) -> None:
        [lesson] = read_lessons(NOTEBOOKS, "01-echo")
        self._cells = lesson.code_cells
        self.notebooks = [f"notebooks/{notebook.path.name}" for notebook in lesson.notebooks]
        self._stored = normalised((notebook.node for notebook in lesson.notebooks), anywhere=True)

    async def open(self, reader: Reader) -> list[str]:
        """The kernels of its notebooks."""
        return await asyncio.gather(*map(reader.open, self.notebooks))

    async def run(self, reader: Reader, kernels: list[str]) -> None:
        """Raises ReaderError where a cell fails, or shows something else than is stored."""
        ran = await asyncio.gather(*map(reader.run_all, self.notebooks, kernels))
        shown = normalised(ran, anywhere=True)
        index = difference(self._stored, shown)
        if index is not None:
            raise ReaderError(f"{self._cells[index]} shows {shown[index]}")


class Arrivals:
    """What becomes of the readers, and what the first of them said with whom something went wrong."""

    def __init__(self) -> None:
        self._begun = time.monotonic()
        self.broken: str | None = None

    async def all(self, readers: Iterable[Reader], does: Callable[[Reader], Awaitable[T]]) -> dict[Reader, T]:
        """Has all do this at once. Returns what came of it for those with whom nothing went wrong."""
        done: dict[Reader, T] = {}

        async def one(reader: Reader) -> None:
            try:
                done[reader] = await does(reader)
            except (ReaderError, aiohttp.ClientError, OSError) as error:
                self.broken = self.broken or f"{reader.name}, after {self.seconds()}: {error}"

        await asyncio.gather(*map(one, readers))
        return done

    def seconds(self) -> str:
        return f"{time.monotonic() - self._begun:.0f} s"


async def visit(hub: Hub, names: list[str], within: float) -> bool:
    """Has the readers come, all at once or evenly within so many seconds, and run the lesson. Prints what came of it.
    Returns whether all was right."""
    lesson, arrivals = Lesson(), Arrivals()

    async def come(reader: Reader) -> list[str]:
        await reader.log_in(token_hex())
        await reader.start_server()
        return await lesson.open(reader)

    async def come_and_run(reader: Reader) -> None:
        await asyncio.sleep(within * names.index(reader.name) / max(1, len(names) - 1))
        await lesson.run(reader, await come(reader))

    async with AsyncExitStack() as stack:
        readers = [await stack.enter_async_context(Reader(hub.address, name)) for name in names]
        if within:
            right = await arrivals.all(readers, come_and_run)
        else:
            opened = await arrivals.all(readers, come)
            report("servers up", f"{len(opened)} of {len(names)} after {arrivals.seconds()}")
            right = await arrivals.all(opened, lambda reader: lesson.run(reader, opened[reader]))
        report("all pairs done", f"after {arrivals.seconds()}")
        report("right", f"{len(right)} of {len(names)}")
        costs = {name: cost_of(processes) for name, processes in hub.processes().items()}
    common = costs.pop("", Cost())
    report("a reader", str(sum(costs.values(), Cost()) / max(1, len(costs))))
    report("hub and proxy", str(common))
    report("broken first", arrivals.broken or "nothing")
    return len(right) == len(names)


async def run(count: int, within: float) -> bool:
    names = [f"reader{number:02}" for number in range(1, count + 1)]
    when = f"within {within:g} seconds" if within else "at once"
    print(f"{count} readers, {when}, each with both notebooks of 01-echo", flush=True)
    async with running_hub(names) as hub:
        return await visit(hub, names, within)


def main() -> int:
    """Exit status: 0 when all was right, 1 when not, 2 for wrong usage, 128 + n when signal n stopped it."""
    parser = argparse.ArgumentParser(prog="make class", description=__doc__.partition("\n")[0])
    parser.add_argument("--readers", type=int, default=3, metavar="N")
    parser.add_argument("--within", type=float, default=0, metavar="SECONDS", help="they come one after another")
    arguments = parser.parse_args()
    if arguments.readers < 1 or arguments.within < 0:
        parser.error(f"there cannot be {arguments.readers} readers within {arguments.within:g} seconds")
    try:
        return 0 if asyncio.run(until_stopped(run(arguments.readers, arguments.within))) else 1
    except (HubError, LessonError) as error:
        print(f"make class: {error}", file=sys.stderr)
        return 1
    except Stopped as stopped:
        return stopped.status


if __name__ == "__main__":
    sys.exit(main())
