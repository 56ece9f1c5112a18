"""Processes that are told by a mark in their environment, which whatever they start inherits."""

from collections.abc import Iterator
from contextlib import suppress

import psutil


def marked(variable: str, value: str) -> Iterator[psutil.Process]:
    """The processes in whose environment the variable has this value; its `environ` is in `info` of each."""
    for process in psutil.process_iter(["environ"]):
        if (process.info["environ"] or {}).get(variable) == value:
            yield process


def kill_marked(variable: str, value: str) -> None:
    """Kills them, and waits until they have ended."""
    left = list(marked(variable, value))
    for process in left:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(left, timeout=5)
