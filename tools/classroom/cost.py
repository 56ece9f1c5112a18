"""What processes take of a machine."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass

import psutil


@dataclass(frozen=True)
class Cost:
    """Memory in octets, of which those that share some have their part each (PSS), and processor time in seconds."""

    memory: int = 0
    processor: float = 0.0

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(self.memory + other.memory, self.processor + other.processor)

    def __truediv__(self, count: int) -> "Cost":
        return Cost(self.memory // count, self.processor / count)

    def __str__(self) -> str:
        return f"{self.memory / 1e6:.0f} MB, {self.processor:.1f} s of processor time"


def cost_of(processes: Iterable[psutil.Process]) -> Cost:
    """Of these, and of their children that have ended."""
    total = Cost()
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            total += Cost(process.memory_full_info().pss, sum(process.cpu_times()[:4]))
    return total
