"""Work that a signal stops, with all that it has to clear up."""

import asyncio
import signal
from collections.abc import Coroutine
from typing import Any, TypeVar

STOPPING_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

T = TypeVar("T")


class Stopped(Exception):
    """A signal has stopped the work; `status` is the exit status that shells know for it, 128 + its number."""

    def __init__(self, number: int) -> None:
        super().__init__(f"stopped by signal {number}")
        self.status = 128 + number


async def until_stopped(work: Coroutine[Any, Any, T]) -> T:
    """The result of the work. At a stopping signal it is cancelled, once: a second one must not cut its ending short.
    Raises Stopped when it has ended."""
    task = asyncio.create_task(work)
    received: list[int] = []

    def stop(number: int) -> None:
        received.append(number)
        if len(received) == 1:
            task.cancel()

    for number in STOPPING_SIGNALS:
        asyncio.get_running_loop().add_signal_handler(number, stop, number)
    try:
        return await task
    except asyncio.CancelledError:
        raise Stopped(received[0]) from None
