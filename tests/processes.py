"""Which processes still run: one that has ended, and that its parent has not waited for yet, is a zombie."""

import time
from collections.abc import Iterable

import psutil


def runs(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def running(processes: Iterable[psutil.Process]) -> list[psutil.Process]:
    return [process for process in processes if runs(process)]


def wait_for_end(processes: Iterable[psutil.Process], seconds: float = 60) -> None:
    """Waits until none runs: one that was killed does until the system comes to end it, its files closed already."""
    deadline = time.monotonic() + seconds
    while left := running(processes):
        assert time.monotonic() < deadline, f"{left} have not ended"
        time.sleep(0.02)
