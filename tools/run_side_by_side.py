"""A few lessons at the same time, each in a network of its own: mostly they wait. Where there can be none they come one
after another, because their ports are fixed."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from typing import TypeVar

from lessons import Lesson
from network import problem
from run_conversation import together

T = TypeVar("T")


async def side_by_side(work: Callable[[Lesson], Awaitable[T]], lessons: list[Lesson]) -> list[T]:
    """What `work` gives for each lesson. When one fails the others are cancelled."""
    places = asyncio.Semaphore(1 if problem() else (os.cpu_count() or 1) + 1)

    async def in_its_place(lesson: Lesson) -> T:
        async with places:
            return await work(lesson)

    return await together(map(in_its_place, lessons))
